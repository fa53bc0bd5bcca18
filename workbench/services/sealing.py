"""When the prediction log and the labels are sealed: the endpoint looks, a job does it."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from storage.appended.segments import ended, segments_in
from storage.records import NewJob
from workbench.services.context import Context

LOOK_S = 3600.0
"""How often somebody looks for segments of processes that died, and for what is too old."""

_JOB = NewJob(kind="seal", subject="predictions", dedup_key="seal", priority=-10)


class Orders:
    """When an endpoint asks for sealing: after a segment has ended, and when there is something left to do."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ended = threading.Event()
        self._looked_at: float | None = None

    def ended(self, model: str) -> None:  # noqa: ARG002 - one job seals all models
        """Notes that a segment has ended; any thread may call."""
        self._ended.set()

    def look(self) -> None:
        """Enqueues a job where there is work; costs nothing where there is none."""
        is_time = self._looked_at is None or time.monotonic() - self._looked_at >= LOOK_S
        if not (is_time or self._ended.is_set()):
            return
        self._looked_at = time.monotonic()
        self._ended.clear()
        if is_due(self._context):
            with self._context.write() as tx:
                tx.jobs.enqueue(_JOB)


def is_due(context: Context) -> bool:
    """Whether a segment can be sealed, or predictions may have become too old or too many."""
    rules = context.config.serve.log
    layout = context.store.layout
    if rules.keep is not None or rules.max_bytes is not None:
        return any(layout.predictions.glob("*/*"))
    kept = (*folders(layout.predictions), *folders(layout.labels))
    return any(_has_ended(path) for folder in kept for path in segments_in(folder))


def folders(root: Path) -> list[Path]:
    """A folder for each model that something was kept of."""
    return sorted(folder for folder in root.glob("*") if folder.is_dir())


def _has_ended(path: Path) -> bool:
    with ended(path) as is_ended:
        return is_ended
