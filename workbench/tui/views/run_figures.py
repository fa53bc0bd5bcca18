"""A run drawn: its metrics step by step, and what its scores look like on the test rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from storage.records import CurvePoint
from workbench.core import words
from workbench.tui.format import fit_content
from workbench.tui.views import charts, panels
from workbench.tui.views.charts import Look
from workbench.tui.views.parts import Lines, dim, heading
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

if TYPE_CHECKING:
    from workbench.core.run_figures import RunFigures
    from workbench.core.slices import Slice

CURVE = 12
_LEAST, _MOST = 46, 70
_GAP = 3
_SQUARE = 15
_IMPORTANT = 12
_SLICES = (
    Column(label="", most=18),
    Column(label="", most=18),
    Column(label="", align="right"),
    Column(label="", align="right"),
    Column(label="", drop=1),
)

Curves = Sequence[tuple[str, Sequence[CurvePoint]]]


def curve_lines(label: str, curves: Curves, width: int, *, height: int = CURVE) -> Lines:
    """All metrics of a run by step, beside each other where there is room.

    Args:
        label: The run.
        curves: Each metric with its points.
        width: Cells.
        height: Lines of one chart.
    """
    drawn = [(key, points) for key, points in curves if len(points) > 1]
    if not drawn:
        return [dim("No metric has two steps yet, so nothing can be drawn by step.")]
    look, wide = charts.looks([label])[0], _block_width(width)
    blocks = [
        (wide, [_titled(key, _last(points)), *charts.step_curves([look], [points], wide, height)])
        for key, points in drawn
    ]
    return panels.side_by_side(blocks, width, gap=_GAP)


def figure_lines(label: str, figures: RunFigures | None, width: int) -> Lines:
    """What the scores of a run look like, beside each other where there is room."""
    if figures is None:
        return [
            dim("It kept nothing to draw: a run has figures once it was"),
            dim("trained by n, or by `workbench run`, and has finished."),
        ]
    wide = _block_width(width)
    said = [
        *(_wrapped(f"▲ {leak.sentence}", width, "$warning") for leak in figures.leaks),
        *(_wrapped(note, width, "$muted") for note in figures.notes),
    ]
    blocks = [
        (wide, [fit_content(line, wide) for line in block])
        for block in _blocks(label, figures, wide)
        if block
    ]
    lines = panels.side_by_side(blocks, width, gap=_GAP)
    return [*(line for block in said for line in block), *([Content("")] if said else []), *lines]


def _blocks(label: str, figures: RunFigures, width: int) -> list[Lines]:
    look = charts.looks([label])[0]
    blocks: list[Lines] = []
    if figures.confusion is not None:
        table = panels.confusion(look, figures.confusion, width)
        # The first line names the run, which the border does already.
        blocks.append([heading("confusion"), *table[1:]])
    for title, curves, is_roc in (
        ("ROC", figures.roc, True),
        ("precision and recall", figures.precision_recall, False),
    ):
        if curves:
            looks = charts.looks([one.label for one in curves])
            drawn = charts.class_curves(looks, curves, width, _SQUARE, is_roc=is_roc)
            blocks.append([heading(title), *drawn])
    if figures.calibration:
        drawn = charts.calibration([look], [figures.calibration], width, _SQUARE)
        blocks.append([heading("calibration"), *drawn])
    if figures.residuals is not None:
        drawn = charts.residuals([look], [figures.residuals], width, _SQUARE)
        blocks.append([heading("residuals"), *drawn])
    blocks += [
        _importances(look, figures, width),
        _permutations(figures, width),
        _slices(figures.slices, figures.metric, width),
        _folds(figures, width),
    ]
    return blocks


def _importances(look: Look, figures: RunFigures, width: int) -> Lines:
    if not figures.importances:
        return []
    drawn = panels.importances([look], [figures.importances], width, _IMPORTANT * 2)
    bars = [line for line in drawn if line.plain.strip()]
    return [heading("what the model looks at"), *bars]


def _permutations(figures: RunFigures, width: int) -> Lines:
    ordered = sorted(figures.permutation.items(), key=lambda pair: -pair[1].mean)[:_IMPORTANT]
    if not ordered:
        return []
    looks = charts.looks([name for name, _ in ordered])
    estimates = [
        panels.Estimate(
            look=Look(name=name, mark="●", style=looks[0].style),
            value=loss.mean,
            low=loss.low,
            high=loss.high,
        )
        for name, loss in ordered
    ]
    title = Content.assemble(heading("what shuffling a column costs"), dim("  loss"))
    return [title, *panels.intervals(estimates, width)]


def _slices(slices: Sequence[Slice], metric: str, width: int) -> Lines:
    if not slices:
        return []
    rows = [
        Row(
            key=(one.column, one.value),
            cells=(
                dim(one.column),
                one.value,
                words.count(one.rows),
                words.metric(one.metric),
                dim(words.interval(one.low, one.high, 3)),
            ),
        )
        for one in slices
    ]
    widths = layout.measure(_SLICES, rows, width)
    title = Content.assemble(heading("slices"), dim(f"  rows, {metric}, 95 % interval"))
    return [title, *(layout.line(_SLICES, widths, row.cells) for row in rows)]


def _folds(figures: RunFigures, width: int) -> Lines:
    if not figures.folds:
        return []
    lines: Lines = [heading("cross-validation of the training rows")]
    for one in figures.folds:
        told = f"{words.metric(one.mean)} ± {words.metric(one.deviation)}"
        lines.append(Content.assemble((f"{one.metric}  ", "$muted"), told))
        lines += _wrapped(" ".join(map(words.metric, one.values)), width, "$muted")
    return lines


def _block_width(width: int) -> int:
    """Cells of a block, so that as many as have room stand side by side."""
    many = max(1, (width + _GAP) // (_LEAST + _GAP))
    return min(_MOST, (width + _GAP) // many - _GAP) if many > 1 else min(_MOST, width)


def _titled(key: str, told: str) -> Content:
    return Content.assemble(heading(key), dim(f" by step  {told}"))


def _last(points: Sequence[CurvePoint]) -> str:
    return f"last {words.metric(points[-1].value)}"


def _wrapped(text: str, width: int, style: str) -> Lines:
    return [line.stylize(style) for line in wrapped(text, width)]
