"""Counters of one model version in one role: since the start, and of the ten seconds that go on."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence

from storage.records import ShadowFigures, Step, VersionFigures
from storage.records.figures import SCORE_BINS, STEP_US, STEPS
from workbench.core.figures_merging import together
from workbench.core.latencies import count_latencies, latency_buckets, row_bucket, row_buckets

Key = tuple[str, int, str]
"""Model, version and role."""


class VersionCounter:
    """Plain integers, which one thread changes; what a step has counted is added to the totals when it ends."""

    __slots__ = (
        "call_rows", "calls", "client_errors", "errors", "high", "last_at", "latency",
        "latency_max_us", "latency_us", "load_failures", "load_s", "loaded_at", "loads", "low",
        "request_rows", "requests", "rows", "scores", "server_errors", "shadow", "steps",
        "total_latency", "total_requests", "total_rows", "warnings",
    )  # fmt: skip

    def __init__(self) -> None:
        self.low, self.high = 0.0, 1.0
        self.requests = self.rows = self.client_errors = self.server_errors = 0
        self.latency = latency_buckets()
        self.scores = [0] * SCORE_BINS
        self.total_requests = self.total_rows = self.calls = 0
        self.latency_us = self.latency_max_us = self.last_at = 0
        self.total_latency = latency_buckets()
        self.request_rows, self.call_rows = row_buckets(), row_buckets()
        self.errors: dict[int, int] = {}
        self.warnings: dict[str, int] = {}
        self.loads = self.load_failures = self.loaded_at = 0
        self.load_s = 0.0
        self.shadow = ShadowFigures()
        self.steps: deque[Step] = deque(maxlen=STEPS)

    @classmethod
    def of(cls, record: VersionFigures) -> VersionCounter:
        """Counters that go on from those of a record."""
        made = cls()
        made.low, made.high = record.score_low, record.score_high
        made.total_requests, made.total_rows = record.requests, record.rows
        made.calls = record.calls
        made.latency_us, made.latency_max_us = record.latency_us, record.latency_max_us
        made.last_at = record.last_at
        made.total_latency = latency_buckets(record.latency)
        made.request_rows = row_buckets(record.request_rows)
        made.call_rows = row_buckets(record.call_rows)
        made.errors, made.warnings = dict(record.errors), dict(record.warnings)
        made.loads, made.load_failures = record.loads, record.load_failures
        made.load_s, made.loaded_at = record.load_s, record.loaded_at
        made.shadow = record.shadow
        made.steps.extend(record.steps)
        return made

    def score_within(self, scores: tuple[float, float] | None) -> None:
        """Sets the range of the score histogram, once; a range of nothing is as good as none."""
        if scores is not None and scores[0] < scores[1]:
            self.low, self.high = scores

    def count(self, rows: Sequence[int], latency_us: Sequence[int]) -> None:
        """Counts the requests of one call."""
        requests, all_rows = len(rows), sum(rows)
        self.requests += requests
        self.rows += all_rows
        self.calls += 1
        self.call_rows[row_bucket(all_rows)] += 1
        if all_rows == requests:
            self.request_rows[0] += requests
        else:
            for one in rows:
                self.request_rows[row_bucket(one)] += 1
        count_latencies(self.latency, latency_us)
        self.latency_us += sum(latency_us)
        self.latency_max_us = max(self.latency_max_us, *latency_us)

    def step(self, number: int) -> Step | None:
        """What happened in the step that goes on; None: nothing."""
        if not (self.requests or self.client_errors or self.server_errors):
            return None
        return Step(
            at=number * STEP_US,
            requests=self.requests,
            rows=self.rows,
            client_errors=self.client_errors,
            server_errors=self.server_errors,
            latency=_sparse(self.latency),
            scores=_sparse(self.scores),
        )

    def fold(self, number: int, following: int) -> None:
        """Ends step `number`, and forgets what is too old in step `following`."""
        ended = self.step(number)
        if ended is not None:
            self.steps = deque(_with(self.steps, ended), maxlen=STEPS)
            self.total_requests += self.requests
            self.total_rows += self.rows
            self.total_latency = [
                before + now for before, now in zip(self.total_latency, self.latency, strict=True)
            ]
            self.requests = self.rows = self.client_errors = self.server_errors = 0
            self.latency = latency_buckets()
            self.scores = [0] * SCORE_BINS
        within = range((following - STEPS) * STEP_US + 1, following * STEP_US + 1)
        if any(one.at not in within for one in self.steps):
            self.steps = deque((one for one in self.steps if one.at in within), maxlen=STEPS)

    def record(self, key: Key, number: int) -> VersionFigures:
        """What was counted; `number` is the step that goes on."""
        model, version, role = key
        going_on = self.step(number)
        steps = tuple(self.steps) if going_on is None else _with(self.steps, going_on)
        return VersionFigures(
            model=model,
            version=version,
            role=role,
            requests=self.total_requests + self.requests,
            rows=self.total_rows + self.rows,
            calls=self.calls,
            latency=_sparse(map(sum, zip(self.total_latency, self.latency, strict=True))),
            latency_us=self.latency_us,
            latency_max_us=self.latency_max_us,
            request_rows=_sparse(self.request_rows),
            call_rows=_sparse(self.call_rows),
            errors=dict(self.errors),
            warnings=dict(self.warnings),
            score_low=self.low,
            score_high=self.high,
            loads=self.loads,
            load_failures=self.load_failures,
            load_s=self.load_s,
            loaded_at=self.loaded_at,
            last_at=self.last_at,
            shadow=self.shadow,
            steps=steps,
        )


def _with(steps: Sequence[Step], last: Step) -> tuple[Step, ...]:
    """The steps and one more; of a process that took over from another, both have a part of the last."""
    if steps and steps[-1].at == last.at:
        return (*tuple(steps)[:-1], together((steps[-1], last)))
    return (*steps, last)


def _sparse(counts: Iterable[int]) -> Mapping[int, int]:
    return {bucket: count for bucket, count in enumerate(counts) if count}
