"""Figures as a person asks for them: how often, how fast, how well."""

from __future__ import annotations

from storage.records import FiguresRecord, VersionFigures, VersionSummary
from storage.records.figures import STEP_US, STEPS
from workbench.core.figures_merging import summed
from workbench.core.latencies import percentile


def summaries(record: FiguresRecord, *, model: str | None = None) -> tuple[VersionSummary, ...]:
    """One summary a version and role, by model, version and role.

    Args:
        record: What was counted.
        model: Only versions of this one; None: of all.
    """
    chosen = (one for one in record.versions if model is None or one.model == model)
    return tuple(summary(one, at_us=record.at) for one in chosen)


def summary(one: VersionFigures, *, at_us: int) -> VersionSummary:
    """What there is to say of a version at a time, in microseconds since 1970."""
    latency = summed(step.latency for step in one.steps) or one.latency
    p50, p95, p99 = (
        percentile(latency, share, largest_us=one.latency_max_us) for share in (0.5, 0.95, 0.99)
    )
    shadow = one.shadow
    return VersionSummary(
        model=one.model,
        version=one.version,
        role=one.role,
        requests=one.requests,
        rows=one.rows,
        client_errors=sum(count for status, count in one.errors.items() if status < 500),
        server_errors=sum(count for status, count in one.errors.items() if status >= 500),
        requests_per_s=requests_per_s(one, at_us=at_us),
        p50_us=p50,
        p95_us=p95,
        p99_us=p99,
        rows_per_call=one.rows / one.calls if one.calls else None,
        last_at=one.last_at,
        agreeing=shadow.agreeing / shadow.rows if shadow.rows else None,
        mean_difference=shadow.difference / shadow.rows if shadow.rows else None,
        largest_difference=shadow.largest if shadow.rows else None,
        trend=trend(one, at_us=at_us),
    )


def requests_per_s(one: VersionFigures, *, at_us: int) -> float:
    """Answered requests a second, over about the ten seconds before `at_us`."""
    step = at_us // STEP_US * STEP_US
    counts = {each.at: each.requests for each in one.steps}
    share_of_before = 1 - (at_us - step) / STEP_US
    return (counts.get(step, 0) + counts.get(step - STEP_US, 0) * share_of_before) / (STEP_US / 1e6)


def trend(one: VersionFigures, *, at_us: int) -> tuple[int, ...]:
    """Requests of each step of the last 15 minutes, oldest first."""
    last = at_us // STEP_US * STEP_US
    counts = {
        step.at: step.requests + step.client_errors + step.server_errors for step in one.steps
    }
    return tuple(counts.get(last - before * STEP_US, 0) for before in range(STEPS - 1, -1, -1))
