"""What the Runs screen says of a study: how far it is, its best so far, and what mattered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from storage.records import Scalar, Study, StudyState, Trial, TrialState
from workbench.core import words
from workbench.tui import charts
from workbench.tui.format import fit
from workbench.tui.theme import BAD, GOOD, IDLE, RUNNING
from workbench.tui.views.parts import Lines, dim, elapsed_s, facts, heading
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

HISTORY = 10
"""Lines of the chart of all trials."""
BEST = 8
"""Trials that are listed."""
_BAR = 24
_TRIALS = (
    Column(label="", width=1),
    Column(label="", align="right"),
    Column(label="", align="right"),
    Column(label="", stretches=True),
    Column(label="", drop=1),
)
_MARKS = {
    TrialState.QUEUED: IDLE,
    TrialState.RUNNING: RUNNING,
    TrialState.FINISHED: GOOD,
    TrialState.PRUNED: ("◐", "$muted"),
    TrialState.FAILED: BAD,
    TrialState.CANCELLED: IDLE,
}


def study_lines(study: Study, trials: Sequence[Trial], now: datetime, width: int) -> Lines:
    """A study: its progress, the best params, the trials by number and the best of them."""
    return [
        *_head(study, now, width),
        *_best(study),
        *_history(study, trials, width),
        *_importances(study),
        *_listed(study, trials, width),
    ]


def _head(study: Study, now: datetime, width: int) -> Lines:
    told = f" {study.ended} of {words.plural(study.budget, 'trial')}"
    if study.state is StudyState.RUNNING:
        told += _left(study, now)
    bar = charts.progress(study.ended / study.budget, _BAR)
    states = ", ".join(f"{count} {state.value}" for state, count in study.trials.items())
    why = [line.stylize("$muted") for line in wrapped(study.reason, width)] if study.reason else []
    return [
        Content.assemble(heading(f"study {study.label}"), f"  {study.state.value}  "),
        Content.assemble(bar, told),
        *([dim(states)] if states else []),
        *why,
    ]


def _left(study: Study, now: datetime) -> str:
    """How long the trials still need if they go on as they did."""
    elapsed = elapsed_s(study.first_trial_at, None, now)
    if not study.ended or elapsed is None:
        return ""
    return f", {words.duration(elapsed / study.ended * (study.budget - study.ended))} left"


def _best(study: Study) -> Lines:
    direction = "larger" if study.is_maximized else "smaller"
    judged = f"{study.metric}, {direction} is better"
    if study.best_value is None:
        return facts([("judged by", judged), ("best", "no trial has finished yet")])
    run = "" if study.best_run_id is None else f", r{study.best_run_id}"
    best = Content.assemble(
        (words.metric(study.best_value), "bold $success"), f"  trial {study.best_trial}{run}"
    )
    params = [(name, text(value)) for name, value in study.best_params.items()]
    return [*facts([("judged by", judged), ("best", best)]), *facts(params, indent=2)]


def _history(study: Study, trials: Sequence[Trial], width: int) -> Lines:
    ended = [one for one in trials if one.state is TrialState.FINISHED and one.value is not None]
    if len(ended) < 2:
        return []
    points = charts.Series(
        name="trials",
        xs=[one.number for one in ended],
        ys=[one.value or 0.0 for one in ended],
        style="$series-1",
        mark="•",
        is_joined=False,
    )
    # A step where a trial was better: between trials nothing was found.
    corners: list[tuple[float, float]] = []
    for one in ended:
        value = one.value or 0.0
        best = corners[-1][1] if corners else value
        better = (max if study.is_maximized else min)(best, value)
        corners += [(one.number, best), (one.number, better)]
    line = charts.Series(
        name="best so far",
        xs=[number for number, _ in corners],
        ys=[value for _, value in corners],
        style="$success",
    )
    title = Content.assemble(heading(f"{study.metric} by trial   "), charts.legend([points, line]))
    return [Content(""), title, *charts.line_chart([line, points], width, HISTORY)]


def _importances(study: Study) -> Lines:
    if not study.importances:
        return []
    ordered = sorted(study.importances.items(), key=lambda pair: -pair[1])
    name_width = max(len(name) for name, _ in ordered)
    return [
        Content(""),
        heading("which params mattered"),
        *(
            Content.assemble(
                "  ",
                (fit(name, name_width), "$muted"),
                "  ",
                charts.rule(share, _BAR),
                f" {words.percent(share, 0)}",
            )
            for name, share in ordered
        ),
    ]


def _listed(study: Study, trials: Sequence[Trial], width: int) -> Lines:
    """Live trials, then the best, then those that went wrong."""
    if not trials:
        return []
    live = [one for one in trials if one.state is TrialState.RUNNING]
    sign = -1.0 if study.is_maximized else 1.0
    good = sorted(
        (one for one in trials if one.state is TrialState.FINISHED and one.value is not None),
        key=lambda one: sign * (one.value or 0.0),
    )
    bad = [one for one in trials if one.state is TrialState.FAILED]
    shown = [*live, *good[:BEST], *bad[-2:]]
    rows = [_trial(one, study) for one in shown]
    widths = layout.measure(_TRIALS, rows, width - 2)
    title = Content.assemble(heading("trials"), dim("  running, the best, what failed"))
    lines = [Content.assemble("  ", layout.line(_TRIALS, widths, row.cells)) for row in rows]
    return [Content(""), title, *lines]


def _trial(one: Trial, study: Study) -> Row:
    params = "  ".join(f"{name}={text(value)}" for name, value in (one.params or {}).items())
    is_best = one.number == study.best_trial
    return Row(
        key=one.number,
        cells=(
            Content.styled(*_MARKS[one.state]),
            f"{one.number}",
            Content.styled(words.metric(one.value), "bold $success" if is_best else ""),
            dim(one.error or params),
            "" if one.run_id is None else f"r{one.run_id}",
        ),
    )


def text(value: Scalar) -> str:
    """A value of a param, a number without more digits than it needs."""
    if isinstance(value, float):
        return f"{value:g}"
    return words.NOTHING if value is None else str(value)
