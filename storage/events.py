"""Events and alerts: what happened, and what somebody should look at."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from storage import tables
from storage.errors import NotFound
from storage.records import Alert, AlertState, Event, NewAlert, NewEvent, Severity

E = tables.events.c
A = tables.alerts.c


class Events:
    """Events are only ever appended; an alert is open until somebody or something closes it."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, *new: NewEvent) -> None:
        """Appends events in the order given."""
        if new:
            rows = [{**asdict(event), "severity": event.severity.value} for event in new]
            self._connection.execute(
                insert(tables.events), [{**row, "at": self._now} for row in rows]
            )

    def newest(
        self, *, limit: int = 50, before: int | None = None, since: int | None = None
    ) -> tuple[Event, ...]:
        """Events, newest first.

        Args:
            limit: Most events to give.
            before: Only ids below this one: the next page.
            since: Only ids above this one: what is new.
        """
        query = select(tables.events).order_by(E.id.desc()).limit(limit)
        if before is not None:
            query = query.where(E.id < before)
        if since is not None:
            query = query.where(E.id > since)
        return tuple(_event(row) for row in self._connection.execute(query).mappings())

    def last_id(self) -> int:
        """Id of the newest event; 0 when there is none."""
        query = select(E.id).order_by(E.id.desc()).limit(1)
        return self._connection.execute(query).scalar_one_or_none() or 0

    def raise_alert(self, new: NewAlert) -> None:
        """Opens an alert; one that is open under the same key counts up instead."""
        again = (
            update(tables.alerts)
            .where(A.key == new.key, A.state == AlertState.OPEN.value)
            .values(
                count=A.count + 1,
                last_at=self._now,
                severity=new.severity.value,
                title=new.title,
                text=new.text,
            )
        )
        if self._connection.execute(again).rowcount:
            return
        self._connection.execute(
            insert(tables.alerts).values(
                key=new.key,
                severity=new.severity.value,
                title=new.title,
                text=new.text,
                state=AlertState.OPEN.value,
                count=1,
                first_at=self._now,
                last_at=self._now,
            )
        )

    def resolve(self, key: str) -> None:
        """Closes the open alert with this key, because its cause is gone; nothing when none is."""
        self._connection.execute(
            update(tables.alerts)
            .where(A.key == key, A.state == AlertState.OPEN.value)
            .values(state=AlertState.RESOLVED.value, last_at=self._now)
        )

    def acknowledge(self, alert_id: int, *, who: str) -> Alert:
        """Notes that `who` has seen the alert; one that is closed already stays as it is.

        Raises:
            NotFound: There is no such alert.
        """
        self._connection.execute(
            update(tables.alerts)
            .where(A.id == alert_id, A.state == AlertState.OPEN.value)
            .values(state=AlertState.ACKNOWLEDGED.value, acknowledged_by=who)
        )
        query = select(tables.alerts).where(A.id == alert_id)
        row = self._connection.execute(query).mappings().one_or_none()
        if row is None:
            raise NotFound.named("alert", alert_id)
        return _alert(row)

    def alerts(self, *, state: AlertState | None, limit: int = 50) -> tuple[Alert, ...]:
        """Alerts, newest first; None: in any state."""
        query = select(tables.alerts).order_by(A.id.desc()).limit(limit)
        if state is not None:
            query = query.where(A.state == state.value)
        return tuple(_alert(row) for row in self._connection.execute(query).mappings())


def _event(row: RowMapping) -> Event:
    return Event(**{**row, "severity": Severity(row["severity"])})


def _alert(row: RowMapping) -> Alert:
    words = {"severity": Severity(row["severity"]), "state": AlertState(row["state"])}
    return Alert(**{**row, **words})
