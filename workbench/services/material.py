"""What a run is trained on: the plan made from its job, and the rows read for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.frames import Selection
from storage.records import ColumnKind, Version, Window
from storage.store import Transaction
from workbench.config import DatasetConfig, ExperimentConfig, RecipeConfig, SplitConfig, Task
from workbench.core import splits, words
from workbench.core.columns import are_moments
from workbench.engines.rows import Rows
from workbench.errors import TrainingFailed
from workbench.services import labels, truth
from workbench.services import rows as row_services
from workbench.services.context import Context

VALIDATION_SHARE = 0.2
"""Share of the training rows that judges the trials of a study."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Which rows a job asks to train on."""

    version: int | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is trained on what."""

    experiment: ExperimentConfig
    recipe: RecipeConfig
    features: tuple[str, ...]
    columns: tuple[str, ...]
    """All columns of the dataset version."""
    moments: tuple[str, ...]
    """Its columns of moments besides the event time."""
    key: tuple[str, ...]
    identity: tuple[str, ...]
    """The columns that tell rows apart."""
    time: str | None
    train: Window
    test: Window | None
    """Rows that judge it; None: the split takes them from `train`."""
    version: Version


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """The rows of a plan."""

    task: Task
    train: Rows
    test: Rows
    train_columns: Mapping[str, NDArray[Any]]
    test_columns: Mapping[str, NDArray[Any]]
    """All that was read of these rows: features, target, key, moments and slices."""
    train_times: NDArray[np.datetime64] | None
    """Event times of the training rows; None: the dataset has none."""
    selection: Selection
    """Where the training rows lie, for their profile."""


def plan_of(
    context: Context,
    tx: Transaction,
    experiment: ExperimentConfig,
    recipe: RecipeConfig,
    *,
    version: int | None,
    train: Span,
) -> Plan:
    """What a job asks to train, seen to make sense.

    Raises:
        NotFound: There is no such dataset version.
    """
    label = experiment.dataset if version is None else f"{experiment.dataset}@v{version}"
    found = labels.dataset_version(tx, label)
    dataset = context.config.datasets[experiment.dataset]
    excluded = {experiment.target, dataset.time, *dataset.key, *experiment.exclude}
    asked = set(experiment.moments)
    kept = tx.datasets.get(experiment.dataset)
    columns = row_services.columns_of(tx, found)
    window = Window(
        dataset=experiment.dataset,
        version=train.version or found.number,
        start=train.start,
        end=train.end,
    )
    added = Window(dataset=experiment.dataset, version=found.number, added_only=True)
    return Plan(
        experiment=experiment,
        recipe=recipe,
        features=tuple(
            column.name
            for column in columns
            if column.name in asked
            or (column.name not in excluded and column.kind is not ColumnKind.TIMESTAMP)
        ),
        columns=tuple(column.name for column in columns),
        moments=tuple(
            column.name
            for column in columns
            if column.kind is ColumnKind.TIMESTAMP and column.name not in excluded
        ),
        key=dataset.key,
        identity=row_services.identity(context, kept),
        time=dataset.time,
        train=window,
        test=None if train.version is None else added,
        version=found,
    )


def _refuse_unknown(experiment: ExperimentConfig, dataset: DatasetConfig, plan: Plan) -> None:
    """Names the first column that workbench.toml asks for and the dataset does not have."""
    asked = {
        f"[experiments.{experiment.name}]": (
            experiment.target,
            *experiment.exclude,
            *experiment.moments,
            experiment.split.group,
            *experiment.slices,
        ),
        f"[datasets.{dataset.name}]": (dataset.time, *dataset.key),
    }
    for place, columns in asked.items():
        for name in columns:
            if name is not None and name not in plan.columns:
                raise TrainingFailed(
                    f"{dataset.name} has no column '{name}', which {place} names.",
                    f"Its columns are {', '.join(plan.columns)}.",
                )


def _refuse_no_moments(experiment: ExperimentConfig, fetched: Mapping[str, NDArray[Any]]) -> None:
    """Names the first column that workbench.toml takes for one of moments and that holds something else."""
    for name in experiment.moments:
        if not are_moments(fetched[name]):
            raise TrainingFailed(
                f"The column '{name}' holds no moments, and `moments` in "
                f"[experiments.{experiment.name}] names it.",
                "Leave it out there: it is a feature anyway.",
            )


def read(context: Context, plan: Plan, *, is_trial: bool = False) -> Material:
    """Reads the rows of a plan, divided into training and test rows.

    Args:
        context: The project.
        plan: What is trained on what.
        is_trial: Whether a trial of a study asks: the test rows stay unseen, and a share of the training
            rows, divided as the experiment divides them, takes their place.

    Raises:
        TrainingFailed: workbench.toml names columns that the dataset does not have, there are too few
            rows, or they cannot be divided as asked.
    """
    experiment = plan.experiment
    _refuse_unknown(experiment, context.config.datasets[experiment.dataset], plan)
    besides = (plan.time, experiment.split.group, *plan.identity, *plan.moments, *experiment.slices)
    extra = [name for name in besides if name]
    wanted = list(dict.fromkeys([*plan.features, experiment.target, *extra]))
    with context.store.read() as tx:
        train_selection = row_services.select(context, tx, plan.train)
        test_selection = row_services.select(context, tx, plan.test) if plan.test else None
    fetched = _labelled(context.store.frames.fetch(train_selection, wanted), experiment.target)
    _refuse_no_moments(experiment, fetched)
    task = truth.task_in(experiment, fetched[experiment.target])
    if test_selection is None:
        is_train, is_test = _split(experiment, plan, fetched, task)
        train = {name: values[is_train] for name, values in fetched.items()}
        test = {name: values[is_test] for name, values in fetched.items()}
        train_selection = _training_span(train_selection, plan, test)
    else:
        train = fetched
        test = _labelled(context.store.frames.fetch(test_selection, wanted), experiment.target)
    if is_trial:
        split = replace(experiment.split, test=VALIDATION_SHARE)
        masks = _split(replace(experiment, split=split), plan, train, task)
        train, test = ({name: one[mask] for name, one in train.items()} for mask in masks)
    return Material(
        task=task,
        train=_rows(train, plan),
        test=_rows(test, plan),
        train_columns=train,
        test_columns=test,
        train_times=None if plan.time is None else moments(train[plan.time]),
        selection=train_selection,
    )


def split_words(split: SplitConfig) -> str:
    """Which rows a split tests on: `the last 31 days`, `a random 20.0 %`, `20.0 % by groups of store`."""
    if isinstance(split.test, float):
        share = words.percent(split.test)
        return {
            "time": f"the last {share}",
            "random": f"a random {share}",
            "stratified": f"a random {share}, stratified by the target",
            "group": f"{share} by groups of {split.group}",
        }[split.by]
    return f"the last {split.test.total_seconds() / 86_400:g} days"


def moments(values: NDArray[Any]) -> NDArray[np.datetime64]:
    """Moments as the store gives them, NaT where there is none."""
    plain = np.ma.asanyarray(values).astype("datetime64[us]")
    found: NDArray[np.datetime64] = np.ma.filled(plain, np.datetime64("NaT"))
    return found


def _labelled(fetched: Mapping[str, NDArray[Any]], target: str) -> dict[str, NDArray[Any]]:
    """The rows that have a label."""
    known = ~np.ma.getmaskarray(np.ma.asanyarray(fetched[target]))
    if known.all():
        return dict(fetched)
    return {name: values[known] for name, values in fetched.items()}


def _rows(columns: Mapping[str, NDArray[Any]], plan: Plan) -> Rows:
    return Rows(
        features={name: columns[name] for name in plan.features},
        target=columns[plan.experiment.target],
        moments=frozenset(plan.experiment.moments),
    )


def _split(
    experiment: ExperimentConfig, plan: Plan, fetched: Mapping[str, NDArray[Any]], task: Task
) -> splits.Masks:
    split = experiment.split
    target = fetched[experiment.target]
    if not len(target):
        raise TrainingFailed(
            f"The target '{experiment.target}' has no value in {plan.train.label}.",
            "Choose another target, or a version whose rows have labels.",
        )
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
    plan: Plan,
    fetched: Mapping[str, NDArray[Any]],
    task: Task,
    *,
    seed: int,
) -> splits.Masks:
    target = fetched[plan.experiment.target]
    if split.by == "time" and plan.time is not None:
        times = moments(fetched[plan.time])
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
    is_even = split.by == "stratified" or task != "regression"
    strata = truth.strata(task, target) if is_even else None
    return splits.by_share(len(target), share, seed=seed, strata=strata)


def _training_span(selection: Selection, plan: Plan, test: Mapping[str, NDArray[Any]]) -> Selection:
    """Where the training rows lie: before the test rows when time divides them, else everywhere."""
    if plan.experiment.split.by != "time" or plan.time is None:
        return selection
    first: datetime = np.min(test[plan.time]).astype("datetime64[us]").item()
    return replace(selection, end=first)
