"""What the Runs screen says: the list, and one run in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from storage.records import CurvePoint, GateReview, Metric, Run, Scalar
from workbench.config import Config
from workbench.core import words
from workbench.core.metric_order import in_order
from workbench.tui import charts, filters
from workbench.tui.theme import glyph, state_word
from workbench.tui.views.parts import Lines, change, change_within, dim, elapsed_s, facts, heading
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

_CURVE = 12
"""Lines of the metric curve."""
_METRICS = (
    Column(label="", most=24),
    Column(label="", align="right"),
    Column(label="", align="right"),
    Column(label="", drop=1),
)
"""A metric, its value, the champion's or the difference to it, and its 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """The champion that a run's version challenged, or would challenge today."""

    label: str
    metrics: Mapping[str, float]
    """Empty when the run itself made the champion."""
    is_itself: bool = False
    is_comparable: bool = False
    """Whether both were measured on the same test rows; a difference means nothing otherwise."""
    review: GateReview | None = None
    """What the gate said of the two on the same rows; None when it has not judged the run's version."""


def main_metric(run: Run, config: Config) -> str | None:
    """The metric a run is judged by; None while it has none."""
    experiment = config.experiments.get(run.experiment)
    named = experiment.metric if experiment else None
    if named in run.metrics:
        return named
    return next(iter(run.metrics), None)


def run_rows(runs: Sequence[Run], config: Config, now: datetime) -> list[Row]:
    """Runs, newest first."""
    return [_row(run, main_metric(run, config), now) for run in runs]


def run_fields(run: Run) -> filters.Fields:
    """What a filter can ask of a run: its params and metrics by their own names too."""
    return {
        **run.params,
        **{key: metric.value for key, metric in run.metrics.items()},
        "run": run.label,
        "name": run.name,
        "experiment": run.experiment,
        "recipe": run.recipe,
        "state": run.state.value,
        "data": words.versioned(run.dataset, run.version),
        "by": run.created_by,
    }


def run_lines(
    run: Run,
    history: tuple[str, Sequence[CurvePoint]] | None,
    champion: Rival | None,
    now: datetime,
    width: int,
) -> Lines:
    """One run in full.

    Args:
        run: The run.
        history: A metric and its points; None while there is none.
        champion: Whom the run is held against; None without one.
        now: The time that relative times count from.
        width: Cells of a line.
    """
    return [
        *_head(run, now, width),
        Content(""),
        *_metrics(run, champion, width),
        *_curve(history, width),
        Content(""),
        heading("params"),
        *facts([(key, _scalar(value)) for key, value in sorted(run.params.items())], indent=2),
        Content(""),
        heading("made with"),
        *facts([(key, _scalar(value)) for key, value in sorted(run.environment.items())], indent=2),
    ]


def _row(run: Run, metric: str | None, now: datetime) -> Row:
    found = run.metrics.get(metric) if metric else None
    return Row(
        key=run.id,
        cells=(
            glyph(run.state),
            run.label,
            run.recipe,
            words.metric(found.value) if found else dim(words.NOTHING),
            dim(metric or ""),
            words.duration(elapsed_s(run.started_at, run.ended_at, now)),
            dim(words.versioned(run.dataset, run.version)),
            dim(words.ago(run.started_at, now)),
        ),
    )


def _head(run: Run, now: datetime, width: int) -> Lines:
    took = words.duration(elapsed_s(run.started_at, run.ended_at, now))
    first = Content.assemble(
        heading(run.label), f" {run.name}  ", state_word(run.state), f"  {took}"
    )
    problem = [Content.styled(line.plain, "$error") for line in wrapped(run.error or "", width)]
    pairs: list[tuple[str, Content | str]] = [
        ("experiment", f"{run.experiment}, recipe {run.recipe}"),
        ("model", run.model),
        ("data", words.versioned(run.dataset, run.version)),
        ("trained on", run.train or words.NOTHING),
        ("tested on", run.test or words.NOTHING),
        ("seed", str(run.seed)),
        ("by", f"{run.created_by}, {words.ago(run.started_at, now)}"),
    ]
    if run.cycle_id is not None:
        pairs.append(("cycle", str(run.cycle_id)))
    return [first, *(problem if run.error else []), *facts(pairs)]


def _metrics(run: Run, champion: Rival | None, width: int) -> Lines:
    if not run.metrics:
        return [dim("no metrics yet")]
    rows = [
        Row(
            key=key,
            cells=(
                dim(key),
                words.metric(one.value),
                _against(champion, one),
                dim("" if one.low is None else words.interval(one.low, one.high, 3)),
            ),
        )
        for key in in_order(run.metrics)
        for one in [run.metrics[key]]
    ]
    widths = layout.measure(_METRICS, rows, width - 2)
    return [
        Content.assemble(heading("metrics"), dim(_rivalry(champion))),
        *(Content.assemble("  ", layout.line(_METRICS, widths, row.cells)) for row in rows),
        *(_judged(champion) if champion else []),
    ]


def _rivalry(champion: Rival | None) -> str:
    if champion is None:
        return ""
    if champion.is_itself:
        return f"  of {champion.label}, the champion"
    rows = "same test rows" if champion.is_comparable else "other test rows"
    return f"  beside {champion.label}, {rows}"


def _against(champion: Rival | None, metric: Metric) -> Content:
    if champion is None or metric.key not in champion.metrics:
        return Content("")
    theirs = champion.metrics[metric.key]
    if not champion.is_comparable:
        return dim(words.metric(theirs))
    # How many rows a run was tested on is no achievement.
    is_count = theirs.is_integer() and theirs > 1
    return Content("") if is_count else change(metric.value - theirs, metric=metric.key)


def _judged(champion: Rival) -> Lines:
    """What the gate measured of both on the same rows."""
    if champion.review is None:
        return []
    said = champion.review.decision
    told = Content.assemble(
        state_word(said.verdict),
        f"  {said.metric} ",
        change_within(said.gain, said.low, said.high),
        dim(f" on {words.plural(said.rows, 'row')}"),
    )
    bounds = dim(f"95 % {words.gain_interval(said.low, said.high)}")
    return facts([("gate", told), ("", bounds)], indent=2)


def _curve(history: tuple[str, Sequence[CurvePoint]] | None, width: int) -> Lines:
    if history is None or len(history[1]) < 2:
        return []
    key, points = history
    series = charts.Series(
        name=key, xs=[point.step for point in points], ys=[point.value for point in points]
    )
    title = Content.assemble(heading(key), dim(" by step   m draws the next metric"))
    return [Content(""), title, *charts.line_chart([series], width, _CURVE)]


def _scalar(value: Scalar) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return words.NOTHING if value is None else str(value)
