"""A run as one page, for people who were not there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.records import Run
from workbench.core import words
from workbench.core.baseline import verdict_of
from workbench.core.curves import Confusion
from workbench.core.metric_order import in_order
from workbench.core.run_figures import RunFigures
from workbench.report import figures as figure_words
from workbench.report import page, run_charts
from workbench.report.markup import Markup, join, prose, tag

_COUNTS = ("training_rows", "test_rows")


def html(
    run: Run,
    *,
    baseline: Run | None,
    figures: RunFigures | None,
    made_at: datetime,
    project: str = "",
) -> str:
    """The page as one HTML file that needs no other.

    Args:
        run: The run.
        baseline: What a guess reaches on the same rows; None: nobody knows.
        figures: What the run kept to draw; None: nothing.
        made_at: When the page is made; stands on it.
        project: Name of the project; left out when empty.
    """
    drawn = [] if figures is None else _of_figures(figures)
    return page.page(
        _headline(run, figures),
        _head(run, baseline, figures, made_at=made_at, project=project),
        _metrics(run, baseline),
        *drawn,
        _made_by(run),
    )


def _headline(run: Run, figures: RunFigures | None) -> str:
    reached = run.metrics.get(figures.metric) if figures else None
    name = f"{run.label} {run.experiment} {run.name}"
    if figures is None or reached is None:
        return f"{name}: {run.state.value}"
    return f"{name}: {figure_words.metric_name(figures.metric)} {words.metric(reached.value)}"


def _head(
    run: Run,
    baseline: Run | None,
    figures: RunFigures | None,
    *,
    made_at: datetime,
    project: str,
) -> Markup:
    made = tag("time", figure_words.moment(made_at), datetime=made_at.isoformat())
    told = [run.error or "", run.note]
    if figures is not None and baseline is not None:
        told.append(verdict_of(run, baseline, figures.metric))
    leaks = () if figures is None else figures.leaks
    notes = () if figures is None else figures.notes
    return tag(
        "header",
        tag(
            "p",
            f"{project}: a run of " if project else "A run of ",
            _rows(run),
            ". Made ",
            made,
            ".",
            class_="byline",
        ),
        tag("h1", prose(_headline(run, figures))),
        *(tag("p", prose(one), class_="standfirst") for one in told if one),
        *(tag("p", tag("strong", "Warning: "), prose(leak.sentence)) for leak in leaks),
        page.paragraphs(*notes),
    )


def _rows(run: Run) -> str:
    counts = [run.metrics.get(key) for key in _COUNTS]
    trained, tested = (words.count(int(one.value)) if one else "?" for one in counts)
    data = words.versioned(run.dataset, run.version)
    return f"{data}: {trained} training rows, {tested} test rows ({run.test or 'no split'})"


def _metrics(run: Run, baseline: Run | None) -> Markup:
    guessed = baseline.metrics if baseline else {}
    rows = [
        (
            figure_words.metric_name(one.key),
            words.metric(one.value),
            words.interval(one.low, one.high),
            words.metric(guessed[one.key].value) if one.key in guessed else "",
        )
        for one in (run.metrics[key] for key in in_order(run.metrics))
        if one.key not in _COUNTS and not one.key.startswith("system.")
    ]
    heads = ("metric", ">on the test rows", ">95 % interval", ">baseline")
    return page.section("Metrics", _table(heads, rows), empty="It has no metrics.")


def _of_figures(figures: RunFigures) -> list[Markup]:
    return [
        _scores(figures),
        _residuals(figures),
        _confusion(figures.confusion),
        _importances(figures),
        _slices(figures),
        _folds(figures),
    ]


def _scores(figures: RunFigures) -> Markup:
    plots = run_charts.beside(
        *map(run_charts.roc, figures.roc),
        *map(run_charts.precision_recall, figures.precision_recall),
        run_charts.calibration(figures.calibration),
    )
    if not plots:
        return Markup()
    caption = "Dashed: what chance gives, and for the calibration what is right. Point at a dot for its rows."
    return page.section("What the scores say", page.figure(plots, caption))


def _residuals(figures: RunFigures) -> Markup:
    found = figures.residuals
    if found is None:
        return Markup()
    plots = run_charts.beside(
        run_charts.residuals(found), run_charts.residuals_by_prediction(found)
    )
    heads = tuple(f">{words.percent(at, 0)}" for at in found.at)
    quantiles = _table(heads, [tuple(map(words.number, found.quantiles))])
    caption = "Below: the residual that this share of the rows does not exceed."
    return page.section("How far it is off", page.figure(plots, caption), quantiles)


def _confusion(table: Confusion | None) -> Markup:
    if table is None:
        return Markup()
    heads = ("is", *(f">taken for {name}" for name in table.classes))
    rows = [
        (name, *map(words.count, row)) for name, row in zip(table.classes, table.rows, strict=True)
    ]
    return page.section("What was taken for what", _table(heads, rows))


def _importances(figures: RunFigures) -> Markup:
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
    return page.section("What the model looks at", _table(heads, rows), intro=intro)


def _slices(figures: RunFigures) -> Markup:
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
        "Slice by slice", _table(heads, rows), intro="Of each column the worst value first."
    )


def _folds(figures: RunFigures) -> Markup:
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
    return page.section("Cross-validation of the training rows", _table(heads, rows))


def _made_by(run: Run) -> Markup:
    facts = {
        "estimator": run.model,
        "trained on": run.train or "",
        "tested on": run.test or "",
        "seed": str(run.seed),
        "source hash": run.source_hash,
        "started": figure_words.moment(run.started_at),
        "by": run.created_by,
    }
    named = [(name, str(value)) for name, value in sorted(run.params.items())]
    surroundings = [(name, str(value)) for name, value in sorted(run.environment.items())]
    return page.section(
        "What made it",
        _table(("what", ""), [pair for pair in facts.items() if pair[1]]),
        _table(("parameter", "value"), named),
        _table(("environment", "value"), surroundings),
        page.commands(
            [(f"workbench runs reproduce {run.label}", "makes it again and says what differs")]
        ),
    )


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Markup:
    """A table; a heading that begins with > stands over numbers. Empty without rows."""
    if not rows:
        return Markup()
    classes = ["number" if head.startswith(">") else None for head in heads]
    head = join(
        tag("th", text.removeprefix(">"), scope="col", class_=class_)
        for text, class_ in zip(heads, classes, strict=True)
    )
    body = join(tag("tr", _cells(row, classes)) for row in rows)
    return tag(
        "div", tag("table", tag("thead", tag("tr", head)), tag("tbody", body)), class_="wide"
    )


def _cells(row: Sequence[str], classes: Sequence[str | None]) -> Markup:
    first, *others = row
    return join(
        [
            tag("th", first, scope="row", class_=classes[0]),
            *(tag("td", text, class_=c) for text, c in zip(others, classes[1:], strict=True)),
        ]
    )
