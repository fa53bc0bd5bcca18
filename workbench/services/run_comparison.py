"""Compares runs: how they were made, what came of it, and row by row where they scored the same rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.errors import Problem
from storage.records import Run
from storage.records.run_comparison import (
    ComparedCurve,
    PairedDifference,
    RunComparison,
    Unpaired,
)
from workbench.config import Task
from workbench.core import gains, metrics, run_differences, words
from workbench.core.classes import class_names
from workbench.core.units import Units
from workbench.engines.rows import hashes_in_order
from workbench.errors import UsageError
from workbench.services import definitions, dependence, material, truth
from workbench.services.context import Context

MOST = 12
"""Runs that are compared at once."""
RESAMPLES = 1000
POINTS = 120
"""Points of a curve."""
LEAST_ROWS = 20
"""Rows that two runs must have in common."""
SCORES_ARTIFACT = "test-scores.f64"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tested:
    """What a run was tested on, and the scores it gave."""

    task: Task
    metric: str
    seed: int
    classes: tuple[str, ...]
    hashes: NDArray[np.uint64]
    target: NDArray[Any]
    scores: NDArray[np.float64]
    units: Units | None
    """Which rows depend on each other; None: none do."""


def compare(context: Context, runs: Sequence[int], *, by_row: bool = True) -> RunComparison:
    """Two runs or more side by side; the first is what the others are held against.

    Args:
        context: The project.
        runs: Their ids.
        by_row: Whether they are compared row by row too, for which the test rows are read again.

    Raises:
        NotFound: There is no such run.
        UsageError: There are fewer than two different runs, or too many.
    """
    wanted = list(dict.fromkeys(runs))
    if not 2 <= len(wanted) <= MOST:
        raise UsageError(
            f"{words.plural(len(wanted), 'different run')} cannot be compared; 2 to {MOST} can.",
            "Name them: `workbench runs compare r1 r2`.",
        )
    with context.store.read() as tx:
        found = tuple(tx.runs.get(number) for number in wanted)
        compared = run_differences.metrics_of(found)
        # All are looked up: the latest value of a metric does not say whether it has a history.
        curves = tuple(
            ComparedCurve(
                key=one.key,
                curves=tuple(tx.runs.curve(run.id, one.key, points=POINTS) for run in found),
            )
            for one in compared
        )
    paired, unpaired = _paired(context, found) if by_row else ((), ())
    return RunComparison(
        runs=found,
        differences=run_differences.differences(found),
        metrics=compared,
        paired=paired,
        unpaired=unpaired,
        curves=tuple(one for one in curves if any(len(curve) > 1 for curve in one.curves)),
    )


def _paired(
    context: Context, runs: Sequence[Run]
) -> tuple[tuple[PairedDifference, ...], tuple[Unpaired, ...]]:
    first = _tested(context, runs[0])
    if isinstance(first, str):
        return (), tuple(Unpaired(run_id=run.id, reason=first) for run in runs[1:])
    paired, unpaired = [], []
    for run in runs[1:]:
        other = _tested(context, run)
        found = other if isinstance(other, str) else _difference(run, first, other)
        if isinstance(found, str):
            unpaired.append(Unpaired(run_id=run.id, reason=found))
        else:
            paired.append(found)
    return tuple(paired), tuple(unpaired)


def _tested(context: Context, run: Run) -> _Tested | str:
    """The test rows of a run with its scores, read again; in words why that cannot be."""
    try:
        with context.store.read() as tx:
            kept = definitions.artifact(tx.runs.artifacts(run.id), SCORES_ARTIFACT)
            if kept is None:
                return f"{run.label} kept no scores"
            definition = definitions.of_run(context, tx, run)
            plan = definitions.plan_of(context, tx, definition)
        found = material.read(context, plan)
        scores = np.frombuffer(context.store.blobs.read(kept.blob), "<f8")
    except Problem as problem:
        return problem.problem.rstrip(".")
    rows = len(found.test.target)
    if rows == 0 or scores.size % rows:
        return f"the test rows of {run.label} are not those of then"
    classes = () if found.task == "regression" else class_names(found.train.target)
    return _Tested(
        task=found.task,
        metric=plan.experiment.metric or metrics.default_metric(found.task),
        seed=plan.experiment.seed,
        classes=classes,
        hashes=hashes_in_order({name: found.test_columns[name] for name in plan.identity}),
        target=found.test.target,
        scores=scores if scores.size == rows else scores.reshape(rows, -1),
        units=dependence.units_of(
            found.test_columns, group=plan.experiment.split.group, time=plan.time
        ),
    )


def _difference(run: Run, first: _Tested, other: _Tested) -> PairedDifference | str:
    """What `run` gains over the first one on their common rows; in words why that cannot be told."""
    if (first.task, first.classes) != (other.task, other.classes):
        return f"{run.label} answers another question"
    _, at, beside = np.intersect1d(first.hashes, other.hashes, return_indices=True)
    if at.size < LEAST_ROWS:
        return f"they have {words.plural(at.size, 'test row')} in common"
    known = truth.is_known(first.task, first.target[at], first.classes)
    at, beside = at[known], beside[known]
    codes = truth.truth_of(first.task, first.target[at], first.classes)
    if not np.array_equal(codes, truth.truth_of(first.task, other.target[beside], first.classes)):
        return f"{run.label} learned other labels of the same rows"
    contest = gains.Contest(
        task=first.task,
        metric=first.metric,
        truth=codes,
        champion=first.scores[at],
        challenger=other.scores[beside],
        units=None if first.units is None else first.units.of(at),
    )
    gain = gains.measure(contest, resamples=RESAMPLES, rng=np.random.default_rng(first.seed))
    test, p_value = gains.significance(contest)
    return PairedDifference(
        run_id=run.id,
        metric=first.metric,
        rows=at.size,
        first_value=gain.champion_value,
        value=gain.challenger_value,
        gain=gain.gain,
        low=gain.low,
        high=gain.high,
        test=test,
        p_value=p_value,
    )
