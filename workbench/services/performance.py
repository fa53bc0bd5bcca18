"""How well the champion did on labelled rows, as it answered them, and the first version beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from storage import frames
from storage.frames import Selection
from storage.labels import Labels
from storage.predictions import Predictions
from storage.records import EvaluationRole, ModelVersion, Window
from workbench.config import ExperimentConfig, Task
from workbench.core import intervals, metrics
from workbench.services import promotion, truth
from workbench.services import rows as row_services
from workbench.services.context import Context

LEAST_LOGGED = 500
"""Logged predictions with labels below which the champion is scored afterwards instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How one model version did on the new rows."""

    version: ModelVersion
    role: EvaluationRole
    value: float
    low: float
    high: float
    rows: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What labelled rows say of the versions of a model."""

    task: Task
    metric: str
    measured: tuple[Measured, ...]
    """Empty where there are no labels, or only of one class."""

    @property
    def rows(self) -> int:
        """Labelled rows that were judged."""
        return max((one.rows for one in self.measured), default=0)

    def value(self, role: EvaluationRole) -> float | None:
        """The metric of the version in this role; None when it was not measured."""
        return next((one.value for one in self.measured if one.role is role), None)


def measure(
    context: Context,
    experiment: ExperimentConfig,
    window: Window,
    *,
    champion: ModelVersion,
    frozen: ModelVersion,
) -> Performance:
    """How champion and first version did on the labelled rows of a window.

    The champion is judged by what the endpoint answered for these rows, where enough of them were
    asked about; else both are scored afterwards.

    Args:
        context: The project.
        experiment: Whose target and metric.
        window: The rows.
        champion: The version that serves.
        frozen: The first version, kept as a yardstick.
    """
    inputs = dict.fromkeys([*champion.signature.names, *frozen.signature.names])
    with context.store.read() as tx:
        selection = row_services.select(context, tx, window)
    labels = sent(context, champion)
    fetched = _fetched(context, selection, [*inputs, experiment.target], champion, labels)
    known = ~np.ma.getmaskarray(fetched[experiment.target])
    rows = {name: values[known] for name, values in fetched.items()}
    target = rows[experiment.target]
    task = truth.task_in(experiment, target)
    metric = experiment.metric or metrics.default_metric(task)
    if not len(target):
        return Performance(task=task, metric=metric, measured=())
    answers, source = target, "scored"
    logged, scores = _logged(context, champion, selection, labels, target=experiment.target)
    if len(scores) >= max(LEAST_LOGGED, len(target) // 2):
        answers, source = logged, "predictions"
    else:
        scores = promotion.scores(context, champion, rows)
    judge = _Judge(task=task, metric=metric, seed=experiment.seed)
    found = (
        judge.measured(champion, EvaluationRole.CHAMPION, answers, scores, source=source),
        judge.measured(
            frozen,
            EvaluationRole.FROZEN,
            target,
            promotion.scores(context, frozen, rows),
            source="scored",
        ),
    )
    measured = tuple(one for one in found if one is not None)
    return Performance(task=task, metric=metric, measured=measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judge:
    task: Task
    metric: str
    seed: int

    def measured(
        self,
        version: ModelVersion,
        role: EvaluationRole,
        target: NDArray[Any],
        scores: NDArray[np.float64],
        *,
        source: str,
    ) -> Measured | None:
        """The metric with its interval; None where these rows leave it undefined."""
        known = truth.is_known(self.task, target, version.signature.classes)
        codes = truth.truth_of(self.task, target[known], version.signature.classes)
        value = metrics.metric(self.metric, self.task, codes, scores[known])
        if not np.isfinite(value):
            return None  # one class only
        low, high = intervals.interval(self.metric, self.task, codes, scores[known], seed=self.seed)
        return Measured(
            version=version,
            role=role,
            value=value,
            low=low,
            high=high,
            rows=len(codes),
            source=source,
        )


def judged(
    experiment: ExperimentConfig | None,
    version: ModelVersion,
    target: NDArray[Any],
    scores: NDArray[np.float64],
    *,
    source: str,
) -> tuple[str, Measured] | None:
    """The metric of a version on labels and its own scores; None where these rows leave it undefined.

    Args:
        experiment: Whose metric and seed; None: what the version's task has by default.
        version: The version.
        target: Labels as names of classes, or as numbers.
        scores: What it answered, one row a label.
        source: Where the scores come from.
    """
    task = cast("Task", version.signature.task)
    metric = (experiment.metric if experiment else None) or metrics.default_metric(task)
    judge = _Judge(task=task, metric=metric, seed=experiment.seed if experiment else 0)
    found = judge.measured(version, EvaluationRole.CHAMPION, target, scores, source=source)
    return None if found is None else (metric, found)


def sent(context: Context, version: ModelVersion) -> Labels | None:
    """The labels that were sent of a version's model; None: its rows have no key."""
    key = version.signature.key
    if not key:
        return None
    layout = context.store.layout
    return Labels(context.store.frames, layout.labels, version.model, key)


def _fetched(
    context: Context,
    selection: Selection,
    columns: Sequence[str],
    champion: ModelVersion,
    labels: Labels | None,
) -> dict[str, NDArray[Any]]:
    """The rows of the window; a label that was sent stands in the last of the columns."""
    engine = context.store.frames
    key = champion.signature.key
    has = frames.columns(engine, selection)
    if labels is None or not set(key).issubset(has):
        return engine.fetch(selection, columns)
    return labels.fetch(selection, columns, types=has)


def _logged(
    context: Context,
    champion: ModelVersion,
    selection: Selection,
    labels: Labels | None,
    *,
    target: str,
) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Labels and what the endpoint answered for their rows; nothing where rows have no key."""
    if labels is None:
        return np.empty(0), np.empty(0)
    log = Predictions(context.store.frames, context.store.layout.predictions)
    found = log.labelled_scores(
        selection.sql(),
        key=labels.key,
        target=target,
        model=champion.model,
        labels=labels.latest,
    )
    return found["target"], found["score"]
