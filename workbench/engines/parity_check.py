"""The proof of an export: model and graph asked the same rows, real ones and hostile ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import Parity
from workbench.core import parity
from workbench.core.classes import class_codes
from workbench.core.columns import Columns, typed
from workbench.engines.environment import package_versions
from workbench.engines.estimators import first_line
from workbench.engines.export import boosters
from workbench.engines.native import BoosterModel, NativeModel
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused

MAX_REAL_ROWS = 100_000
HOSTILE_ROWS = 2000
MAX_THRESHOLD_ROWS = 2000
_PACKAGES = ("onnx", "onnxruntime", "skl2onnx", "lightgbm", "scikit-learn", "numpy")

Typed = dict[str, NDArray[Any]]


def prove(
    model: NativeModel,
    session: Session,
    features: Columns,
    *,
    threshold_values: Mapping[str, NDArray[np.float64]] | None = None,
    target_std: float | None = None,
    seed: int = 0,
) -> Parity:
    """Asks `model` and its exported graph the same rows and compares every answer.

    Hostile rows that the model itself refuses (mostly infinite numbers) are left out: there is no
    answer to compare with.

    Args:
        model: The trained model.
        session: Its exported graph, loaded.
        features: Real rows as the store gives them, at least one; at most 100,000 drawn ones are
            asked, and their indices are those of `worst_rows`' first part.
        threshold_values: Per number column values to ask exactly and from both sides; None: the
            thresholds of LightGBM's trees, nothing for other models.
        target_std: Standard deviation of the target, for a regression.
        seed: Fixes the rows drawn and derived.

    Raises:
        ExportRefused: The graph has no answer where the model has one.
        ValueError: The model refuses real rows.
    """
    rng = np.random.default_rng(seed)
    real = _drawn(typed(model.signature, features), rng)
    if threshold_values is None and isinstance(model, BoosterModel):
        threshold_values = boosters.thresholds(model)
    derived = [parity.hostile_rows(real, model.signature, rng=rng, rows=HOSTILE_ROWS)]
    if threshold_values:
        derived.append(_at_thresholds(real, threshold_values, rng))
    hostile, hostile_scores = _answered(model, _joined(derived))
    native = np.concatenate([model.scores(real), hostile_scores])
    asked = _joined([real, hostile])
    answers, answered_labels = _graph_answers(session, asked)
    found = parity.compare(
        native,
        answers,
        task=model.signature.task,
        hostile_from=_length(real),
        target_std=target_std,
        onnx_labels=answered_labels,
    )
    return replace(found, packages=package_versions(_PACKAGES))


def _graph_answers(
    session: Session, columns: Typed
) -> tuple[NDArray[np.float64], NDArray[np.int64] | None]:
    """Scores, and the class codes the graph gave itself (None for a regression)."""
    classes = session.signature.classes
    try:
        scores = session.scores(columns)
        names = session.predict(columns).labels if classes else ()
    except Exception as error:  # the runtime has no common base of its errors
        raise ExportRefused(
            f"The exported graph has no answer for some rows: {first_line(error)[:300]}.",
            "Choose another estimator.",
        ) from error
    return scores, class_codes(np.array(names, object), classes) if classes else None


def _drawn(columns: Typed, rng: np.random.Generator) -> Typed:
    rows = _length(columns)
    if rows <= MAX_REAL_ROWS:
        return columns
    drawn = np.sort(rng.choice(rows, MAX_REAL_ROWS, replace=False))
    return {name: values[drawn] for name, values in columns.items()}


def _at_thresholds(
    real: Typed, threshold_values: Mapping[str, NDArray[np.float64]], rng: np.random.Generator
) -> Typed:
    """Real rows with one number exactly at a threshold, or at the next number beside it."""
    pairs = [(name, value) for name, values in threshold_values.items() for value in values]
    chosen = rng.permutation(len(pairs))[:MAX_THRESHOLD_ROWS]
    drawn = rng.integers(0, _length(real), len(chosen))
    rows = {name: values[drawn].copy() for name, values in real.items()}
    for row, pair in enumerate(chosen):
        name, value = pairs[pair]
        rows[name][row] = (value, np.nextafter(value, np.inf), np.nextafter(value, -np.inf))[
            row % 3
        ]
    return rows


def _answered(model: NativeModel, columns: Typed) -> tuple[Typed, NDArray[np.float64]]:
    """The rows that `model` has an answer for, with its answers; found by halving.

    Rows with infinite numbers are left out together: a model takes them or does not.
    """
    infinite = np.zeros(_length(columns), np.bool_)
    for values in columns.values():
        infinite |= np.isinf(values) if values.dtype.kind == "f" else False
    answered: list[Typed] = [_taken(columns, slice(0))]
    scores = [np.empty((0, len(model.signature.classes))[: _score_axes(model)])]
    waiting = [_taken(columns, ~infinite), _taken(columns, infinite)]
    while waiting:
        part = waiting.pop()
        rows = _length(part)
        if not rows:
            continue
        try:
            scores.append(model.scores(part))
            answered.append(part)
        except ValueError:
            if rows > 1 and not any(
                np.isinf(one).any() for one in part.values() if one.dtype.kind == "f"
            ):
                waiting += [_taken(part, slice(rows // 2, None)), _taken(part, slice(rows // 2))]
    return _joined(answered), np.concatenate(scores)


def _score_axes(model: NativeModel) -> int:
    return 2 if model.signature.task == "multiclass" else 1


def _taken(columns: Typed, rows: slice | NDArray[np.bool_]) -> Typed:
    return {name: values[rows] for name, values in columns.items()}


def _joined(parts: list[Typed]) -> Typed:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _length(columns: Typed) -> int:
    return len(next(iter(columns.values())))
