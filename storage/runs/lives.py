"""How runs live: signs of life, ends, and what becomes of those that were not heard of again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, or_, select, update

from storage import tables
from storage.records import RunState, StudyState

R = tables.runs.c
S = tables.studies.c

LOST = "Its process ended without a word, or was halted for long."
"""Why a run failed that nobody ended."""

_RUNNING = R.state == RunState.RUNNING.value
_MAY_GO_ON = or_(_RUNNING, and_(R.state == RunState.FAILED.value, R.error == LOST))
"""A run is running, or was only taken for lost."""
_GOING_ON: dict[str, Any] = {
    "state": RunState.RUNNING.value,
    "ended_at": None,
    "error": None,
    "heartbeat_at": bindparam("now"),
}
# Made once: what is sent all the time would take longer to be made than to be done.
_BEAT = update(tables.runs).where(R.id == bindparam("run"), _MAY_GO_ON).values(**_GOING_ON)
_REOPEN = update(tables.runs).where(R.id == bindparam("run")).values(**_GOING_ON)
_END = (
    update(tables.runs)
    .where(R.id == bindparam("run"), _MAY_GO_ON)
    .values(state=bindparam("ends"), ended_at=bindparam("now"), error=bindparam("why"))
)


def beat(connection: Connection, run_id: int, now: datetime) -> None:
    """Notes that a run is alive; one that was taken for lost goes on."""
    connection.execute(_BEAT, {"run": run_id, "now": now})


def reopen(connection: Connection, run_id: int, now: datetime) -> None:
    """Has a run that has ended run again."""
    connection.execute(_REOPEN, {"run": run_id, "now": now})


def end(
    connection: Connection, run_id: int, now: datetime, *, state: RunState, error: str | None
) -> bool:
    """Ends a running run; False when it has ended already and stays as it is."""
    ending = {"run": run_id, "now": now, "ends": state.value, "why": error}
    return bool(connection.execute(_END, ending).rowcount)


def end_of_job(
    connection: Connection, job_id: int, now: datetime, *, state: RunState, error: str
) -> None:
    """Ends the runs that a job left running."""
    connection.execute(
        update(tables.runs)
        .where(R.job_id == job_id, _RUNNING)
        .values(state=state.value, ended_at=now, error=error)
    )


def end_lost(connection: Connection, *, before: datetime) -> tuple[int, ...]:
    """Ends running runs of no job that have not been heard of since `before`; gives their ids."""
    failed = {"state": RunState.FAILED.value, "ended_at": R.heartbeat_at, "error": LOST}
    change = update(tables.runs).where(_is_silent(before)).values(**failed).returning(R.id)
    return tuple(connection.execute(change).scalars())


def has_lost(connection: Connection, *, before: datetime) -> bool:
    """Whether `end_lost` would end a run."""
    found = connection.execute(select(R.id).where(_is_silent(before)).limit(1))
    return found.first() is not None


def _is_silent(before: datetime) -> ColumnElement[bool]:
    """Whether a run is running and not heard of since `before`.

    The queue looks after the runs of jobs, and a study after its own run, which no process lives for.
    """
    of_study = exists().where(S.run_id == R.id, S.state == StudyState.RUNNING.value)
    return and_(_RUNNING, R.job_id.is_(None), R.heartbeat_at < before, ~of_study)
