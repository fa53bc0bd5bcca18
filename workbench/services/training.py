"""Trains a recipe on a window of a dataset and keeps all that is needed to judge and serve it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.frames import Selection
from storage.records import (
    Artifact,
    ColumnKind,
    Metric,
    MetricPoint,
    NewEvent,
    NewRun,
    Run,
    RunState,
    Scalar,
    Version,
    Window,
)
from storage.store import Transaction
from workbench.config import DatasetConfig, ExperimentConfig, RecipeConfig, SplitConfig, Task
from workbench.core import classes as class_rules
from workbench.core import intervals, metrics, policy, splits, words
from workbench.core.tasks import task_of
from workbench.engines import environment, native, training
from workbench.engines.training import Fitted, Progress, Rows
from workbench.errors import TrainingFailed
from workbench.services import labels
from workbench.services import rows as row_services
from workbench.services.context import Context
from workbench.services.training_jobs import experiment_of, recipe_of

FLUSH_S = 0.5

MODEL_ARTIFACT = "model.bin"
SIGNATURE_ARTIFACT = "signature.json"
PROFILE_ARTIFACT = "training-profile.json"
HASHES_ARTIFACT = "training-rows.u64"
SCORES_ARTIFACT = "test-scores.f64"
IMPORTANCES_ARTIFACT = "importances.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """Which rows a job asks to train on."""

    version: int | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plan:
    """What is trained on what."""

    experiment: ExperimentConfig
    recipe: RecipeConfig
    features: tuple[str, ...]
    key: tuple[str, ...]
    identity: tuple[str, ...]
    """The columns that tell rows apart."""
    time: str | None
    train: Window
    test: Window | None
    """Rows that judge it; None: the split takes them from `train`."""
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class _Material:
    """The rows of a plan."""

    task: Task
    train: Rows
    test: Rows
    hashed: Mapping[str, NDArray[Any]]
    """What tells the training rows apart."""
    selection: Selection
    """Where the training rows lie, for their profile."""


def task_in(experiment: ExperimentConfig, target: NDArray[Any]) -> Task:
    """The experiment's task: as workbench.toml says, else as its target asks."""
    return experiment.task or task_of(target)


def train(  # noqa: PLR0913 - the arguments of a job, each by its name
    context: Context,
    *,
    experiment: str,
    recipe: str,
    params: Mapping[str, Scalar] | None = None,
    version: int | None = None,
    train_version: int | None = None,
    train_start: str | None = None,
    train_end: str | None = None,
    model: str | None = None,
    cycle: int | None = None,
) -> None:
    """Trains a recipe as a run, streaming its metrics.

    Args:
        context: The project.
        experiment: The experiment.
        recipe: One of its recipes.
        params: Params that replace or add to the recipe's.
        version: Dataset version; None: the latest.
        train_version: An earlier dataset version to train on; the rows that `version` added are the
            test rows then. None: the experiment's split divides the rows of `version`.
        train_start: Earliest event time to train on, ISO 8601; None: all.
        train_end: Event time before which training rows lie, ISO 8601; None: all.
        model: The model whose challenger this is; None outside a retraining cycle.
        cycle: Its retraining cycle.

    Raises:
        TrainingFailed: The recipe, target or rows cannot be trained on.
    """
    config = experiment_of(context, experiment)
    chosen = recipe_of(config, recipe)
    chosen = replace(chosen, params={**chosen.params, **(params or {})})
    with context.store.read() as tx:
        plan = _plan(
            context,
            tx,
            config,
            chosen,
            version=version,
            train=_Span(version=train_version, start=_moment(train_start), end=_moment(train_end)),
        )
    run = _start(context, plan, cycle)
    try:
        _fit_and_keep(context, plan, run, model=model, cycle=cycle)
    except TrainingFailed as error:
        with context.write() as tx:
            tx.runs.end(run.id, state=RunState.FAILED, error=error.problem)
        raise


def _plan(
    context: Context,
    tx: Transaction,
    experiment: ExperimentConfig,
    recipe: RecipeConfig,
    *,
    version: int | None,
    train: _Span,
) -> _Plan:
    label = experiment.dataset if version is None else f"{experiment.dataset}@v{version}"
    found = labels.dataset_version(tx, label)
    dataset = context.config.datasets[experiment.dataset]
    excluded = {experiment.target, dataset.time, *dataset.key, *experiment.exclude}
    kept = tx.datasets.get(experiment.dataset)
    columns = row_services.dataset_schema(kept)
    names = [column.name for column in columns]
    _refuse_unknown(experiment, dataset, names)
    window = Window(
        dataset=experiment.dataset,
        version=train.version or found.number,
        start=train.start,
        end=train.end,
    )
    added = Window(dataset=experiment.dataset, version=found.number, added_only=True)
    return _Plan(
        experiment=experiment,
        recipe=recipe,
        features=tuple(
            column.name
            for column in columns
            if column.name not in excluded and column.kind is not ColumnKind.TIMESTAMP
        ),
        key=dataset.key,
        identity=row_services.identity(context, kept),
        time=dataset.time,
        train=window,
        test=None if train.version is None else added,
        version=found,
    )


def _refuse_unknown(
    experiment: ExperimentConfig, dataset: DatasetConfig, names: Sequence[str]
) -> None:
    """Names the first column that workbench.toml asks for and the dataset does not have."""
    asked = {
        f"[experiments.{experiment.name}]": (
            experiment.target,
            *experiment.exclude,
            experiment.split.group,
        ),
        f"[datasets.{dataset.name}]": (dataset.time, *dataset.key),
    }
    for place, columns in asked.items():
        for name in columns:
            if name is not None and name not in names:
                raise TrainingFailed(
                    f"{dataset.name} has no column '{name}', which {place} names.",
                    f"Its columns are {', '.join(names)}.",
                )


def _start(context: Context, plan: _Plan, cycle: int | None) -> Run:
    source = environment.recipe_source_hash(plan.recipe, context.project_dir)
    split = plan.experiment.split
    run = NewRun(
        experiment=plan.experiment.name,
        name=plan.recipe.name,
        recipe=plan.recipe.name,
        model=plan.recipe.model,
        params=plan.recipe.params,
        seed=plan.experiment.seed,
        source_hash=source,
        dataset=plan.version.dataset,
        version=plan.version.number,
        train=plan.train.label,
        test=f"split by {split.by}, {split.test}" if plan.test is None else plan.test.label,
        environment=environment.capture(context.project_dir),
        created_by=context.who,
        job_id=context.job.id if context.job else None,
        cycle_id=cycle,
    )
    with context.write() as tx:
        started = tx.runs.start(run)
        if cycle is not None:
            tx.reviews.note_run(cycle, started.id)
        return started


def _fit_and_keep(
    context: Context, plan: _Plan, run: Run, *, model: str | None, cycle: int | None
) -> None:
    context.progress(0.02, "reading rows")
    material = _read(context, plan)
    metric = plan.experiment.metric or metrics.default_metric(material.task)
    stream = _Stream(context, run, primary=metric)
    fitted = training.fit(
        plan.recipe,
        task=material.task,
        train=material.train,
        test=material.test,
        seed=plan.experiment.seed,
        metric=metric,
        project_dir=context.project_dir,
        report=stream.report,
    )
    stream.flush()
    context.progress(0.9, "measuring")
    measured = _measure(plan, material, fitted)
    artifacts = _artifacts(context, plan, material, fitted)
    with context.conclude({"run": run.id}) as tx:
        tx.runs.set_metrics(run.id, measured)
        tx.runs.keep_artifacts(run.id, artifacts)
        tx.runs.end(run.id, state=RunState.FINISHED, params=fitted.params)
        tx.events.add(_finished(plan, run, measured, metric))
        if model is not None and cycle is not None:
            outcome = policy.Trained(
                cycle=cycle, model=model, run=run.id, holdout=plan.version.number
            )
            cause = context.job.id if context.job else None
            tx.jobs.enqueue_all(policy.after(outcome, cause=cause))


def _read(context: Context, plan: _Plan) -> _Material:
    experiment = plan.experiment
    extra = [name for name in (plan.time, experiment.split.group, *plan.identity) if name]
    wanted = list(dict.fromkeys([*plan.features, experiment.target, *extra]))
    with context.store.read() as tx:
        train_selection = row_services.select(context, tx, plan.train)
        test_selection = row_services.select(context, tx, plan.test) if plan.test else None
    fetched = _labelled(context.store.frames.fetch(train_selection, wanted), experiment.target)
    task = task_in(experiment, fetched[experiment.target])
    if test_selection is None:
        is_train, is_test = _split(experiment, plan, fetched, task)
        train = {name: values[is_train] for name, values in fetched.items()}
        test = {name: values[is_test] for name, values in fetched.items()}
        train_selection = _training_span(train_selection, plan, test)
    else:
        train = fetched
        test = _labelled(context.store.frames.fetch(test_selection, wanted), experiment.target)
    return _Material(
        task=task,
        train=_rows(train, plan),
        test=_rows(test, plan),
        hashed={name: train[name] for name in plan.identity},
        selection=train_selection,
    )


def _labelled(fetched: Mapping[str, NDArray[Any]], target: str) -> dict[str, NDArray[Any]]:
    """The rows that have a label."""
    known = ~np.ma.getmaskarray(np.ma.asanyarray(fetched[target]))
    return {name: values[known] for name, values in fetched.items()}


def _rows(columns: Mapping[str, NDArray[Any]], plan: _Plan) -> Rows:
    return Rows(
        features={name: columns[name] for name in plan.features},
        target=columns[plan.experiment.target],
    )


def _split(
    experiment: ExperimentConfig, plan: _Plan, fetched: Mapping[str, NDArray[Any]], task: Task
) -> splits.Masks:
    split = experiment.split
    target = fetched[experiment.target]
    if len(target) < 2:
        raise TrainingFailed(
            f"{plan.train.label} has {len(target)} labelled rows; at least 2 are needed.",
            "Add rows, or train on another version.",
        )
    try:
        return _masks(split, plan, fetched, task, seed=experiment.seed)
    except ValueError as error:
        raise TrainingFailed(
            f"{plan.train.label} cannot be split by {split.by}: {error}.",
            f"Change `split` in [experiments.{experiment.name}].",
        ) from error


def _masks(
    split: SplitConfig,
    plan: _Plan,
    fetched: Mapping[str, NDArray[Any]],
    task: Task,
    *,
    seed: int,
) -> splits.Masks:
    target = fetched[plan.experiment.target]
    if split.by == "time" and plan.time is not None:
        times = np.ma.filled(fetched[plan.time].astype("datetime64[us]"), np.datetime64("NaT"))
        if not isinstance(split.test, float):
            return splits.by_time(times, split.test)
        known = np.sort(times[~np.isnat(times)])
        if not len(known):
            raise ValueError(f"no row has a value in {plan.time}")
        cut = known[min(len(known) - 1, int(len(known) * (1 - split.test)))]
        return times < cut, times >= cut
    share = split.test if isinstance(split.test, float) else 0.2
    if split.by == "group" and split.group is not None:
        groups = np.ma.filled(fetched[split.group].astype(str), "")
        return splits.by_group(groups, share, seed=seed)
    strata = None if task == "regression" else np.asarray(target).astype(str)
    return splits.by_share(len(target), share, seed=seed, strata=strata)


def _training_span(
    selection: Selection, plan: _Plan, test: Mapping[str, NDArray[Any]]
) -> Selection:
    """Where the training rows lie: before the test rows when time divides them, else everywhere."""
    if plan.experiment.split.by != "time" or plan.time is None:
        return selection
    first: datetime = np.min(test[plan.time]).astype("datetime64[us]").item()
    return replace(selection, end=first)


def _measure(plan: _Plan, material: _Material, fitted: Fitted) -> list[Metric]:
    classes = fitted.signature.classes
    known = is_known(material.task, material.test.target, classes)
    truth = truth_of(material.task, material.test.target[known], classes)
    scores = fitted.test_scores[known]
    values = metrics.compute(material.task, truth, scores, classes=classes)
    primary = plan.experiment.metric or metrics.default_metric(material.task)
    low, high = intervals.interval(primary, material.task, truth, scores, seed=plan.experiment.seed)
    counts = {
        "training_rows": float(len(material.train.target)),
        "test_rows": float(len(material.test.target)),
    }
    return [
        Metric(
            key=key,
            value=value,
            step=0,
            low=low if key == primary else None,
            high=high if key == primary else None,
        )
        for key, value in (values | counts).items()
    ]


def is_known(task: str, target: NDArray[Any], classes: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which rows have a label that a model can be judged by: there, and seen in training."""
    if task == "regression":
        return np.isfinite(truth_of(task, target, classes))
    known: NDArray[np.bool_] = truth_of(task, target, classes) != class_rules.UNKNOWN
    return known


def truth_of(task: str, target: NDArray[Any], classes: tuple[str, ...]) -> metrics.Truth:
    """Labels as metrics want them: class codes, or numbers for regression."""
    if task == "regression":
        return np.ma.filled(np.ma.asanyarray(target).astype(np.float64), np.nan)
    return class_rules.class_codes(target, classes)


def _artifacts(
    context: Context, plan: _Plan, material: _Material, fitted: Fitted
) -> Sequence[Artifact]:
    names = set(plan.features)
    with context.store.read() as tx:
        schema = row_services.dataset_schema(tx.datasets.get(plan.experiment.dataset))
    columns = [column for column in schema if column.name in names]
    profile = row_services.reference_profile(context, material.selection, columns)
    contents = {
        MODEL_ARTIFACT: native.dump(fitted.model),
        SIGNATURE_ARTIFACT: msgspec.json.encode(replace(fitted.signature, key=plan.key)),
        PROFILE_ARTIFACT: msgspec.json.encode(profile),
        HASHES_ARTIFACT: training.row_hashes(material.hashed).astype("<u8").tobytes(),
        SCORES_ARTIFACT: fitted.test_scores.astype("<f8").tobytes(),
        IMPORTANCES_ARTIFACT: msgspec.json.encode(fitted.importances),
    }
    blobs = context.store.blobs
    return [
        Artifact(path=path, blob=blobs.put(content), size_bytes=len(content))
        for path, content in contents.items()
    ]


def _finished(plan: _Plan, run: Run, measured: Sequence[Metric], primary: str) -> NewEvent:
    value = next((metric.value for metric in measured if metric.key == primary), float("nan"))
    return NewEvent(
        kind="run.finished",
        subject=run.label,
        message=f"{run.label} {plan.experiment.name} {plan.recipe.name} finished: "
        f"{primary} {words.metric(value)}",
    )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


class _Stream:
    """Writes a run's metrics and a job's progress at most twice a second."""

    def __init__(self, context: Context, run: Run, *, primary: str) -> None:
        self._context = context
        self._run = run
        self._primary = primary
        self._points: list[MetricPoint] = []
        self._last: Progress | None = None
        self._flushed_at = time.monotonic()

    def report(self, progress: Progress) -> None:
        """Takes what the engine says of a step."""
        now = self._context.store.now()
        self._points += [
            MetricPoint(key=key, value=value, step=progress.step, at=now)
            for key, value in progress.metrics.items()
        ]
        self._last = progress
        if time.monotonic() - self._flushed_at >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Writes what has come since the last time."""
        if self._points:
            with self._context.write() as tx:
                tx.runs.log(self._run.id, self._points)
            self._points = []
        if self._last is not None:
            self._context.progress(self._fraction(self._last), self._words(self._last))
        self._flushed_at = time.monotonic()

    def _fraction(self, progress: Progress) -> float | None:
        return None if not progress.steps else 0.05 + 0.85 * progress.step / progress.steps

    def _words(self, progress: Progress) -> str:
        value = progress.metrics.get(self._primary)
        steps = "" if not progress.steps else f" of {progress.steps}"
        shown = "" if value is None else f", {self._primary} {words.metric(value)}"
        return progress.message or f"step {progress.step}{steps}{shown}"
