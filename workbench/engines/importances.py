"""What a model makes of each of its columns, as shares that sum to 1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from storage.records import Signature
from workbench.engines import preprocessing
from workbench.engines.native import BoosterModel, NativeModel, PipelineModel, frame
from workbench.engines.progress import has_label
from workbench.engines.training_set import TrainingSet

SAMPLE_ROWS = 2000
"""Rows on which a column is shuffled, or its spread is measured."""


def shares(model: NativeModel, rows: TrainingSet, *, seed: int) -> dict[str, float]:
    """The share of each input column in what `model` predicts.

    By gain for trees of LightGBM; by |coefficient| x standard deviation, summed over a column's
    outputs, for a linear model behind the built-in preprocessing; otherwise by how much worse the
    loss gets when the column is shuffled among test rows. Equal shares when nothing matters.
    """
    if isinstance(model, BoosterModel):
        gains = model.booster.feature_importance("gain")
        weights = dict(zip(rows.signature.names, map(float, gains), strict=True))
    elif model.is_built_in and hasattr(model.pipeline[-1], "coef_"):
        weights = _by_coefficients(model, rows, seed=seed)
    else:
        weights = _by_shuffling(model, rows, seed=seed)
    return _normalised(weights, rows.signature)


def _normalised(weights: Mapping[str, float], signature: Signature) -> dict[str, float]:
    total = sum(weights.values())
    if not total > 0:
        return dict.fromkeys(signature.names, 1.0 / len(signature.inputs))
    return {name: weights[name] / total for name in signature.names}


def _by_coefficients(model: PipelineModel, rows: TrainingSet, *, seed: int) -> dict[str, float]:
    columns = model.pipeline[0]
    outputs = columns.transform(frame(_sample(rows.train, len(rows.train_target), seed)))
    spread = np.sqrt(StandardScaler(with_mean=False).fit(outputs).var_)
    strength = np.abs(np.atleast_2d(model.pipeline[-1].coef_)).mean(axis=0) * spread
    weights = dict.fromkeys(rows.signature.names, 0.0)
    for name, share in zip(preprocessing.output_columns(columns), strength, strict=True):
        weights[name] += float(share)
    return weights


def _by_shuffling(model: NativeModel, rows: TrainingSet, *, seed: int) -> dict[str, float]:
    is_known = has_label(rows.task, rows.test_target)
    known = {name: values[is_known] for name, values in rows.test.items()}
    target = rows.test_target[is_known]
    if not len(target):
        return dict.fromkeys(rows.signature.names, 0.0)
    sample = _sample({**known, "": target}, len(target), seed)
    target = sample.pop("")
    base = _loss(model.scores(sample), target, rows)
    order = np.random.default_rng(seed).permutation(len(target))
    return {
        name: max(0.0, _loss(model.scores({**sample, name: values[order]}), target, rows) - base)
        for name, values in sample.items()
    }


def _loss(scores: NDArray[np.float64], target: NDArray[np.float64], rows: TrainingSet) -> float:
    if not rows.is_classification:
        return float(np.mean((scores - target) ** 2))
    codes = target.astype(np.int64)
    table = np.stack([1.0 - scores, scores], axis=1) if scores.ndim == 1 else scores
    return float(-np.log(np.maximum(table[np.arange(len(codes)), codes], 1e-15)).mean())


def _sample(columns: Mapping[str, NDArray[Any]], rows: int, seed: int) -> dict[str, NDArray[Any]]:
    if rows <= SAMPLE_ROWS:
        return dict(columns)
    drawn = np.random.default_rng(seed).choice(rows, SAMPLE_ROWS, replace=False)
    return {name: values[drawn] for name, values in columns.items()}
