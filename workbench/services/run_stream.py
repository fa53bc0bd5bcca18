"""What a run tells while it learns: metrics step by step, the job's progress, and what the process takes."""

from __future__ import annotations

import time

from storage.records import MetricPoint, Run
from workbench.core import words
from workbench.engines.training import Progress
from workbench.engines.usage import Meter
from workbench.services.context import Context

FLUSH_S = 0.5
USAGE_S = 5.0
"""How often CPU and memory are noted."""
_FIRST, _LAST = 0.05, 0.9
"""The share of a job's progress that training takes."""


class RunStream:
    """Writes a run's metrics and a job's progress at most twice a second."""

    def __init__(self, context: Context, run: Run, *, primary: str, parts: int = 1) -> None:
        """Starts to listen.

        Args:
            context: The project.
            run: Whose metrics they are.
            primary: The metric that is told with the progress.
            parts: Trainings that follow each other: the run's own and its folds.
        """
        self._context = context
        self._run = run
        self._primary = primary
        self._parts = parts
        self._points: list[MetricPoint] = []
        self._last: tuple[int, Progress] | None = None
        self._meter = Meter()
        self._flushed_at = time.monotonic()
        self._metered_at: float | None = None

    def report(self, progress: Progress) -> None:
        """Takes what the engine says of a step."""
        now = self._context.store.now()
        self._points += [
            MetricPoint(key=key, value=value, step=progress.step, at=now)
            for key, value in progress.metrics.items()
        ]
        self._heard(0, progress)

    def report_fold(self, fold: int, progress: Progress) -> None:
        """Takes what the engine says of a step of a fold, counted from 0; only the progress is told."""
        self._heard(fold + 1, progress)

    def flush(self) -> None:
        """Writes what has come since the last time."""
        self._meter_usage()
        if self._points:
            with self._context.write() as tx:
                tx.runs.log(self._run.id, self._points)
            self._points = []
        if self._last is not None:
            part, progress = self._last
            self._context.progress(self._fraction(part, progress), self._words(part, progress))
        self._flushed_at = time.monotonic()

    def _heard(self, part: int, progress: Progress) -> None:
        self._last = (part, progress)
        if time.monotonic() - self._flushed_at >= FLUSH_S:
            self.flush()

    def _meter_usage(self) -> None:
        # The first flush meters in any case, so that a short training tells what it took too.
        if self._metered_at is not None and time.monotonic() - self._metered_at < USAGE_S:
            return
        now, step = self._context.store.now(), self._last[1].step if self._last else 0
        self._points += [
            MetricPoint(key=f"system.{key}", value=value, step=step, at=now)
            for key, value in self._meter.read().items()
        ]
        self._metered_at = time.monotonic()

    def _fraction(self, part: int, progress: Progress) -> float | None:
        if not progress.steps:
            return None
        done = (part + progress.step / progress.steps) / self._parts
        return _FIRST + (_LAST - _FIRST) * done

    def _words(self, part: int, progress: Progress) -> str:
        value = progress.metrics.get(self._primary)
        steps = "" if not progress.steps else f" of {progress.steps}"
        shown = "" if value is None else f", {self._primary} {words.metric(value)}"
        fold = f"fold {part} of {self._parts - 1}, " if part else ""
        return progress.message or f"{fold}step {progress.step}{steps}{shown}"
