"""Follows the catalog's keys while the endpoint runs, and writes down which were used."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable

from storage.records import NewAlert, NewEvent, Severity
from workbench.services import keyring
from workbench.services.context import Context
from workbench.services.keyring import KeyRing

POLL_S = 0.1
"""A key that was revoked is refused this much later, and what it takes to read the others."""
USES_S = 60.0
"""How often it is written down that a key was used."""
ALERT = "endpoint:keys"

_log = logging.getLogger(__name__)


class KeyFollower:
    """Follows the catalog's keys, and writes down which were used."""

    def __init__(
        self, context: Context, ring: KeyRing, replaced: Callable[[KeyRing], None]
    ) -> None:
        """Makes a follower.

        Args:
            context: The project.
            ring: The keys as they are in force.
            replaced: Told, on the follower's thread, what comes into force instead.
        """
        self._context = context
        self._ring = ring
        self._replaced = replaced
        self._used: set[str] = set()
        self._write_at = 0.0
        self._was_shut: bool | None = None
        self._closing = threading.Event()
        # Not the thread that loads models: a revoked key must not open anything while one is loaded.
        self._thread = threading.Thread(target=self._run, name="keys", daemon=True)

    def start(self) -> None:
        """Starts to follow."""
        self._thread.start()

    def close(self) -> None:
        """Returns once the thread has ended and the last uses are written."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self.write_uses()
        except Exception:  # noqa: BLE001 - the process ends; only a time will be a minute older
            _log.exception("The catalog could not be told which keys were used")

    def note(self, names: Iterable[str]) -> None:
        """Notes that keys were used; costs next to nothing."""
        self._used.update(names)

    def follow(self) -> None:
        """Puts the catalog's keys into force, and tells when none is left for an exposed endpoint."""
        found = keyring.read(self._context)
        if found != self._ring:
            self._ring = found
            self._replaced(found)
        is_shut = found.is_locked and not found.keys
        if is_shut is not self._was_shut:
            self._tell(is_shut=is_shut)
            self._was_shut = is_shut

    def write_uses(self) -> None:
        """Writes down which keys were used since the last time."""
        used, self._used = self._used, set()
        if used:
            # Lost by a power cut, it is only a minute that is missing.
            with self._context.store.write(is_lasting=False) as tx:
                tx.keys.note_use(sorted(used))

    def _run(self) -> None:
        seen: int | None = None
        with self._context.store.following() as token:
            while True:
                try:
                    now = token()
                    if now != seen:
                        self.follow()
                        seen = now
                    if self._used and time.monotonic() >= self._write_at:
                        self._write_at = time.monotonic() + USES_S
                        self.write_uses()
                except Exception:  # noqa: BLE001 - the keys stay as they are; the next look tries again
                    _log.exception("The keys could not be followed")
                if self._closing.wait(POLL_S):
                    return

    def _tell(self, *, is_shut: bool) -> None:
        host = self._context.config.serve.host
        text = (
            f"The endpoint listens on {host}, its last key was revoked, and so it answers 401 to "
            "every request. Make a key with `workbench serve key add NAME`; it need not be restarted."
        )
        with self._context.store.write() as tx:
            if not is_shut:
                tx.events.resolve(ALERT)
                return
            tx.events.add(
                NewEvent(
                    kind="endpoint.shut", subject="endpoint", message=text, severity=Severity.ERROR
                )
            )
            tx.events.raise_alert(
                NewAlert(
                    key=ALERT,
                    severity=Severity.ERROR,
                    title="The endpoint has no key and answers nobody",
                    text=text,
                )
            )
