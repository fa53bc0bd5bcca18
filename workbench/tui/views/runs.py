"""What the Runs screen says: the list, and one run in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from textual.content import Content

from storage.records import MetricPoint, Run, Scalar
from workbench.config import Config
from workbench.core import words
from workbench.tui import charts, filters
from workbench.tui.format import fit
from workbench.tui.theme import glyph, state_word
from workbench.tui.views.parts import Lines, change, dim, elapsed_s, facts, heading
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

_CURVE = 12
"""Lines of the metric curve."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """The version that is served, as far as a run can be held against it."""

    label: str
    metrics: Mapping[str, float]
    is_comparable: bool
    """Whether both were measured on the same test rows; a difference means nothing otherwise."""


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
        "data": _dataset(run),
        "by": run.created_by,
    }


def run_lines(
    run: Run,
    history: tuple[str, Sequence[MetricPoint]] | None,
    champion: Rival | None,
    now: datetime,
    width: int,
) -> Lines:
    """One run in full.

    Args:
        run: The run.
        history: A metric and its points; None while there is none.
        champion: The version that is served; None without one.
        now: The time that relative times count from.
        width: Cells of a line.
    """
    return [
        *_head(run, now, width),
        Content(""),
        *_metrics(run, champion),
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
            words.fixed(found.value) if found else dim(words.NOTHING),
            dim(metric or ""),
            words.duration(elapsed_s(run.started_at, run.ended_at, now)),
            dim(_dataset(run)),
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
        ("data", _dataset(run) or words.NOTHING),
        ("trained on", run.train or words.NOTHING),
        ("tested on", run.test or words.NOTHING),
        ("seed", str(run.seed)),
        ("by", f"{run.created_by}, {words.ago(run.started_at, now)}"),
    ]
    if run.cycle_id is not None:
        pairs.append(("cycle", str(run.cycle_id)))
    return [first, *(problem if run.error else []), *facts(pairs)]


def _metrics(run: Run, champion: Rival | None) -> Lines:
    if not run.metrics:
        return [dim("no metrics yet")]
    lines = [Content.assemble(heading("metrics"), dim(_rivalry(champion)))]
    wide = max(len(key) for key in run.metrics)
    for key, metric in run.metrics.items():
        bounds = ""
        if metric.low is not None and metric.high is not None:
            bounds = f"  {words.fixed(metric.low, 3)} to {words.fixed(metric.high, 3)}"
        gain = _against(champion, key, metric.value)
        name = (fit(key, wide), "$muted")
        value = words.fixed(metric.value).rjust(9)
        lines.append(Content.assemble("  ", name, value, "  ", gain, dim(bounds)))
    return lines


def _rivalry(champion: Rival | None) -> str:
    if champion is None:
        return ""
    rows = "same test rows" if champion.is_comparable else "other test rows"
    return f"  beside {champion.label}, {rows}"


def _against(champion: Rival | None, key: str, value: float) -> Content:
    if champion is None or key not in champion.metrics:
        return Content("")
    theirs = champion.metrics[key]
    if champion.is_comparable:
        return change(value - theirs, metric=key)
    return dim(words.fixed(theirs))


def _curve(history: tuple[str, Sequence[MetricPoint]] | None, width: int) -> Lines:
    if history is None or len(history[1]) < 2:
        return []
    key, points = history
    series = charts.Series(
        name=key, xs=[point.step for point in points], ys=[point.value for point in points]
    )
    title = Content.assemble(heading(key), dim(" by step   m draws the next metric"))
    return [Content(""), title, *charts.line_chart([series], width, _CURVE)]


def _dataset(run: Run) -> str:
    if run.dataset is None:
        return ""
    return run.dataset if run.version is None else f"{run.dataset}@v{run.version}"


def _scalar(value: Scalar) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return words.NOTHING if value is None else str(value)
