"""Runs whose process died: nothing was heard of them, so they are ended as failed."""

from __future__ import annotations

from datetime import datetime, timedelta

from storage.errors import StoreUnusable
from storage.store import Store, Transaction

HEARTBEAT_S = 5.0
"""How often a process says that its runs are alive."""
LOST_S = 60.0
"""Silence after which a run counts as lost."""


def end_lost(store: Store) -> tuple[int, ...]:
    """Ends running runs that were not heard of for a minute; gives their ids.

    Runs of jobs are left to the queue, which knows when their process ends. A run that was only
    halted, such as by a closed lid, goes on as running at its next sign of life.
    """
    with store.read() as tx:
        has_lost = tx.runs.has_lost(before=_deadline(tx))
    if not has_lost:
        return ()
    try:
        with store.write() as tx:
            return end_lost_within(tx)
    except StoreUnusable:
        # Whoever lists runs on a full disk still gets a list.
        return ()


def end_lost_within(tx: Transaction) -> tuple[int, ...]:
    """As `end_lost`, as a part of a change."""
    return tx.runs.end_lost(before=_deadline(tx))


def _deadline(tx: Transaction) -> datetime:
    return tx.now - timedelta(seconds=LOST_S)
