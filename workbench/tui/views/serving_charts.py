"""Charts of what is served: latency over a quarter of an hour, scores laid over each other, two versions compared."""

from __future__ import annotations

import math
from collections.abc import Sequence

from textual.content import Content

from storage.records.figures import STEPS
from workbench.core import words
from workbench.tui import charts, histograms
from workbench.tui.charts import Series
from workbench.tui.traffic import ModelTraffic, VersionTraffic
from workbench.tui.views.parts import Lines, dim
from workbench.tui.views.serving_words import ENDS, bare_milliseconds, percentile_name

STYLES = ("$series-1", "$series-2", "$series-5", "$series-6")
"""Colours of the versions that take part, in their order."""
_NOW = STEPS - 1
_LABELS = tuple(
    {0: "-15 min", STEPS // 3: "-10", 2 * STEPS // 3: "-5", _NOW: "now"}.get(at, "")
    for at in range(STEPS)
)
_LEAST_CHART = 4
_PEAK = 2.0
"""How much higher than nine tenths of the values the chart goes."""
_MEDIAN = 0.5


def styles(traffic: ModelTraffic) -> dict[int, str]:
    """The colour of each version that takes part."""
    numbers = dict.fromkeys(one.place.number for one in traffic.versions)
    return {number: STYLES[at % len(STYLES)] for at, number in enumerate(numbers)}


def latency_lines(traffic: ModelTraffic, share: float, width: int, height: int) -> Lines:
    """A percentile of the latency by ten seconds, a line a version, over what each says in figures."""
    colours = styles(traffic)
    told = [_latency_told(one, colours[one.place.number], width) for one in traffic.versions]
    known = [one for one in told if one is not None][: max(1, height - _LEAST_CHART)]
    top = _ceiling(traffic, share)
    drawn = [
        _series(one, share, colours[one.place.number], top)
        for one in reversed(traffic.versions)
        if any(y is not None for y in one.percentiles.get(share, ()))
    ]
    if len(drawn) == 1 and share != _MEDIAN:
        drawn.insert(0, _series(traffic.versions[0], _MEDIAN, "$faint", top))
    if not drawn:
        return [dim("No request was answered in the last 15 minutes."), *known]
    room = height - len(known)
    if room < _LEAST_CHART:
        return known
    # The whole quarter of an hour from nothing on, whatever there was.
    frame = Series(name="", xs=(0.0, float(_NOW)), ys=(0.0, 0.0), is_joined=False)
    return [*charts.line_chart([frame, *drawn], width, room, x_labels=_LABELS), *known]


def _series(one: VersionTraffic, share: float, style: str, top: float) -> Series:
    ys = [math.nan if y is None else min(y, top) for y in one.percentiles.get(share, ())]
    return Series(name=one.name, xs=range(len(ys)), ys=ys, style=style)


def latency_title(traffic: ModelTraffic | None, share: float) -> str:
    """What stands over the latency chart; peaks that the chart cuts off are named."""
    title = f"{percentile_name(share)} latency, ms"
    if traffic is None:
        return title
    highest = max(_drawn_values(traffic, share), default=0.0)
    return (
        f"{title}, up to {bare_milliseconds(highest)}"
        if highest > _ceiling(traffic, share)
        else title
    )


def _drawn_values(traffic: ModelTraffic, share: float) -> list[float]:
    return [y for one in traffic.versions for y in one.percentiles.get(share, ()) if y is not None]


def _ceiling(traffic: ModelTraffic, share: float) -> float:
    """The highest value that is drawn: a single slow moment must not flatten all others."""
    values = sorted(_drawn_values(traffic, share))
    return _PEAK * values[len(values) * 9 // 10] if values else math.inf


def score_lines(
    champion: VersionTraffic | None, other: VersionTraffic | None, width: int, height: int
) -> Lines:
    """How often each score was given, one version laid over another."""
    shown = [one for one in (champion, other) if one is not None and any(one.scores)]
    if not shown:
        return [dim("No row was scored in the last 15 minutes.")]
    told = [_score_told(one, STYLES[0] if one is champion else STYLES[1]) for one in shown]
    first = champion.scores if champion is not None and any(champion.scores) else ()
    second = other.scores if other is not None and any(other.scores) else ()
    if height - 1 - len(told) < _LEAST_CHART:
        told = []
    room = max(2, height - 1 - len(told))
    drawn = histograms.histogram(first or [0] * len(second), second or (), width, room)
    return [*drawn, _score_axis(shown[0].score_range, width), *told]


def score_legend(champion: VersionTraffic | None, other: VersionTraffic | None) -> Content:
    """Whose the colours are; empty where there is but one."""
    if champion is None or other is None:
        return Content("")
    parts: list[str | tuple[str, str]] = []
    for name, style in (
        (champion.name, STYLES[0]),
        (other.name, STYLES[1]),
        ("both", "$series-both"),
    ):
        parts += [("█ ", style), f"{name}  "]
    return Content.assemble(*parts).rstrip()


def _latency_told(one: VersionTraffic, colour: str, width: int) -> Content | None:
    if one.latency.get(0.5) is None:
        return None
    lines = [
        Content.assemble(("━ ", colour), f"{one.name} ", dim(_percentiles_told(one, shares)))
        for shares in (tuple(one.latency), ENDS)
    ]
    return next((line for line in lines if line.cell_length <= width), lines[-1])


def _percentiles_told(one: VersionTraffic, shares: Sequence[float]) -> str:
    told = (
        f"{percentile_name(share)} {bare_milliseconds(one.latency.get(share))}" for share in shares
    )
    return f"{'  '.join(told)} ms"


def _score_told(one: VersionTraffic, colour: str) -> Content:
    total, (low, high) = sum(one.scores), one.score_range
    step = (high - low) / len(one.scores)
    mean = sum(count * (low + (at + 0.5) * step) for at, count in enumerate(one.scores)) / total
    told = f"mean {words.number(mean)}  {words.plural(total, 'row')}"
    return Content.assemble(("█ ", colour), f"{one.name} ", dim(told))


def _score_axis(ends: tuple[float, float], width: int) -> Content:
    low, middle, high = (f"{value:.4g}" for value in (ends[0], sum(ends) / 2, ends[1]))
    left = max(0, width // 2 - len(low) - len(middle) // 2)
    right = max(0, width - len(low) - left - len(middle) - len(high))
    return dim(f"{low}{' ' * left}{middle}{' ' * right}{high}")
