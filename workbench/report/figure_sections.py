"""The sections that draw what a run kept: scores, residuals, confusion, importances, slices, folds."""

from __future__ import annotations

from workbench.core import words
from workbench.core.curves import Confusion
from workbench.core.run_figures import RunFigures
from workbench.report import figures as figure_words
from workbench.report import page, run_charts, tables
from workbench.report.markup import Markup


def sections(figures: RunFigures) -> list[Markup]:
    """All sections; those that a run has nothing for are empty."""
    return [
        scores(figures),
        residuals(figures),
        confusion(figures.confusion),
        importances(figures),
        slices(figures),
        folds(figures),
    ]


def scores(figures: RunFigures) -> Markup:
    """Curves over all thresholds, and the calibration; empty for a regression."""
    plots = run_charts.beside(
        *map(run_charts.roc, figures.roc),
        *map(run_charts.precision_recall, figures.precision_recall),
        run_charts.calibration(figures.calibration),
    )
    if not plots:
        return Markup()
    caption = "Dashed: what chance gives, and for the calibration what is right. Point at a dot for its rows."
    return page.section("What the scores say", page.figure(plots, caption))


def residuals(figures: RunFigures) -> Markup:
    """How far a regression is off; empty for classes."""
    found = figures.residuals
    if found is None:
        return Markup()
    plots = run_charts.beside(
        run_charts.residuals(found), run_charts.residuals_by_prediction(found)
    )
    heads = tuple(f">{words.percent(at, 0)}" for at in found.at)
    quantiles = tables.table(heads, [tuple(map(words.number, found.quantiles))])
    caption = "Below: the residual that this share of the rows does not exceed."
    return page.section("How far it is off", page.figure(plots, caption), quantiles)


def confusion(table: Confusion | None) -> Markup:
    """Test rows by what they are and what they were taken for; empty without a table."""
    if table is None:
        return Markup()
    heads = ("is", *(f">taken for {name}" for name in table.classes))
    rows = [
        (name, *map(words.count, row)) for name, row in zip(table.classes, table.rows, strict=True)
    ]
    return page.section("What was taken for what", tables.table(heads, rows))


def importances(figures: RunFigures) -> Markup:
    """The share of each column, and what shuffling it costs."""
    ordered = sorted(figures.importances.items(), key=lambda pair: -pair[1])
    rows = []
    for name, share in ordered:
        cost = figures.permutation.get(name)
        rows.append(
            (
                name,
                words.percent(share),
                run_charts.share(share),
                "" if cost is None else words.number(cost.mean),
                "" if cost is None else f"{words.number(cost.low)} to {words.number(cost.high)}",
            )
        )
    if not rows:
        return Markup()
    heads = ("column", ">share", "", ">shuffled costs", ">95 % interval")
    what = "squared error" if figures.task == "regression" else "log loss"
    intro = f"The share of each column in the model, and by how much the {what} of a row grows when it is shuffled."
    return page.section("What the model looks at", tables.table(heads, rows), intro=intro)


def slices(figures: RunFigures) -> Markup:
    """The metric on each slice of the test rows, on one scale."""
    if not figures.slices:
        return Markup()
    ends = [one.metric for one in figures.slices]
    ends += [end for one in figures.slices for end in (one.low, one.high) if end is not None]
    scale = run_charts.shared_scale(ends)
    rows = [
        (
            one.column,
            one.value,
            words.count(one.rows),
            words.metric(one.metric),
            words.interval(one.low, one.high),
            run_charts.interval(scale, one.metric, one.low, one.high),
        )
        for one in figures.slices
    ]
    name = figure_words.metric_name(figures.metric)
    heads = ("column", "value", ">rows", f">{name}", ">95 % interval", "")
    return page.section(
        "Slice by slice", tables.table(heads, rows), intro="Of each column the worst value first."
    )


def folds(figures: RunFigures) -> Markup:
    """What was reached in each fold of a cross-validation."""
    if not figures.folds:
        return Markup()
    rows = [
        (
            figure_words.metric_name(one.metric),
            words.metric(one.mean),
            words.metric(one.deviation),
            " ".join(map(words.metric, one.values)),
        )
        for one in figures.folds
    ]
    heads = ("metric", ">mean", ">standard deviation", "folds")
    return page.section("Cross-validation of the training rows", tables.table(heads, rows))
