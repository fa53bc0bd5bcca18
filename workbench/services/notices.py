"""What a process has to tell the catalog: kept until it could be written."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from storage.records import AlertState, NewAlert, NewEvent
from workbench.services.context import Context

VERSION_ALERT = "endpoint:version:"
"""Begins the key of an alert of a version that cannot be served; its label follows."""
SHADOW_ALERT = "endpoint:shadow:"
"""Likewise, of one that fails as a shadow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something that happened, and what it means for the alerts."""

    event: NewEvent | None = None
    """None: only the alerts change."""
    alert: NewAlert | None = None
    resolved: tuple[str, ...] = ()
    """Keys of the alerts whose cause is gone."""
    is_of_all: bool = False
    """Whether each of several processes would say the same, so that the first one's word is enough."""


class Notices:
    """Notices of any thread, written by one."""

    def __init__(self, context: Context, *, is_first: bool = True) -> None:
        """Makes an empty one; `is_first`: whether this process speaks for all that share the port."""
        self._context = context
        self._is_first = is_first
        self._waiting: deque[Notice] = deque()

    def add(self, notice: Notice) -> None:
        """Keeps a notice until `tell`."""
        if self._is_first or not notice.is_of_all:
            self._waiting.append(notice)

    def open_alerts(self, *beginnings: str) -> tuple[str, ...]:
        """Keys of the open alerts that begin so, whoever raised them."""
        with self._context.store.read() as tx:
            found = tx.events.alerts(state=AlertState.OPEN, limit=1000)
        return tuple(alert.key for alert in found if alert.key.startswith(beginnings))

    def tell(self) -> None:
        """Writes what waits, in one transaction; whatever cannot be written waits for the next time."""
        notices = tuple(self._waiting)
        if not notices:
            return
        with self._context.store.write() as tx:
            for notice in notices:
                if notice.event is not None:
                    tx.events.add(notice.event)
                if notice.alert is not None:
                    tx.events.raise_alert(notice.alert)
                for key in notice.resolved:
                    tx.events.resolve(key)
        for _ in notices:
            self._waiting.popleft()
