"""Small pieces that several screens show: facts in two columns, windows of time, verdict lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from rich.cells import cell_len
from textual.content import Content

from storage.records import DriftReport, Evaluation, Job, JobState
from workbench.core import words
from workbench.core.metric_order import is_lower_better
from workbench.tui import charts
from workbench.tui.format import fit, fit_content
from workbench.tui.widgets.cells import as_content, wrapped

Lines = list[Content]
_MONTHLY = timedelta(days=20)


def heading(text: str) -> Content:
    """The title of a section within a pane."""
    return Content.styled(text, "bold $foreground")


def dim(text: str) -> Content:
    """Text that stays in the background."""
    return Content.styled(text, "$muted")


def facts(pairs: Iterable[tuple[str, Content | str]], *, indent: int = 0) -> Lines:
    """Names and values in two columns."""
    known = list(pairs)
    width = max((cell_len(name) for name, _ in known), default=0)
    return [
        Content.assemble(" " * indent, (fit(name, width), "$muted"), "  ", as_content(value))
        for name, value in known
    ]


def wrapped_facts(pairs: Sequence[tuple[str, Content | str]], width: int) -> Lines:
    """Names and values in two columns, values that are long on several lines."""
    room = width - max((cell_len(name) for name, _ in pairs), default=0) - 2
    parts = [
        (name if at == 0 else "", line)
        for name, value in pairs
        for at, line in enumerate(wrapped(value, max(12, room)))
    ]
    return facts(parts)


def beside(left: Sequence[Content], right: Sequence[Content], *, at: int) -> Lines:
    """Two blocks of lines next to each other, the right one from cell `at` on."""
    height = max(len(left), len(right))
    empty = Content("")
    pad = [*left, *[empty] * (height - len(left))], [*right, *[empty] * (height - len(right))]
    return [Content.assemble(fit_content(one, at), other) for one, other in zip(*pad, strict=True)]


def change(value: float | None, *, metric: str = "") -> Content:
    """A difference with its sign; the arrow says up or down, the colour whether that is good.

    Args:
        value: The difference; None where there is nothing to compare with.
        metric: What it is a difference of; of an error or a loss, less is good.
    """
    text = words.delta(value)
    if value is None or text in {words.NOTHING, "="}:
        return Content.styled(text, "$muted")
    is_good = (value > 0) != is_lower_better(metric)
    colour = "$success" if is_good else "$error"
    return Content.styled(f"{'▲' if value > 0 else '▼'}{text}", colour)


def change_within(value: float, low: float, high: float, *, metric: str = "") -> Content:
    """A difference with its sign, coloured only where the interval from `low` to `high` leaves no doubt about it."""
    return change(value, metric=metric) if low > 0 or high < 0 else dim(words.delta(value))


def against(one: Evaluation, yardstick: Evaluation) -> Content:
    """How far an evaluation is from another on the same rows; coloured where it lies outside the other's interval."""
    return change_within(
        one.value - yardstick.value,
        one.value - yardstick.high,
        one.value - yardstick.low,
        metric=one.metric,
    )


def window_name(start: datetime | None, end: datetime | None, version: int) -> str:
    """What a chart calls a window: its month, its day, or its version where there is no time."""
    if start is None:
        return f"v{version}"
    if end is not None and end - start >= _MONTHLY:
        # The middle of a month is that month in every time zone.
        return f"{start + (end - start) / 2:%b}"
    return f"{start:%m-%d}"


def worst_ratio(report: DriftReport) -> float:
    """The largest effect of a report in units of its column's limit; 1 and more is over it."""
    return max((c.effect / c.limit for c in report.comparison.columns if c.limit > 0), default=0.0)


def evaluation_series(name: str, found: Sequence[Evaluation], style: str) -> charts.Series:
    """Evaluations as a line with its 95 % band."""
    return charts.Series(
        name=name,
        xs=range(len(found)),
        ys=[one.value for one in found],
        lows=[one.low for one in found],
        highs=[one.high for one in found],
        style=style,
    )


def remaining_s(job: Job, now: datetime) -> float | None:
    """Seconds a running job still needs if it goes on as it did; None while nobody can tell."""
    if job.state is not JobState.RUNNING or not job.progress or job.started_at is None:
        return None
    elapsed = (now - job.started_at).total_seconds()
    return elapsed * (1 - job.progress) / job.progress


def left(job: Job, now: datetime) -> str:
    """How long a running job still needs, in words; empty while nobody can tell."""
    seconds = remaining_s(job, now)
    return "" if seconds is None else words.duration(seconds)


def elapsed_s(started: datetime | None, ended: datetime | None, now: datetime) -> float | None:
    """Seconds from start to end, or to now while there is no end; None before the start."""
    return None if started is None else ((ended or now) - started).total_seconds()
