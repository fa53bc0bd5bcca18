"""A run on one page: metrics beside its baseline, signs of leaks, slices, folds, importances, curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from workbench.cli import drawing, output
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Run
    from workbench.core.curves import CalibrationBin, Confusion, Curve, Residuals
    from workbench.core.run_figures import RunFigures
    from workbench.core.slices import Slice

_BAR = 24
_IMPORTANT = 10
_MOST_CLASSES = 8
_CURVE_WIDTH, _CURVE_HEIGHT = 48, 8


def tell(run: Run, baseline: Run | None, figures: RunFigures | None) -> None:
    """Prints what came of a finished run.

    Args:
        run: The run.
        baseline: What a guess reaches on the same rows; None: nobody knows.
        figures: What it kept to draw; None: nothing.
    """
    click.echo(f"\n{run.label} {run.experiment} {run.name}: {_rows(run)}")
    metrics(run, baseline)
    if figures is None:
        return
    if baseline is not None:
        from workbench.core.baseline import verdict_of

        click.echo(f"\n{verdict_of(run, baseline, figures.metric)}")
    for leak in figures.leaks:
        click.secho(f"Warning: {leak.sentence}", fg="yellow")
    for note in figures.notes:
        click.echo(note)
    of_figures(figures)


def metrics(run: Run, baseline: Run | None) -> None:
    """Prints metrics with their intervals, and those of the baseline beside them."""
    from workbench.core.metric_order import in_order, is_aside

    beside = baseline.metrics if baseline else {}
    found = [
        (
            one.key,
            words.metric(one.value),
            words.interval(one.low, one.high),
            words.metric(beside[one.key].value) if one.key in beside else "",
        )
        for one in (run.metrics[key] for key in in_order(run.metrics))
        if not is_aside(one.key)
    ]
    headings = ("metric", ">value", "95 % interval", ">baseline")
    width = 4 if baseline else 3
    output.print_table(headings[:width], [row[:width] for row in found])


def of_figures(figures: RunFigures) -> None:
    """Prints all that a run kept to draw."""
    if figures.folds:
        _folds(figures)
    if figures.slices:
        _slices(figures.slices, figures.metric)
    _importances(figures)
    if figures.confusion is not None:
        confusion(figures.confusion)
    _curves(figures)
    if figures.calibration:
        calibration(figures.calibration)
    if figures.residuals is not None:
        residuals(figures.residuals)


def confusion(table: Confusion) -> None:
    """Prints the rows by what they are and what they were taken for."""
    if len(table.classes) > _MOST_CLASSES:
        return
    output.print_table(
        ("is", *(f">taken for {name}" for name in table.classes)),
        [
            (name, *map(words.count, row))
            for name, row in zip(table.classes, table.rows, strict=True)
        ],
        title="Confusion",
    )


def roc(curve: Curve) -> None:
    """Draws the ROC curve as an area: caught positives over flagged negatives."""
    _drawn(
        curve,
        title=f"ROC of {curve.label}, area {words.metric(curve.area)}",
        axes="negatives flagged, 0 to 1; up: positives caught",
    )


def precision_recall(curve: Curve) -> None:
    """Draws precision as an area over recall."""
    _drawn(
        curve,
        title=f"Precision and recall of {curve.label}, area {words.metric(curve.area)}",
        axes="positives caught, 0 to 1; up: right among the flagged",
    )


def _curves(figures: RunFigures) -> None:
    """Draws the curves of a model of two classes; of more classes the areas."""
    if len(figures.roc) == 1:
        roc(figures.roc[0])
        for curve in figures.precision_recall:
            precision_recall(curve)
    elif figures.roc:
        areas = {one.label: one.area for one in figures.precision_recall}
        output.print_table(
            ("class", ">ROC area", ">PR area"),
            [
                (one.label, words.metric(one.area), words.metric(areas[one.label]))
                for one in figures.roc
            ],
            title="Each class against all others",
        )


def _drawn(curve: Curve, *, title: str, axes: str) -> None:
    heights = [_at(curve.x, curve.y, (at + 0.5) / _CURVE_WIDTH) for at in range(_CURVE_WIDTH)]
    # The top of the drawing is 1, whether or not the curve gets there.
    lines = [line[:-1] for line in drawing.histogram([*heights, 1.0], _CURVE_HEIGHT)]
    click.secho(f"\n{output.printable(title)}", bold=True)
    for line in lines:
        click.echo(f"│{line}")
    click.echo(f"└{'─' * _CURVE_WIDTH} {axes}")


def calibration(bins: Sequence[CalibrationBin]) -> None:
    """Prints how often came true what was said with some confidence."""
    output.print_table(
        (">said", ">came true", ">rows", ""),
        [
            (
                words.percent(one.confidence),
                words.percent(one.outcome),
                words.count(one.rows),
                drawing.bar(one.outcome, _BAR),
            )
            for one in bins
        ],
        title="Calibration",
    )


def residuals(found: Residuals) -> None:
    """Prints how far a regression is off."""
    shown = dict(zip(found.at, found.quantiles, strict=True))
    output.print_table(
        tuple(f">{words.percent(at, 0)}" for at in shown),
        [tuple(map(words.number, shown.values()))],
        title="Residuals, truth minus prediction",
    )
    low, high = words.number(found.edges[0]), words.number(found.edges[-1])
    click.echo(f"{low} {drawing.sparkline([float(one) for one in found.counts])} {high}")


def _rows(run: Run) -> str:
    from workbench.core.metric_order import COUNTS

    counts = [run.metrics.get(key) for key in COUNTS]
    trained, tested = (words.count(int(one.value)) if one else "?" for one in counts)
    return f"{trained} training rows, {tested} test rows ({run.test})"


def _folds(figures: RunFigures) -> None:
    output.print_table(
        ("metric", ">mean", ">sd", "folds"),
        [
            (
                one.metric,
                words.metric(one.mean),
                words.metric(one.deviation),
                " ".join(map(words.metric, one.values)),
            )
            for one in figures.folds
        ],
        title="Cross-validation of the training rows",
    )


def _slices(slices: Sequence[Slice], metric: str) -> None:
    output.print_table(
        ("column", "value", ">rows", f">{metric}", "95 % interval"),
        [
            (
                one.column,
                one.value,
                words.count(one.rows),
                words.metric(one.metric),
                words.interval(one.low, one.high),
            )
            for one in slices
        ],
        title="Slices of the test rows, the worst of a column first",
    )


def _importances(figures: RunFigures) -> None:
    ordered = sorted(figures.importances.items(), key=lambda pair: -pair[1])[:_IMPORTANT]
    output.print_table(
        ("column", ">share", "", ">shuffled costs", "95 % interval"),
        [
            (
                name,
                words.percent(share),
                drawing.bar(share, _BAR),
                *_cost(figures, name),
            )
            for name, share in ordered
        ],
        title="What the model looks at",
    )


def _cost(figures: RunFigures, name: str) -> tuple[str, str]:
    cost = figures.permutation.get(name)
    if cost is None:
        return "", ""
    return words.number(cost.mean), f"{words.number(cost.low)} to {words.number(cost.high)}"


def _at(x: Sequence[float], y: Sequence[float], where: float) -> float:
    """The height of a curve at a place, on the straight line between its points."""
    import bisect

    after = bisect.bisect_left(x, where)
    if after == 0:
        return y[0]
    if after == len(x):
        return y[-1]
    left, right = x[after - 1], x[after]
    share = (where - left) / (right - left) if right > left else 1.0
    return y[after - 1] + share * (y[after] - y[after - 1])
