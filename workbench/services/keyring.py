"""Who is let in: the keys that open the endpoint at this moment, and what each path asks for."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass

from storage.records import KeyHash, KeyScope
from workbench.errors import Forbidden, Unauthorized, UsageError
from workbench.services.context import Context

KEY_LENGTH = 46
"""Characters of every key: a mark of three, and 32 bytes in base64."""

OPEN_PATHS = frozenset({"/", "/v2/health/live", "/v2/health/ready", "/ping"})
"""What answers without a key: a load balancer has none, and learns nothing here.

The page at / is a shell: what it shows it asks for, with the key that is typed into it.
"""
ADMIN_PATHS = frozenset({"/metrics", "/health", "/figures"})
"""How the endpoint is doing, which is not for everybody who may ask a model."""


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that open the endpoint at this moment; never changed, only replaced whole."""

    keys: tuple[KeyHash, ...] = ()
    is_locked: bool = False
    """Whether a key is asked for: there is one, or others may reach the endpoint."""

    def admit(self, headers: Mapping[bytes, bytes], scope: str = KeyScope.PREDICT) -> str:
        """The name of the key that a request shows; empty where none is needed.

        Args:
            headers: Of the request, by their names in small letters.
            scope: What the key must open; empty: nothing, everybody may ask.

        Raises:
            Unauthorized: It shows none, or one that is not known.
            Forbidden: Its key does not open that.
        """
        if not self.is_locked or not scope:
            return ""
        shown = _shown(headers)
        if shown is None:
            raise Unauthorized(
                "This endpoint asks for a key.",
                "Send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`.",
            )
        found = self._find(shown)
        if found is None:
            raise Unauthorized(
                "This key is not known, or was revoked.",
                "Ask whoever runs the endpoint for another: `workbench serve key add NAME`.",
            )
        if scope == KeyScope.ADMIN and found.scope is not KeyScope.ADMIN:
            raise Forbidden(
                f"The key '{found.name}' opens predictions alone.",
                "Ask with a key that was made with `--scope admin`.",
            )
        return found.name

    def _find(self, shown: bytes) -> KeyHash | None:
        # How long a key is, everybody knows; only what has that length is worth a hash.
        if len(shown) != KEY_LENGTH:
            return None
        digest = digest_of(shown)
        found = None
        for key in self.keys:
            # All are compared, each in the same time: how long this takes tells nothing of any key.
            if hmac.compare_digest(digest, key.digest):
                found = key
        return found


def read(context: Context) -> KeyRing:
    """The keys that open the endpoint, as the catalog has them now."""
    with context.store.read() as tx:
        active = tx.keys.active()
    return KeyRing(active, bool(active) or is_exposed(context.config.serve.host))


def refuse_unlocked(host: str, ring: KeyRing) -> None:
    """Raises UsageError where others may reach `host` and no key keeps them out."""
    if is_exposed(host) and not ring.keys:
        raise UsageError(
            f"The endpoint does not listen on {host or 'all addresses'} while it has no key: "
            "everybody who reaches this machine could ask it.",
            "Make a key with `workbench serve key add NAME`, or listen on 127.0.0.1.",
        )


def scope_of(path: str) -> str:
    """What a request for `path` needs: a scope, or nothing where everybody may ask."""
    if path in OPEN_PATHS:
        return ""
    # A router may take `/metrics/` and `//metrics` for the page itself.
    plain = "/" + "/".join(filter(None, path.split("/")))
    return KeyScope.ADMIN if plain in ADMIN_PATHS else KeyScope.PREDICT


def is_exposed(host: str) -> bool:
    """Whether other machines may reach what listens on `host`; a name counts as one they may."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() != "localhost"


def digest_of(text: bytes) -> bytes:
    """What a key is recognised by: its SHA-256.

    A password needs a slow hash because people choose it. A key has 256 random bits: trying them
    out is hopeless at any speed, and a slow hash would only make every request slow.
    """
    return hashlib.sha256(text).digest()


def _shown(headers: Mapping[bytes, bytes]) -> bytes | None:
    """The key that a request shows; None: it shows none."""
    scheme, _, credentials = headers.get(b"authorization", b"").strip().partition(b" ")
    if scheme.lower() == b"bearer":
        return credentials.strip()
    if scheme.lower() == b"basic":
        # What a browser and `curl -u` send: the key stands where a password would.
        try:
            return base64.b64decode(credentials, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return headers.get(b"x-api-key")
