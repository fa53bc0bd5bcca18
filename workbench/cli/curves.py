"""Curves of several runs drawn over each other, a sign of its own for each."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from workbench.core import words

if TYPE_CHECKING:
    from storage.records import CurvePoint
    from storage.records.run_comparison import ComparedCurve

SIGNS = "●x○+*▲#□%△@◆"
"""One a run; where two meet, the later one shows."""
WIDTH, HEIGHT = 64, 10
_Places = list[tuple[int, float]]


def draw(curve: ComparedCurve, labels: Sequence[str]) -> None:
    """Prints the curves of one metric on one scale.

    Args:
        curve: A metric by step, of each run.
        labels: Names of the runs.
    """
    lines = plot([_finite(points) for points in curve.curves])
    if not lines:
        return
    click.secho(f"\n{curve.key} by step", bold=True)
    for line in lines:
        click.echo(line)
    told = [
        f"{sign} {label} {words.metric(points[-1].value)}"
        for sign, label, points in zip(SIGNS, labels, curve.curves, strict=False)
        if points
    ]
    click.echo(f"last: {'   '.join(told)}")


def plot(curves: Sequence[Sequence[tuple[int, float]]]) -> list[str]:
    """Curves as lines of text from the top down, with their scale.

    Args:
        curves: Steps, ascending, with finite values; one curve a run, at most as many as there are signs.

    Returns:
        Nothing when no curve has a point.
    """
    steps = [step for curve in curves for step, _ in curve]
    values = [value for curve in curves for _, value in curve]
    if not steps:
        return []
    left, right, low, high = min(steps), max(steps), min(values), max(values)
    cells = [[" "] * WIDTH for _ in range(HEIGHT)]
    for sign, curve in zip(SIGNS, curves, strict=False):
        for column, value in _columns(curve, left, right):
            cells[HEIGHT - 1 - _height(value, low, high)][column] = sign
    edges = {0: words.number(high), HEIGHT - 1: words.number(low)}
    margin = max(map(len, edges.values()))
    lines = [f"{edges.get(at, ''):>{margin}} │{''.join(row)}" for at, row in enumerate(cells)]
    ends = f"{words.count(left)}{words.count(right):>{WIDTH - len(words.count(left))}}"
    return [*lines, f"{'':>{margin}} └{'─' * WIDTH}", f"{'':>{margin}}  {ends}"]


def _columns(curve: Sequence[tuple[int, float]], left: int, right: int) -> _Places:
    """The value of a curve at each column that it reaches, on straight lines between its points."""
    placed = [(_column(step, left, right), value) for step, value in curve]
    found = placed[:1]
    for (start, before), (end, after) in itertools.pairwise(placed):
        if start == end:
            found[-1] = (end, after)
        for column in range(start + 1, end + 1):
            share = (column - start) / (end - start)
            # In two parts, because the difference of two large values may be infinite.
            found.append((column, before * (1 - share) + after * share))
    return found


def _column(step: int, left: int, right: int) -> int:
    return round((step - left) / (right - left) * (WIDTH - 1)) if right > left else 0


def _height(value: float, low: float, high: float) -> int:
    half = high / 2 - low / 2
    if half <= 0:
        return HEIGHT // 2
    return max(0, min(HEIGHT - 1, round((value / 2 - low / 2) / half * (HEIGHT - 1))))


def _finite(points: Sequence[CurvePoint]) -> _Places:
    return [(one.step, one.value) for one in points if math.isfinite(one.value)]
