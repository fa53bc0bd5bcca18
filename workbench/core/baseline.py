"""What somebody would guess without a model: the bar that a model must clear to be worth anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import Run
from workbench.config import Task
from workbench.core import metrics, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The same answer for every row, learnt from the labels alone."""

    strategy: str
    """`prior`, `mean` or `last value`."""
    scores: NDArray[np.float64]
    """As a model's: shape (rows,), or (rows, classes)."""


def guesses(
    task: Task,
    target: NDArray[np.float64],
    *,
    classes: Sequence[str],
    rows: int,
    times: NDArray[np.datetime64] | None = None,
) -> tuple[Guess, ...]:
    """What can be guessed from the labels of the training rows.

    For classes their shares, which decide for the most frequent one. For a number the mean, and the
    latest value where rows have times.

    Args:
        task: Says what the target is.
        target: Class codes or values of the training rows, all known, at least one.
        classes: Class names; empty for a regression.
        rows: Test rows to guess for.
        times: Event times of the training rows when the split is by time; else None.
    """
    if task == "regression":
        mean = Guess(strategy="mean", scores=np.full(rows, target.mean()))
        known = None if times is None else np.flatnonzero(~np.isnat(times))
        if times is None or known is None or not known.size:
            return (mean,)
        last = target[known[np.argmax(times[known])]]
        return (mean, Guess(strategy="last value", scores=np.full(rows, last)))
    shares = np.bincount(target.astype(np.intp), minlength=len(classes)) / target.size
    if task == "binary":
        return (Guess(strategy="prior", scores=np.full(rows, shares[1])),)
    return (Guess(strategy="prior", scores=np.tile(shares, (rows, 1))),)


def best(
    found: Sequence[Guess],
    *,
    metric: str,
    task: Task,
    truth: metrics.Truth,
) -> Guess:
    """The guess that is best on these rows, so that the bar is the highest there is; the first among equals."""
    sign = 1.0 if metrics.larger_is_better(metric) else -1.0

    def value(guess: Guess) -> float:
        reached = metrics.metric(metric, task, truth, guess.scores)
        return -np.inf if np.isnan(reached) else sign * reached

    return max(found, key=value)


SAYS = {
    "prior": "which knows only how frequent each class is",
    "mean": "which always says the mean of the training rows",
    "last value": "which always says the latest training value",
}


def verdict(
    metric: str,
    *,
    reached: float,
    bounds: tuple[float, float] | None,
    guessed: float,
    strategy: str,
) -> str:
    """Whether a model is worth anything, in a sentence.

    Args:
        metric: The one that judges the experiment.
        reached: The model's value.
        bounds: Its 95 % interval; None when there is none.
        guessed: The baseline's value.
        strategy: What the baseline does.
    """
    if np.isnan(guessed) or np.isnan(reached):
        return f"{metric} says nothing on these rows, so that no baseline can be compared."
    sign = 1.0 if metrics.larger_is_better(metric) else -1.0
    worst = min(sign * bound for bound in bounds or (reached, reached))
    best_case = max(sign * bound for bound in bounds or (reached, reached))
    if worst > sign * guessed:
        judgement = "Better than"
    elif best_case < sign * guessed:
        judgement = "Worse than"
    else:
        judgement = "Not surely better than"
    says = SAYS.get(strategy, strategy)
    return (
        f"{judgement} the baseline, {says}: {metric} {words.metric(reached)} "
        f"against {words.metric(guessed)}."
    )


def verdict_of(run: Run, baseline: Run, metric: str) -> str:
    """Whether a run is worth anything beside a baseline on the same rows, in a sentence.

    Args:
        run: The run.
        baseline: The guess.
        metric: The one that judges the experiment.
    """
    own, guess = run.metrics.get(metric), baseline.metrics.get(metric)
    if own is None or guess is None:
        return "The baseline was judged by another metric."
    return verdict(
        metric,
        reached=own.value,
        bounds=None if own.low is None or own.high is None else (own.low, own.high),
        guessed=guess.value,
        strategy=str(baseline.params.get("strategy", "")),
    )
