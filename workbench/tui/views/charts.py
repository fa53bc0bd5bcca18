"""Figures of runs laid over each other, drawn in cells: records and a size in, lines out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from storage.records import CurvePoint, Scalar
from workbench.core import words
from workbench.tui import charts
from workbench.tui.charts import SERIES_STYLES, Series
from workbench.tui.views.param_axis import ParamAxis
from workbench.tui.views.parts import Lines, dim
from workbench.tui.widgets.cells import wrapped

if TYPE_CHECKING:
    from workbench.core.curves import CalibrationBin, Curve, Residuals

MARKS = "●▲■◆▼★"
_DIAGONAL = Series(name="", xs=(0.0, 1.0), ys=(0.0, 1.0), style="$faint")
_SQUARE = Series(name="", xs=(0.0, 1.0), ys=(0.0, 1.0), is_joined=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one run is told apart: its name, a sign and a colour."""

    name: str
    mark: str
    style: str

    @property
    def sign(self) -> Content:
        """The sign in its colour."""
        return Content.styled(self.mark, self.style)

    @property
    def title(self) -> Content:
        """The sign and the name."""
        return Content.assemble((f"{self.mark} ", self.style), self.name)


def looks(names: Sequence[str]) -> tuple[Look, ...]:
    """A look for each name; colours and signs begin anew at different names, so that pairs stay different."""
    return tuple(
        Look(
            name=name,
            mark=MARKS[(index + index // len(MARKS)) % len(MARKS)],
            style=SERIES_STYLES[index % len(SERIES_STYLES)],
        )
        for index, name in enumerate(names)
    )


def legend(shown: Sequence[Look]) -> Content:
    """The looks beside each other."""
    return Content("  ").join([one.title for one in shown])


def step_curves(
    shown: Sequence[Look], curves: Sequence[Sequence[CurvePoint]], width: int, height: int
) -> Lines:
    """A metric by step, one line a run; where a point stands for many, a band from the least to the largest."""
    return charts.line_chart(
        [_by_step(look, points) for look, points in zip(shown, curves, strict=True) if points],
        width,
        height,
    )


def class_curves(
    shown: Sequence[Look], found: Sequence[Curve | None], width: int, height: int, *, is_roc: bool
) -> Lines:
    """ROC or precision-recall curves over each other, and the area under each."""
    drawn = [(look, one) for look, one in zip(shown, found, strict=True) if one is not None]
    series = [
        Series(
            name=look.name,
            xs=one.x,
            ys=one.y,
            style=look.style,
            mark=look.mark,
            # All curves end in the same corner.
            mark_at=(place + 1) / (len(drawn) + 1),
        )
        for place, (look, one) in enumerate(drawn)
    ]
    told = [Content.assemble(look.title, " ", words.metric(one.area)) for look, one in drawn]
    areas = wrapped(Content.assemble(dim("area  "), Content("   ").join(told)), width)
    axes = ("negatives flagged", "positives caught") if is_roc else ("recall", "precision")
    frame = _DIAGONAL if is_roc else _SQUARE
    room = max(4, height - len(areas) - 1)
    return [*charts.line_chart([frame, *series], width, room), _axes(*axes), *areas]


def calibration(
    shown: Sequence[Look], found: Sequence[Sequence[CalibrationBin]], width: int, height: int
) -> Lines:
    """How often came true what was said with some confidence; the straight line is what would be right."""
    series = [
        Series(
            name=look.name,
            xs=[one.confidence for one in bins],
            ys=[one.outcome for one in bins],
            style=look.style,
            mark=look.mark,
        )
        for look, bins in zip(shown, found, strict=True)
        if bins
    ]
    axes = _axes("said", "came true")
    return [*charts.line_chart([_DIAGONAL, *series], width, height - 1), axes]


def residuals(
    shown: Sequence[Look], found: Sequence[Residuals | None], width: int, height: int
) -> Lines:
    """How far regressions are off by what they predicted: medians, with a band that holds 80 % of the rows."""
    series = [
        Series(
            name=look.name,
            xs=[bin_.prediction for bin_ in one.by_prediction],
            ys=[bin_.middle for bin_ in one.by_prediction],
            lows=[bin_.low for bin_ in one.by_prediction],
            highs=[bin_.high for bin_ in one.by_prediction],
            style=look.style,
            mark=look.mark,
        )
        for look, one in zip(shown, found, strict=True)
        if one is not None
    ]
    axes = _axes("predicted", "truth minus prediction, 80 % of the rows")
    return [*charts.line_chart(series, width, height - 1, limit=0.0), axes]


def scatter(
    marked: Sequence[tuple[Look, Scalar, float | None]],
    others: Sequence[tuple[Scalar, float | None]],
    width: int,
    height: int,
) -> Lines:
    """A param against a metric: the runs in question with their signs, others as small dots.

    Args:
        marked: A look, the param's value and the metric's of each run in question.
        others: The same two of each other run.
        width: Cells.
        height: Lines.
    """
    points = [(x, y) for _, x, y in marked] + list(others)
    axis = ParamAxis.of([x for x, y in points if x is not None and y is not None])
    crowd = Series(
        name="others",
        xs=[axis.place(x) for x, y in others],
        ys=[math.nan if y is None else y for _, y in others],
        style="$muted",
        mark="·",
        is_joined=False,
    )
    series = [
        Series(
            name=look.name,
            xs=[axis.place(x)],
            ys=[math.nan if y is None else y],
            style=look.style,
            mark=look.mark,
        )
        for look, x, y in marked
    ]
    return charts.line_chart([crowd, *series], width, height, x_labels=axis.labels)


def _by_step(look: Look, points: Sequence[CurvePoint]) -> Series:
    is_band = any(point.count > 1 for point in points)
    return Series(
        name=look.name,
        xs=[point.step for point in points],
        ys=[point.value for point in points],
        lows=[point.low for point in points] if is_band else (),
        highs=[point.high for point in points] if is_band else (),
        style=look.style,
        mark=look.mark,
    )


def _axes(across: str, up: str) -> Content:
    return dim(f"across: {across} · up: {up}")
