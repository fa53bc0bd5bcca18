"""Figures of several processes, or of several versions, as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from storage.records import (
    Degradation,
    FiguresRecord,
    ShadowFigures,
    Step,
    VersionFigures,
)

K = TypeVar("K")


def merged(records: Sequence[FiguresRecord], *, is_running: bool = True) -> FiguresRecord:
    """What all processes of an endpoint counted together; none of them: nothing."""
    if not records:
        return FiguresRecord(is_running=is_running)
    by_version: dict[tuple[str, int, str], list[VersionFigures]] = {}
    for record in records:
        for one in record.versions:
            by_version.setdefault((one.model, one.version, one.role), []).append(one)
    return FiguresRecord(
        endpoint=records[0].endpoint,
        is_running=is_running,
        at=max(record.at for record in records),
        processes=tuple(
            sorted(
                (one for record in records for one in record.processes), key=lambda one: one.slot
            )
        ),
        versions=tuple(of_all(by_version[key]) for key in sorted(by_version)),
        rejected=summed(record.rejected for record in records),
        log_dropped_rows=sum(record.log_dropped_rows for record in records),
        problems=_problems(records),
    )


def of_all(parts: Sequence[VersionFigures]) -> VersionFigures:
    """Figures of all parts, at least one; named after the first."""
    if len(parts) == 1:
        return parts[0]
    latest = max(parts, key=lambda one: one.loaded_at)
    shadow = ShadowFigures()
    for one in parts:
        shadow = both(shadow, one.shadow)
    return VersionFigures(
        model=parts[0].model,
        version=parts[0].version,
        role=parts[0].role,
        requests=sum(one.requests for one in parts),
        rows=sum(one.rows for one in parts),
        calls=sum(one.calls for one in parts),
        latency=summed(one.latency for one in parts),
        latency_us=sum(one.latency_us for one in parts),
        latency_max_us=max(one.latency_max_us for one in parts),
        request_rows=summed(one.request_rows for one in parts),
        call_rows=summed(one.call_rows for one in parts),
        errors=summed(one.errors for one in parts),
        warnings=summed(one.warnings for one in parts),
        score_low=latest.score_low,
        score_high=latest.score_high,
        loads=sum(one.loads for one in parts),
        load_failures=sum(one.load_failures for one in parts),
        load_s=latest.load_s,
        loaded_at=latest.loaded_at,
        last_at=max(one.last_at for one in parts),
        shadow=shadow,
        steps=steps_of(parts),
    )


def steps_of(parts: Iterable[VersionFigures]) -> tuple[Step, ...]:
    """The steps of all parts, oldest first."""
    steps = sorted((step for one in parts for step in one.steps), key=lambda step: step.at)
    return tuple(together(tuple(same)) for _, same in groupby(steps, key=lambda step: step.at))


def together(steps: Sequence[Step]) -> Step:
    """Steps of the same ten seconds, at least one, as one."""
    if len(steps) == 1:
        return steps[0]
    return Step(
        at=steps[0].at,
        requests=sum(step.requests for step in steps),
        rows=sum(step.rows for step in steps),
        client_errors=sum(step.client_errors for step in steps),
        server_errors=sum(step.server_errors for step in steps),
        latency=summed(step.latency for step in steps),
        scores=summed(step.scores for step in steps),
    )


def both(one: ShadowFigures, other: ShadowFigures) -> ShadowFigures:
    """Comparisons of both."""
    return ShadowFigures(
        requests=one.requests + other.requests,
        rows=one.rows + other.rows,
        agreeing=one.agreeing + other.agreeing,
        difference=one.difference + other.difference,
        largest=max(one.largest, other.largest),
        dropped=one.dropped + other.dropped,
        failed=one.failed + other.failed,
    )


def summed(counts: Iterable[Mapping[K, int]]) -> dict[K, int]:
    """Counts of all, by what was counted."""
    total: Counter[K] = Counter()
    for one in counts:
        total.update(one)
    return dict(total)


def _problems(records: Iterable[FiguresRecord]) -> tuple[Degradation, ...]:
    """Each problem once, since it first was one anywhere."""
    first: dict[tuple[str, str], Degradation] = {}
    for record in records:
        for one in record.problems:
            known = first.setdefault((one.kind, one.text), one)
            if one.since < known.since:
                first[one.kind, one.text] = one
    return tuple(sorted(first.values(), key=lambda one: (one.since, one.kind)))
