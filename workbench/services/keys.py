"""Keys that open the endpoint: made and revoked."""

from __future__ import annotations

import secrets
import unicodedata

from storage.records import ApiKey, KeyScope, NewEvent, NewKey
from workbench.errors import UsageError
from workbench.services.context import Context
from workbench.services.keyring import digest_of

MARK = "wb_"
SECRET_BYTES = 32
PREFIX_LENGTH = len(MARK) + 6
LONGEST_NAME = 100


def add(context: Context, name: str, *, scope: str = KeyScope.PREDICT) -> NewKey:
    """A new key; its text can be read from the answer alone, and never again.

    Raises:
        UsageError: The name cannot be shown in one line, or there is no such scope.
        AlreadyExists: An active key is called so.
    """
    called = _name(name)
    opens = _scope(scope)
    text = MARK + secrets.token_urlsafe(SECRET_BYTES)
    with context.write() as tx:
        key = tx.keys.add(
            called,
            digest=digest_of(text.encode()),
            prefix=text[:PREFIX_LENGTH],
            scope=opens,
            who=context.who,
        )
        tx.events.add(_event(key, "key.added", f"{context.who} made the key '{called}' ({opens})."))
    return NewKey(key=key, text=text)


def revoke(context: Context, name: str) -> ApiKey:
    """Ends a key; every endpoint of the project refuses it a moment later.

    Raises:
        NotFound: No active key is called so.
    """
    with context.write() as tx:
        key = tx.keys.revoke(unicodedata.normalize("NFC", name.strip()), who=context.who)
        tx.events.add(
            _event(key, "key.revoked", f"{context.who} revoked the key '{key.name}' ({key.scope}).")
        )
    return key


def _name(name: str) -> str:
    """The name as it is kept, composed, so that two that look alike are one."""
    called = unicodedata.normalize("NFC", name.strip())
    # Spaces aside, no character that is invisible, breaks a line or turns the direction of reading.
    if not called or len(called) > LONGEST_NAME or not called.isprintable():
        raise UsageError(
            f"A key cannot be called {called[:LONGEST_NAME]!r}.",
            f"A name has 1 to {LONGEST_NAME} characters that can be seen, on one line: who or what "
            "will use the key.",
        )
    if called.startswith(MARK):
        raise UsageError(
            f"A key's name cannot begin with {MARK}: it would look like a key.",
            "Name who or what will use it; the key itself is made here.",
        )
    return called


def _scope(scope: str) -> KeyScope:
    try:
        return KeyScope(scope)
    except ValueError:
        known = ", ".join(KeyScope)
        raise UsageError(f"There is no scope '{scope}'.", f"Scopes: {known}.") from None


def _event(key: ApiKey, kind: str, message: str) -> NewEvent:
    return NewEvent(
        kind=kind,
        subject=f"key {key.name}",
        message=message,
        payload={"name": key.name, "prefix": key.prefix, "scope": key.scope.value},
    )
