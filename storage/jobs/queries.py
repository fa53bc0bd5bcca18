"""The questions that are put to the queue."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from storage import tables
from storage.jobs.rows import LIVE, J
from storage.records import JobState


def next_due(now: datetime, kinds: Collection[str] | None) -> Select[int]:
    """Id of the job to claim: the highest priority, then the one due longest.

    Args:
        now: Jobs of a later time are not due.
        kinds: Only jobs of these kinds; None: of any kind.
    """
    due: list[ColumnElement[bool]] = [J.state == JobState.QUEUED.value, J.run_at <= now]
    if kinds is not None:
        due.append(J.kind.in_(kinds))
    # Two steps along the index: ORDER BY priority DESC, run_at would sort all waiting jobs.
    top = select(J.priority).where(*due).order_by(J.priority.desc()).limit(1)
    return (
        select(J.id)
        .where(*due, J.priority == top.scalar_subquery())
        .order_by(J.run_at, J.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def lost(now: datetime, *, except_of: str | None) -> Select[Any]:
    """Running jobs whose lease is over; with `except_of`, all that other workers run."""
    gone = J.lease_until < now if except_of is None else J.worker != except_of
    running = J.state == JobState.RUNNING.value
    return select(tables.jobs).where(running, gone).order_by(J.id).with_for_update()


def cancel_requested(worker: str) -> Select[int]:
    """Ids of the jobs running at `worker` that somebody wants cancelled."""
    running = J.state == JobState.RUNNING.value
    return select(J.id).where(running, J.worker == worker, J.cancel_requested.is_(True))


def live() -> Select[Any]:
    """Running jobs, then queued ones in the order in which they would be claimed."""
    order = (J.state.desc(), J.priority.desc(), J.run_at, J.id)
    return select(tables.jobs).where(LIVE).order_by(*order)


def live_with(dedup_keys: Collection[str]) -> Select[Any]:
    """Live jobs with one of these dedup keys."""
    return select(tables.jobs).where(LIVE, J.dedup_key.in_(dedup_keys))


def with_ids(ids: Collection[int]) -> Select[Any]:
    """Jobs with these ids, oldest first."""
    return select(tables.jobs).where(J.id.in_(ids)).order_by(J.id)


def newest(*, limit: int, offset: int) -> Select[Any]:
    """A page of all jobs, newest first."""
    return select(tables.jobs).order_by(J.id.desc()).limit(limit).offset(offset)


def counts() -> Select[str, int]:
    """How many jobs are in each state that has any."""
    return select(J.state, func.count()).group_by(J.state)
