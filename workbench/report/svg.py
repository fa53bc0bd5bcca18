"""Drawing in SVG: scales, lines that may have gaps, bands, marks and whiskers; no colours."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from workbench.report.markup import Markup, join, tag

Point = tuple[float, float]
"""A place on the drawing: x to the right, y downwards, in units of its view box."""

Span = tuple[float, float, float]
"""A place x with two places y: the ends of an interval."""

_Place = TypeVar("_Place", Point, Span)

_RADIUS = 7.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where values lie between two places on the drawing."""

    low: float
    high: float
    start: float
    """The place of `low`."""
    end: float
    """The place of `high`."""

    def place(self, value: float) -> float:
        """The place of `value`; what lies beyond the ends is drawn at the end."""
        within = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, within)) * (self.end - self.start)


def line(points: Sequence[Point | None], class_: str) -> Markup:
    """A line through `points`; None leaves a gap, and a point between two gaps becomes a dot."""
    drawn = []
    for run in _runs(points):
        if len(run) == 1:
            drawn.append(dot(run[0], class_))
        else:
            drawn.append(tag("path", class_=f"line {class_}", d=_path(run)))
    return join(drawn)


def band(spans: Sequence[Span | None], class_: str) -> Markup:
    """The area between the two ends of `spans`; None leaves a gap, a span alone becomes a bar."""
    drawn = []
    for run in _runs(spans):
        if len(run) == 1:
            x, low, high = run[0]
            drawn.append(tag("path", class_=f"bar {class_}", d=_path([(x, low), (x, high)])))
        else:
            there = [(x, high) for x, _, high in run]
            back = [(x, low) for x, low, _ in reversed(run)]
            drawn.append(tag("path", class_=f"band {class_}", d=f"{_path(there + back)}Z"))
    return join(drawn)


def dot(point: Point, class_: str) -> Markup:
    """A small filled circle."""
    return tag("circle", class_=f"dot {class_}", cx=point[0], cy=point[1], r=3.0)


def label(at: Point, words: str, class_: str = "", *, anchor: str = "start") -> Markup:
    """Words on the drawing; `anchor` says which end of them stands at the point."""
    return tag("text", words, class_=class_ or None, x=at[0], y=at[1], text_anchor=anchor)


def rule(start: Point, end: Point, class_: str) -> Markup:
    """A straight thin line."""
    return tag("line", class_=class_, x1=start[0], y1=start[1], x2=end[0], y2=end[1])


_SIGNS = {
    "promoted": "M-3.5 0.3L-1 2.8L3.6 -2.8",
    "rejected": "M-2.8 -2.8L2.8 2.8M-2.8 2.8L2.8 -2.8",
    "held": "M-1.7 -3V3M1.7 -3V3",
    "failed": "M0 -3.5V0.8M0 3V3.4",
    "open": "M-3 0H-2.6M-0.2 0H0.2M2.6 0H3",
}


def marker(at: Point, kind: str, title: str, *, size: float = 1.0) -> Markup:
    """A round mark with a sign drawn in it, and words for who points at it.

    Args:
        at: Its middle.
        kind: promoted, rejected, held, failed or open.
        title: What it stands for.
        size: 1 where there is room.
    """
    return tag(
        "g",
        tag("title", title),
        tag("circle", r=_RADIUS),
        tag("path", d=_SIGNS[kind]),
        class_=f"marker {kind}",
        transform=f"translate({at[0]:.1f} {at[1]:.1f}) scale({size:.2f})",
    )


def whisker(scale: Scale, *, low: float, value: float, high: float, y: float) -> Markup:
    """A value as a dot on the line of its interval; an end that is not finite is not drawn."""
    parts = []
    if math.isfinite(low) and math.isfinite(high):
        parts.append(rule((scale.place(low), y), (scale.place(high), y), "interval"))
    if math.isfinite(value):
        parts.append(dot((scale.place(value), y), "value"))
    return join(parts)


def spread(places: Sequence[float], *, gap: float) -> tuple[float, ...]:
    """`places` moved apart, as little as needed, until neighbours are `gap` away from each other."""
    order = sorted(range(len(places)), key=lambda index: places[index])
    groups: list[list[int]] = []
    for index in order:
        groups.append([index])
        while len(groups) > 1 and _reach(places, groups[-2:], gap=gap):
            groups[-2:] = [groups[-2] + groups[-1]]
    moved = list(places)
    for group in groups:
        first = _first(places, group, gap)
        for position, index in enumerate(group):
            moved[index] = first + position * gap
    return tuple(moved)


def _reach(places: Sequence[float], groups: Sequence[list[int]], *, gap: float) -> bool:
    """Whether two neighbouring groups of labels would touch."""
    upper, lower = groups
    return _first(places, upper, gap) + len(upper) * gap > _first(places, lower, gap)


def _first(places: Sequence[float], group: Sequence[int], gap: float) -> float:
    """Where a group begins when it lies around the middle of the places it wants."""
    return sum(places[index] for index in group) / len(group) - gap * (len(group) - 1) / 2


def _path(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _runs(places: Sequence[_Place | None]) -> list[list[_Place]]:
    """The stretches of `places` between the gaps."""
    runs: list[list[_Place]] = [[]]
    for place in places:
        if place is None:
            runs.append([])
        else:
            runs[-1].append(place)
    return [run for run in runs if run]
