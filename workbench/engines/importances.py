"""What a model makes of each of its columns, as shares that sum to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.preprocessing import StandardScaler

from storage.records import Signature
from workbench.core.run_figures import Loss
from workbench.engines import preprocessing
from workbench.engines.native import BoosterModel, NativeModel, PipelineModel, frame
from workbench.engines.progress import has_label
from workbench.engines.training_set import TrainingSet

SAMPLE_ROWS = 2000
"""Rows on which a column is shuffled, or its spread is measured."""
_LEAST_SAMPLE = 200
_TRAINING_ROWS_A_ROW = 300
"""Training rows for each row that is asked with shuffled columns."""


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


def permutation(model: NativeModel, rows: TrainingSet, *, seed: int) -> dict[str, Loss]:
    """How much larger the loss of test rows gets when a column is shuffled among them, by column.

    At most `SAMPLE_ROWS` rows are asked, fewer where asking them would take long beside the training.

    Source: Breiman, Random Forests, Machine Learning 45 (2001), on the rows' losses so that it has an
    interval.
    """
    is_known = np.flatnonzero(has_label(rows.task, rows.test_target))
    wanted = int(
        np.clip(len(rows.train_target) // _TRAINING_ROWS_A_ROW, _LEAST_SAMPLE, SAMPLE_ROWS)
    )
    rng = np.random.default_rng(seed)
    drawn = np.sort(rng.permutation(is_known)[:wanted])
    if len(drawn) < 2:
        return {}
    order = rng.permutation(len(drawn))
    target = rows.test_target[drawn]
    ask = _asked(model, rows, drawn)
    base = _losses(ask("", order), target, rows)
    found = {}
    for name in rows.signature.names:
        gaps = _losses(ask(name, order), target, rows) - base
        mean, reach = float(gaps.mean()), float(1.96 * gaps.std(ddof=1) / np.sqrt(len(gaps)))
        found[name] = Loss(mean=mean, low=mean - reach, high=mean + reach)
    return found


def _asked(
    model: NativeModel, rows: TrainingSet, drawn: NDArray[np.intp]
) -> Callable[[str, NDArray[np.intp]], NDArray[np.float64]]:
    """Scores of the drawn test rows with one column of them in another order."""
    names = rows.signature.names
    if isinstance(model, BoosterModel):
        matrix = rows.test_matrix[drawn]
        used = dict(zip(names, model.booster.feature_importance("split").tolist(), strict=True))
        plain = model.matrix_scores(matrix)

        def ask_trees(name: str, order: NDArray[np.intp]) -> NDArray[np.float64]:
            if not used.get(name):
                return plain  # no tree looks at it
            shuffled = matrix.copy()
            shuffled[:, names.index(name)] = matrix[order, names.index(name)]
            return model.matrix_scores(shuffled)

        return ask_trees
    columns = {name: values[drawn] for name, values in rows.test.items()}

    def ask(name: str, order: NDArray[np.intp]) -> NDArray[np.float64]:
        changed = {name: columns[name][order]} if name else {}
        return model.scores({**columns, **changed})

    return ask


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
    return float(_losses(scores, target, rows).mean())


def _losses(
    scores: NDArray[np.float64], target: NDArray[np.float64], rows: TrainingSet
) -> NDArray[np.float64]:
    if not rows.is_classification:
        return np.asarray(np.square(scores - target))
    codes = target.astype(np.int64)
    table = np.stack([1.0 - scores, scores], axis=1) if scores.ndim == 1 else scores
    return -np.log(np.maximum(table[np.arange(len(codes)), codes], 1e-15))


def _sample(columns: Mapping[str, NDArray[Any]], rows: int, seed: int) -> dict[str, NDArray[Any]]:
    if rows <= SAMPLE_ROWS:
        return dict(columns)
    drawn = np.random.default_rng(seed).choice(rows, SAMPLE_ROWS, replace=False)
    return {name: values[drawn] for name, values in columns.items()}
