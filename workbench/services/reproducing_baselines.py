"""Makes a baseline again: the guess, and every metric of it with its interval."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from storage.errors import Problem
from storage.records import Artifact, Metric, Run, RunState
from storage.records.reproduction import Remade, Reproduction, Sameness
from workbench.core import metrics, reproducing, words
from workbench.errors import TrainingFailed
from workbench.services import (
    baselines,
    definitions,
    keepsakes,
    material,
    run_again,
)
from workbench.services import reproduction_verdicts as verdicts
from workbench.services.baselines import Baseline
from workbench.services.context import Context
from workbench.services.reproducing_jobs import REPORT_ARTIFACT

_RECIPE = "baseline again"
"""Not that of a baseline, which other runs are held against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """A baseline that was made now."""

    found: Baseline
    rows: int
    """Test rows."""


def reproduce(context: Context, run: Run) -> None:
    """Makes a baseline again as its child, and keeps how like the first one it is."""
    try:
        again = _made_again(context, run)
    except Problem as problem:
        report = verdicts.impossible(run, problem)
        with context.conclude(msgspec.to_builtins(report)) as tx:
            tx.events.add(verdicts.event_of(run, report))
        return
    params = {**run.params, "strategy": again.found.strategy}
    child = run_again.start(context, run, params=params, seed=run.seed, recipe=_RECIPE)
    report = _report(run, child, again)
    kept = _kept(context, report)
    with context.conclude(msgspec.to_builtins(report)) as tx:
        tx.runs.set_metrics(child.id, again.found.metrics)
        tx.runs.keep_artifacts(child.id, [kept])
        tx.runs.set_tags(child.id, {"reproduction": report.sameness.value})
        tx.runs.end(child.id, state=RunState.FINISHED)
        tx.events.add(verdicts.event_of(run, report))


def _made_again(context: Context, run: Run) -> _Again:
    assert run.parent_id is not None  # a baseline stands beside the run it is a child of
    with context.store.read() as tx:
        definition = definitions.of_run(context, tx, tx.runs.get(run.parent_id))
        plan = definitions.plan_of(context, tx, definition)
    context.progress(0.1, "reading rows")
    rows = material.read(context, plan)
    context.progress(0.5, "measuring")
    metric = plan.experiment.metric or metrics.default_metric(rows.task)
    found = baselines.measured(plan, rows, metric=metric)
    if found is None:
        raise TrainingFailed(f"The rows of {run.label} have no known labels any more.")
    return _Again(found=found, rows=len(rows.test.target))


def _report(run: Run, child: Run, again: _Again) -> Reproduction:
    changed = tuple(_changed(run, again.found))
    was, now = str(run.params.get("strategy", "")), again.found.strategy
    is_same = was == now and not changed
    rows = words.plural(again.rows, "test row")
    if is_same:
        sentence = (
            f"{child.label} is {run.label} bit for bit: the same guess and metrics on {rows}."
        )
    elif was != now:
        sentence = f"{child.label} differs from {run.label}: it guesses the {now}, not the {was}."
    else:
        sentence = f"{child.label} differs from {run.label} in {changed[0].key} on {rows}."
    reasons = tuple(reproducing.changes(run.environment, child.environment))
    return Reproduction(
        run=run.id,
        again=child.id,
        sameness=Sameness.BIT_IDENTICAL if is_same else Sameness.DIFFERS,
        sentence=sentence,
        reasons=() if is_same else reasons or (verdicts.NO_REASON,),
        largest_difference=None,
        rows=again.rows,
        metrics=changed,
    )


def _changed(run: Run, found: Baseline) -> Iterator[Remade]:
    """The metrics whose value or interval is another one."""
    for now in found.metrics:
        then = run.metrics.get(now.key)
        if then is None or _bytes_of(then) != _bytes_of(now):
            first = float("nan") if then is None else then.value
            yield Remade(key=now.key, first=first, again=now.value)


def _bytes_of(metric: Metric) -> tuple[str, ...]:
    """A metric so that NaN is itself: every digit of its value and bounds."""
    return tuple(map(repr, (metric.value, metric.low, metric.high)))


def _kept(context: Context, report: Reproduction) -> Artifact:
    return keepsakes.kept(context.store.blobs, REPORT_ARTIFACT, msgspec.json.encode(report))
