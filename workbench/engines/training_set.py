"""The rows a model learns from and is tested on, chosen and typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputType, Signature
from workbench.config import Task
from workbench.core import classes as core_classes
from workbench.core import signature as core_signature
from workbench.core.columns import Columns, are_moments, kind_of, missing, numbers, texts, typed
from workbench.engines.coded import Coded, coded_columns
from workbench.engines.progress import has_label
from workbench.engines.rows import Rows
from workbench.errors import TrainingFailed

MIN_ROWS = 10
"""Labelled training rows below which nothing is learnt."""
MAX_CATEGORIES = 1000
"""Distinct texts above which a column is a name, not a category."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSet:
    """Typed features and numeric targets."""

    task: Task
    signature: Signature
    train: dict[str, NDArray[Any]]
    """The signature's inputs, typed by `columns.typed`."""
    train_target: NDArray[np.float64]
    """Class codes or values."""
    test: dict[str, NDArray[Any]]
    train_matrix: NDArray[np.float64]
    test_matrix: NDArray[np.float64]
    """The same rows as numbers, texts as codes; shape (rows, inputs)."""
    test_target: NDArray[np.float64]
    """Like the training target; -1 or NaN where a row has no label training knows."""
    messages: tuple[str, ...]
    """What was left out, and why."""

    @property
    def is_classification(self) -> bool:
        """Whether the target is a class."""
        return self.task != "regression"


def prepare(task: Task, train: Rows, test: Rows) -> TrainingSet:
    """Chooses the columns and rows that can be learnt from, and types them.

    Raises:
        TrainingFailed: Too few rows, no feature that can be used, or a target that teaches nothing.
    """
    labelled = ~missing(train.target)
    if labelled.sum() < MIN_ROWS:
        raise TrainingFailed(
            f"There are {int(labelled.sum())} training rows with a target; "
            f"at least {MIN_ROWS} are needed.",
            "Widen the training window or lower the share of test rows.",
        )
    if not len(test.target):
        raise TrainingFailed("There are no test rows.", "Give `split.test` a longer span or share.")
    features = dict(train.features)
    if not labelled.all():
        features = {name: values[labelled] for name, values in features.items()}
    texts = coded_columns(features)
    # A column of texts is judged by its distinct ones.
    usable, messages = _usable(
        {name: texts[name].in_short if name in texts else one for name, one in features.items()},
        train.moments,
    )
    if not labelled.all():
        messages = (f"{int((~labelled).sum())} training rows have no target: left out.", *messages)
    classes, train_target, test_target = _targets(task, train.target[labelled], test.target)
    if not has_label(task, test_target).any():
        raise TrainingFailed(
            "No test row has a target that the training rows have too.",
            "Give `split.test` a longer span or share.",
        )
    signature = core_signature.infer(usable, task=task, classes=classes)
    inputs, matrix = _typed(signature, features, texts)
    test_inputs, test_matrix = _typed(signature, test.features, coded_columns(test.features))
    return TrainingSet(
        task=task,
        signature=signature,
        train=inputs,
        train_target=train_target,
        test=test_inputs,
        train_matrix=matrix,
        test_matrix=test_matrix,
        test_target=test_target,
        messages=messages,
    )


def _typed(
    signature: Signature, features: Columns, texts: Mapping[str, Coded]
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    """The signature's inputs as `columns.typed` gives them, and as `native.encoded` does.

    Raises:
        RequestInvalid: A column is missing, or holds another kind of values.
    """
    own = {
        column.name: texts[column.name]
        for column in signature.inputs
        if column.type is InputType.STRING and column.name in texts
    }
    others = replace(
        signature, inputs=tuple(one for one in signature.inputs if one.name not in own)
    )
    plain = typed(others, features)
    inputs = {name: own[name].texts() if name in own else plain[name] for name in signature.names}
    # Column by column in memory, as LightGBM takes it too.
    rows = len(next(iter(inputs.values())))
    matrix = np.empty((rows, len(signature.inputs)), order="F")
    for place, column in enumerate(signature.inputs):
        if column.name in own:
            matrix[:, place] = own[column.name].numbers(column.categories)
        elif column.type is InputType.STRING:
            matrix[:, place] = np.nan  # not one text among these rows
        else:
            matrix[:, place] = plain[column.name]
    return inputs, matrix


def _usable(
    features: Columns, moments: frozenset[str]
) -> tuple[dict[str, NDArray[Any]], tuple[str, ...]]:
    reasons = {
        name: _reason_against(values, is_asked=name in moments) for name, values in features.items()
    }
    usable = {name: values for name, values in features.items() if not reasons[name]}
    messages = tuple(f"{name} {reason}: left out." for name, reason in reasons.items() if reason)
    if not usable:
        raise TrainingFailed(
            f"None of {len(features)} columns can be a feature. {' '.join(messages[:3])}".strip(),
            "Name fewer columns under `exclude`, or choose another dataset.",
        )
    return usable, messages


def _reason_against(values: NDArray[Any], *, is_asked: bool) -> str:
    """Why a column cannot be a feature; empty when it can."""
    if missing(values).all():
        return "has no value in the training rows"
    if are_moments(values):
        return "" if is_asked else "is a time; derive numbers from it, or name it under `moments`"
    kind = kind_of(values)
    if kind is None:
        is_span = values.dtype.kind == "m"
        return "is a time; derive numbers from it" if is_span else "holds neither numbers nor texts"
    if kind is InputType.STRING:
        distinct = len(set(texts(values).tolist()))
        if distinct > MAX_CATEGORIES:
            return f"has {distinct} distinct texts, more than {MAX_CATEGORIES}"
    return ""


def _targets(
    task: Task, train: NDArray[Any], test: NDArray[Any]
) -> tuple[tuple[str, ...], NDArray[np.float64], NDArray[np.float64]]:
    if task == "regression":
        return (), _values(train), _values(test)
    names = core_classes.class_names(train)
    if len(names) < 2:
        raise TrainingFailed(
            f"The target has one class only: every training row is '{names[0]}'.",
            "Choose another target, or a training window that holds both classes.",
        )
    if task == "binary" and len(names) > 2:
        raise TrainingFailed(
            f"The target has {len(names)} classes ({', '.join(names[:5])} …); binary means two.",
            'Set task = "multiclass" or "regression" at the experiment.',
        )
    codes = [core_classes.class_codes(target, names) for target in (train, test)]
    return names, codes[0].astype(np.float64), codes[1].astype(np.float64)


def _values(target: NDArray[Any]) -> NDArray[np.float64]:
    if kind_of(target) in {None, InputType.STRING}:
        raise TrainingFailed(
            f"The target holds {np.ma.getdata(target).dtype} values; a regression needs numbers.",
            'Set task = "binary" or "multiclass" at the experiment.',
        )
    found = numbers(target)
    if np.isinf(found).any():
        raise TrainingFailed("The target holds infinite values.", "Remove those rows with a check.")
    return found
