"""A run in words: what came of it, what it was made with, and what it printed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from storage.records import Job, Metric, Run, RunState
from storage.records.reproduction import Reproduction
from workbench.core import words
from workbench.tui import charts
from workbench.tui.run_seen import Rival, RunSeen, shown_metrics
from workbench.tui.theme import state_word
from workbench.tui.views import run_figures, studies
from workbench.tui.views.charts import looks, step_curves
from workbench.tui.views.parts import (
    Lines,
    change,
    change_within,
    dim,
    elapsed_s,
    facts,
    heading,
    left,
)
from workbench.tui.views.studies import text
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

_CURVE = 12
"""Lines of the metric curve."""
_BAR = 24
_CHILDREN = 12
_VALUE_LINES = 3
_METRICS = (
    Column(label="", most=24),
    Column(label="", align="right"),
    Column(label="", align="right"),
    Column(label="", drop=1),
    Column(label="", drop=2, align="right"),
)
"""A metric, its value, the champion's or the difference to it, its 95 % interval, and what a guess reaches."""
_FILES = (Column(label="", most=40), Column(label="", align="right"))
_PARTS = (Column(label=""), Column(label="", most=28), Column(label=""))


def page_lines(seen: RunSeen, now: datetime, width: int) -> Lines:
    """The page that is open.

    Args:
        seen: The run, with what its page needs.
        now: The time that relative times count from.
        width: Cells of a line.
    """
    match seen.glance.page:
        case "curves":
            return run_figures.curve_lines(seen.run.label, seen.curves, width)
        case "figures":
            if seen.problem:
                return _wrapped(seen.problem, width, "$error")
            return run_figures.figure_lines(seen.run.label, seen.figures, width)
        case "made with":
            return made_lines(seen, width)
        case "log":
            return log_lines(seen, width)
        case _:
            return summary_lines(seen, now, width)


def summary_lines(seen: RunSeen, now: datetime, width: int) -> Lines:
    """What came of a run, beside the champion and a guess, and its metric by step."""
    run = seen.run
    study = studies.study_lines(seen.study, seen.trials, now, width) if seen.study else []
    return [
        *_head(seen, now, width),
        *([Content(""), *study] if study else []),
        Content(""),
        *_metrics(seen, width),
        *_curve(seen, width),
        *([Content(""), heading("params"), *_params(run)] if run.params else []),
    ]


def made_lines(seen: RunSeen, width: int) -> Lines:
    """What a run was made with, its files, its parts, and what was made of it."""
    run, card = seen.run, seen.card
    pairs: list[tuple[str, Content | str]] = [
        ("estimator", run.model or words.NOTHING),
        ("seed", str(run.seed)),
        ("source", dim(run.source_hash[:12] or words.NOTHING)),
    ]
    if card.models:
        pairs.append(("models", words.listed(list(card.models), most=4)))
    files = [
        Row(key=one.path, cells=(one.path, dim(words.size(one.size_bytes))))
        for one in card.artifacts
    ]
    parts = [
        Row(key=one.id, cells=(one.label, one.name, state_word(one.state)))
        for one in card.children[:_CHILDREN]
    ]
    environment = [(key, text(value)) for key, value in sorted(run.environment.items())]
    return [
        *facts(pairs),
        *_section("params", _params(run)),
        *_section("environment", _pairs(environment, width)),
        *_section("files", _table(_FILES, files, width)),
        *_section("parts, newest first", _table(_PARTS, parts, width)),
    ]


def log_lines(seen: RunSeen, width: int) -> Lines:
    """The end of what the run's job printed."""
    if seen.job is None:
        return [dim("No job made this run, so it has no log here: a script logs to it.")]
    told = Content.assemble(f"{seen.job.label} ", state_word(seen.job.state))
    printed = [part for line in seen.log for part in wrapped(line, width)]
    return [told, Content(""), *(printed or [dim("It has printed nothing.")])]


def _head(seen: RunSeen, now: datetime, width: int) -> Lines:
    run = seen.run
    took = words.duration(elapsed_s(run.started_at, run.ended_at, now))
    first = Content.assemble(
        heading(run.label), f" {run.name}  ", state_word(run.state), f"  {took}"
    )
    of_recipe = f", recipe {run.recipe}" if run.recipe else ""
    pairs: list[tuple[str, Content | str]] = [
        ("experiment", f"{run.experiment}{of_recipe}"),
        ("data", words.versioned(run.dataset, run.version)),
        ("trained on", run.train or words.NOTHING),
        ("tested on", run.test or words.NOTHING),
        ("by", f"{run.created_by or words.NOTHING}, {words.ago(run.started_at, now)}"),
    ]
    if run.parent_id is not None:
        pairs.append(("part of", f"r{run.parent_id}"))
    if run.cycle_id is not None:
        pairs.append(("cycle", str(run.cycle_id)))
    if run.tags:
        told = "  ".join(f"{key}={value}" for key, value in sorted(run.tags.items()))
        pairs.append(("tags", told))
    return [
        first,
        *_progress(run, seen.job, now),
        *(_wrapped(run.error, width, "$error") if run.error else []),
        *facts(pairs),
        *(_noted(run.note, width) if run.note else []),
        *(line for child, found in seen.remade for line in _again(child, found, width)),
    ]


def _progress(run: Run, job: Job | None, now: datetime) -> Lines:
    """How far a running run is; empty for one that has ended, and where nobody can tell."""
    if run.state is not RunState.RUNNING or job is None or not job.state.is_live:
        return []
    needs = left(job, now)
    told = f"  {words.percent(job.progress, 0)}" if job.progress is not None else ""
    told += f"  {needs} left" if needs else ""
    bar = Content.assemble(charts.progress(job.progress, _BAR), told)
    return [bar, *([dim(job.message)] if job.message else [])]


def _noted(note: str, width: int) -> Lines:
    lines = [part for line in note.splitlines() for part in wrapped(line, width - 2)]
    return [Content.assemble(("▎ ", "$primary"), line) for line in lines]


def _again(child: Run, found: Reproduction, width: int) -> Lines:
    """What came of making the run again."""
    sign = ("✓ ", "$success") if found.sameness.is_reproduced else ("✕ ", "$error")
    told = Content.assemble(
        ("made again  ", "$muted"), sign, f"{found.sameness.value} as {child.label}"
    )
    if found.sameness.is_reproduced:
        return [told]
    reasons = [found.sentence, *(f"· {reason}" for reason in found.reasons)]
    return [told, *(line for one in reasons for line in _wrapped(one, width, "$muted"))]


def _metrics(seen: RunSeen, width: int) -> Lines:
    run, champion, guess = seen.run, seen.rival, seen.baseline
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
                _guessed(guess, key),
            ),
        )
        for key in shown_metrics(run)
        for one in [run.metrics[key]]
    ]
    beneath = f"  guess {guess.label}" if guess is not None else ""
    lines = _table(_METRICS, rows, width)
    return [
        Content.assemble(heading("metrics"), dim(f"{_rivalry(champion)}{beneath}")),
        *lines,
        *(_judged(champion) if champion else []),
    ]


def _guessed(guess: Run | None, key: str) -> Content:
    if guess is None or key not in guess.metrics:
        return Content("")
    return dim(f"guess {words.metric(guess.metrics[key].value)}")


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


def _curve(seen: RunSeen, width: int) -> Lines:
    if not seen.curves:
        return []
    key, points = seen.curves[0]
    title = Content.assemble(heading(key), dim(" by step   m draws the next metric"))
    if len(points) < 2:
        return [Content(""), title, dim("It has been measured at one step only.")]
    drawn = step_curves(looks([seen.run.label])[:1], [points], width, _CURVE)
    return [Content(""), title, *drawn]


def _params(run: Run) -> Lines:
    pairs = [(key, text(value)) for key, value in sorted(run.params.items())]
    return facts(pairs, indent=2)


def _pairs(pairs: Sequence[tuple[str, str]], width: int) -> Lines:
    """Facts whose values go on beneath where they are long."""
    name_width = max((len(name) for name, _ in pairs), default=0)
    lines: Lines = []
    for name, value in pairs:
        parts = wrapped(value.replace("\n", " ⏎ "), max(12, width - name_width - 4))[:_VALUE_LINES]
        lines += [
            Content.assemble(
                "  ", ((name if at == 0 else "").ljust(name_width + 2), "$muted"), part
            )
            for at, part in enumerate(parts)
        ]
    return lines


def _section(title: str, lines: Lines) -> Lines:
    return [Content(""), heading(title), *lines] if lines else []


def _table(columns: Sequence[Column], rows: Sequence[Row], width: int) -> Lines:
    widths = layout.measure(columns, rows, width - 2)
    return [Content.assemble("  ", layout.line(columns, widths, row.cells)) for row in rows]


def _wrapped(said: str, width: int, style: str) -> Lines:
    return [line.stylize(style) for line in wrapped(said, width)]
