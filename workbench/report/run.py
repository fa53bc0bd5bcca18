"""A run as one page, for people who were not there."""

from __future__ import annotations

from datetime import datetime

from storage.records import Run
from workbench.core import words
from workbench.core.baseline import verdict_of
from workbench.core.metric_order import COUNTS, in_order, is_aside
from workbench.core.run_figures import RunFigures
from workbench.report import figure_sections, page, tables
from workbench.report import figures as figure_words
from workbench.report.markup import Markup, prose, tag


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
    drawn = [] if figures is None else figure_sections.sections(figures)
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
    counts = [run.metrics.get(key) for key in COUNTS]
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
        if not is_aside(one.key)
    ]
    heads = ("metric", ">on the test rows", ">95 % interval", ">baseline")
    return page.section("Metrics", tables.table(heads, rows), empty="It has no metrics.")


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
        tables.table(("what", ""), [pair for pair in facts.items() if pair[1]]),
        tables.table(("parameter", "value"), named),
        tables.table(("environment", "value"), surroundings),
        page.commands(
            [(f"workbench runs reproduce {run.label}", "makes it again and says what differs")]
        ),
    )
