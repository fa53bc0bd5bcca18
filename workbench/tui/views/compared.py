"""What is drawn beside the comparison of runs: one figure at a time, and what can be chosen in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content

from storage.records import Run
from storage.records.run_comparison import ComparedMetric, RunComparison
from workbench.tui.views import charts, panels
from workbench.tui.views.charts import Look
from workbench.tui.views.parts import Lines, dim, heading
from workbench.tui.widgets.cells import wrapped

if TYPE_CHECKING:
    from workbench.core.curves import Curve
    from workbench.core.run_figures import RunFigures

FIGURES: dict[str, str] = {
    "intervals": "Intervals",
    "curves": "Curves",
    "scatter": "Scatter",
    "roc": "ROC",
    "calibration": "Calibration",
    "confusion": "Confusion",
    "residuals": "Residuals",
    "importance": "Importance",
}
"""What can be drawn, by what it is called."""
_ROC, _PRECISION_RECALL = "ROC", "precision-recall"
_GAIN, _PERMUTATION = "share of the gain", "loss when shuffled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """All that is drawn of some runs."""

    found: RunComparison
    figures: tuple[RunFigures | None, ...]
    """One a run; None where a run kept none."""
    peers: tuple[Run, ...]
    """The other runs of the study, or else of the experiment."""
    looks: tuple[Look, ...]


def offered(compared: Compared) -> tuple[str, ...]:
    """The figures that there is something to draw for; intervals, curves and scatter always are."""
    kept = [one for one in compared.figures if one is not None]
    shown = {
        "intervals": True,
        "curves": True,
        "scatter": True,
        "roc": any(one.roc or one.precision_recall for one in kept),
        "calibration": any(one.calibration for one in kept),
        "confusion": any(one.confusion for one in kept),
        "residuals": any(one.residuals for one in kept),
        "importance": any(one.importances or one.permutation for one in kept),
    }
    return tuple(name for name, is_shown in shown.items() if is_shown)


def choices(compared: Compared, figure: str) -> tuple[str, ...]:
    """What can be chosen within a figure: a metric, a curve, a class; empty where there is no choice."""
    found, kept = compared.found, [one for one in compared.figures if one is not None]
    if figure == "curves":
        return tuple(one.key for one in found.curves)
    if figure in {"intervals", "scatter"}:
        return tuple(one.key for one in found.metrics)
    if figure == "roc":
        roc = dict.fromkeys(f"{_ROC} of {c.label}" for one in kept for c in one.roc)
        others = dict.fromkeys(
            f"{_PRECISION_RECALL} of {c.label}" for one in kept for c in one.precision_recall
        )
        return (*roc, *others)
    if figure == "importance":
        gains = (_GAIN,) if any(one.importances for one in kept) else ()
        costs = (_PERMUTATION,) if any(one.permutation for one in kept) else ()
        return (*gains, *costs)
    return ()


def title(figure: str, choice: str, param: str) -> str:
    """What is drawn, for the border of a pane."""
    if figure == "scatter" and choice and param:
        return f"{choice} against {param}"
    if figure == "curves" and choice:
        return f"{choice} by step"
    return choice or FIGURES[figure]


def params(compared: Compared) -> tuple[str, ...]:
    """Params that a metric can be drawn against, those that differ between the runs first."""
    differ = [one.name for one in compared.found.differences if one.area == "params"]
    vary = dict.fromkeys(
        key for run in (*compared.found.runs, *compared.peers) for key in run.params
    )
    return (*dict.fromkeys([*differ, *vary]),)


def figure_lines(
    compared: Compared, figure: str, choice: str, param: str, width: int, height: int
) -> Lines:
    """One figure of the runs.

    Args:
        compared: The runs.
        figure: One of `FIGURES`.
        choice: One of `choices`; empty where there is none.
        param: What a metric is drawn against in a scatter; empty where no run has params.
        width: Cells.
        height: Lines that can be seen at once.
    """
    if figure == "scatter":
        return _scatter(compared, choice, param, width, height)
    return _DRAWN[figure](compared, choice, width, height)


def _intervals(compared: Compared, key: str, width: int, _height: int) -> Lines:
    known = {one.key: one for one in compared.found.metrics}
    if key not in known:
        return [dim("None of them has a metric yet.")]
    measured = [
        one
        for one in known.values()
        if any(m is not None and m.low is not None for m in one.metrics)
    ]
    chosen = known[key]
    lines = _metric_intervals(compared, chosen, width)
    if chosen not in measured:
        lines.append(dim("Nobody measured intervals of it."))
    lines += _gains(compared, width)
    for one in measured:
        if one is not chosen:
            lines += [Content(""), *_metric_intervals(compared, one, width)]
    return lines


def _metric_intervals(compared: Compared, one: ComparedMetric, width: int) -> Lines:
    told = [
        panels.Estimate(look=look, value=metric.value, low=metric.low, high=metric.high)
        for look, metric in zip(compared.looks, one.metrics, strict=True)
        if metric is not None
    ]
    return [heading(one.key), *panels.intervals(told, width)]


def _gains(compared: Compared, width: int) -> Lines:
    """What the others gain over the first run on the same rows, where that is known."""
    looks = {run.id: look for run, look in zip(compared.found.runs, compared.looks, strict=True)}
    told = [
        panels.Estimate(look=looks[pair.run_id], value=pair.gain, low=pair.low, high=pair.high)
        for pair in compared.found.paired
    ]
    if not told:
        return []
    metric = compared.found.paired[0].metric
    title = f"  over {compared.looks[0].name} on the same rows"
    return [
        Content(""),
        Content.assemble(heading(f"{metric} gained"), dim(title)),
        *panels.intervals(told, width, is_gain=True),
    ]


def _curves(compared: Compared, key: str, width: int, height: int) -> Lines:
    one = next((one for one in compared.found.curves if one.key == key), None)
    if one is None:
        return [dim("None of them logged a metric at more than one step.")]
    return charts.step_curves(compared.looks, one.curves, width, height)


def _scatter(compared: Compared, key: str, param: str, width: int, height: int) -> Lines:
    if not param or not key:
        return [dim("There is no param and no metric to draw against each other.")]
    marked = [
        (look, run.params.get(param), _value(run, key))
        for run, look in zip(compared.found.runs, compared.looks, strict=True)
    ]
    others = [(run.params.get(param), _value(run, key)) for run in compared.peers]
    points = [(x, y) for _, x, y in marked] + others
    drawn = sum(x is not None and y is not None for x, y in points)
    told = dim(f"{drawn} of {len(points)} runs have both")
    return [*charts.scatter(marked, others, width, height - 1), told]


def _value(run: Run, key: str) -> float | None:
    metric = run.metrics.get(key)
    return metric.value if metric is not None else None


def _class_curves(compared: Compared, choice: str, width: int, height: int) -> Lines:
    kind, _, label = choice.partition(" of ")
    found = [
        _curve_of(one.roc if kind == _ROC else one.precision_recall, label) if one else None
        for one in compared.figures
    ]
    return charts.class_curves(compared.looks, found, width, height, is_roc=kind == _ROC)


def _curve_of(curves: Sequence[Curve], label: str) -> Curve | None:
    return next((one for one in curves if one.label == label), None)


def _calibration(compared: Compared, _choice: str, width: int, height: int) -> Lines:
    found = [one.calibration if one else () for one in compared.figures]
    return charts.calibration(compared.looks, found, width, height)


def _residuals(compared: Compared, _choice: str, width: int, height: int) -> Lines:
    found = [one.residuals if one else None for one in compared.figures]
    return charts.residuals(compared.looks, found, width, height)


def _confusion(compared: Compared, _choice: str, width: int, _height: int) -> Lines:
    blocks = []
    for look, one in zip(compared.looks, compared.figures, strict=True):
        if one is not None and one.confusion is not None:
            room = min(width, panels.confusion_width(one.confusion))
            blocks.append((room, panels.confusion(look, one.confusion, room)))
    told = dim("Rows are what is true, columns what was said; shares are of a row.")
    return [*panels.side_by_side(blocks, width, gap=2), Content(""), *wrapped(told, width)]


def _importance(compared: Compared, choice: str, width: int, height: int) -> Lines:
    found: list[dict[str, float]] = []
    for one in compared.figures:
        if one is None:
            found.append({})
        elif choice == _PERMUTATION:
            found.append({name: loss.mean for name, loss in one.permutation.items()})
        else:
            found.append(dict(one.importances))
    return panels.importances(compared.looks, found, width, height)


_DRAWN: dict[str, Callable[[Compared, str, int, int], Lines]] = {
    "intervals": _intervals,
    "curves": _curves,
    "roc": _class_curves,
    "calibration": _calibration,
    "confusion": _confusion,
    "residuals": _residuals,
    "importance": _importance,
}
