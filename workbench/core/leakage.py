"""Signs that test rows are not new to a model, or that a feature knows the answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from workbench.config import Task
from workbench.core import ranks, words

TELLING = 0.98
"""ROC AUC or R² of one feature alone from which it is suspected of knowing the target."""
LATER_SHARE = 0.01
"""Share of the rows with a moment after their event time from which the column is told of."""
_REPEATING = 0.4
"""Share of distinct training rows below which equal rows are the nature of the data."""
_LEAST_ROWS = 50
_BINS = 64
_SAMPLE = 10_000
_FOLDS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Something about a split that makes a model look better than it is."""

    kind: Literal["keys", "duplicates", "feature", "later", "order"]
    column: str
    """The column it is about; empty: none."""
    measure: float
    """Rows for keys and duplicates; the ROC AUC or R² of a feature; a share of rows for the others."""
    sentence: str


def shared_keys(
    train: NDArray[np.uint64], test: NDArray[np.uint64], *, key: tuple[str, ...]
) -> Leak | None:
    """Whether test rows have a key that a training row has.

    Args:
        train: Hashes of the keys of the training rows, shape (rows,).
        test: Hashes of the keys of the test rows.
        key: The columns of the key.
    """
    rows = int(np.isin(test, train).sum())
    if not rows:
        return None
    return Leak(
        kind="keys",
        column=", ".join(key),
        measure=float(rows),
        sentence=f"{_of(rows, test.size)} have the {', '.join(key)} of a training row.",
    )


def duplicates(train: NDArray[np.float64], test: NDArray[np.float64]) -> Leak | None:
    """Whether test rows equal a training row in all features and the target.

    Where most training rows repeat each other, equal rows say nothing and are not told of.

    Args:
        train: Features and target as numbers, shape (rows, columns).
        test: The same of the test rows.
    """
    seen, new = row_marks(train), row_marks(test)
    distinct = np.unique(seen)
    rows = int(np.isin(new, distinct).sum())
    if not rows or distinct.size < _REPEATING * seen.size:
        return None
    return Leak(
        kind="duplicates",
        column="",
        measure=float(rows),
        sentence=f"{_of(rows, new.size)} equal a training row in every feature and the target.",
    )


def row_marks(matrix: NDArray[np.float64]) -> NDArray[np.uint64]:
    """A number per row that is alike for rows with the same values, NaN counting as a value."""
    total = np.zeros(len(matrix), np.uint64)
    for column in range(matrix.shape[1]):
        # Adding zero turns -0.0 into 0.0; a NaN may have many bit patterns and is given one.
        plain = matrix[:, column] + 0.0
        plain[np.isnan(plain)] = np.nan
        total = (total ^ plain.view(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        total ^= total >> np.uint64(29)
    return total


def telling(
    columns: Mapping[str, NDArray[np.float64]],
    target: NDArray[np.float64],
    *,
    task: Task,
    seed: int,
    limit: float = TELLING,
) -> tuple[Leak, ...]:
    """The features that predict the target nearly perfectly on their own.

    Each is cut into bins; what a bin's rows of one half are like is predicted for those of the other.

    Args:
        columns: Training features as numbers, categories as codes, NaN where missing; shape (rows,).
        target: Class codes or values, shape (rows,).
        task: Says what the target is.
        seed: Of the rows that are looked at.
        limit: ROC AUC or R² from which a feature is told of.
    """
    if target.size < _LEAST_ROWS:
        return ()
    drawn = np.random.default_rng(seed).permutation(target.size)[:_SAMPLE]
    fitted, judged = np.array_split(drawn, _FOLDS)
    found = []
    for name, values in columns.items():
        strength = _strength(values, target, fitted, judged, task)
        if strength >= limit:
            found.append(_tells(name, strength, task))
    return tuple(found)


def _tells(name: str, strength: float, task: Task) -> Leak:
    measure = "R²" if task == "regression" else "ROC AUC"
    return Leak(
        kind="feature",
        column=name,
        measure=strength,
        sentence=f"{name} alone predicts the target with a {measure} of {words.number(strength)}; "
        "is it known before the target is?",
    )


def _strength(
    values: NDArray[np.float64],
    target: NDArray[np.float64],
    fitted: NDArray[np.intp],
    judged: NDArray[np.intp],
    task: Task,
) -> float:
    """How well one feature predicts rows that its bins were not made from; NaN where nobody can say."""
    seen = values[fitted]
    known = np.sort(seen[~np.isnan(seen)])
    if not known.size:
        return float("nan")
    # Values themselves and nothing between them: one may be infinite.
    cuts = np.unique(known[np.arange(1, _BINS) * known.size // _BINS])
    bins = [_binned(values[rows], cuts) for rows in (fitted, judged)]
    if task == "regression":
        return _explained(bins[0], target[fitted], bins[1], target[judged], cuts.size + 2)
    areas = []
    classes = np.unique(target[judged])
    # Of two classes one says all there is to say.
    for one in classes[1:] if classes.size == 2 else classes:
        means = _means(bins[0], (target[fitted] == one).astype(np.float64), cuts.size + 2)
        areas.append(_area(means[bins[1]], target[judged] == one))
    return float(np.mean(areas)) if areas else float("nan")


def _binned(values: NDArray[np.float64], cuts: NDArray[np.float64]) -> NDArray[np.intp]:
    found = np.searchsorted(cuts, values, side="right")
    return np.where(np.isnan(values), cuts.size + 1, found).astype(np.intp)


def _means(bin_of: NDArray[np.intp], target: NDArray[np.float64], bins: int) -> NDArray[np.float64]:
    """The mean of each bin, drawn towards the overall one by a row, so that an empty bin has one too."""
    rows = np.bincount(bin_of, minlength=bins)
    found: NDArray[np.float64] = (
        np.bincount(bin_of, weights=target, minlength=bins) + target.mean()
    ) / (rows + 1)
    return found


def _area(scores: NDArray[np.float64], is_in: NDArray[np.bool_]) -> float:
    order = np.argsort(scores)
    negatives, positives, _ = ranks.groups(is_in[order].astype(np.int64), scores[order])
    return float(ranks.roc_auc(negatives.astype(np.float64), positives.astype(np.float64)))


def _explained(
    fitted: NDArray[np.intp],
    target: NDArray[np.float64],
    judged: NDArray[np.intp],
    truth: NDArray[np.float64],
    bins: int,
) -> float:
    """R² of the ranks, so that a steep tail does not hide what a feature knows."""
    learnt, wanted = np.split(ranks.midranks(np.concatenate([target, truth])), [target.size])
    spread = float(np.square(wanted - wanted.mean()).sum())
    if spread == 0.0:
        return float("nan")
    left = float(np.square(wanted - _means(fitted, learnt, bins)[judged]).sum())
    return 1.0 - left / spread


def later(
    moments: Mapping[str, NDArray[np.datetime64]], times: NDArray[np.datetime64], *, time: str
) -> tuple[Leak, ...]:
    """The columns of moments that lie after the rows' event times: what comes from them is not known by then.

    Args:
        moments: Other columns of moments, shape (rows,), NaT where missing.
        times: Event times, shape (rows,).
        time: The column of the event time.
    """
    found = []
    for name, values in moments.items():
        share = float((values > times).mean()) if times.size else 0.0
        if share >= LATER_SHARE:
            found.append(
                Leak(
                    kind="later",
                    column=name,
                    measure=share,
                    sentence=f"{name} lies after {time} in {words.percent(share)} of the rows; "
                    "a feature made of it would not be known in time.",
                )
            )
    return tuple(found)


def out_of_order(
    train: NDArray[np.datetime64], test: NDArray[np.datetime64], *, by: str, time: str
) -> Leak | None:
    """Whether test rows are older than training rows, though rows have event times."""
    known = train[~np.isnat(train)]
    if not known.size or not test.size:
        return None
    share = float((test < known.max()).mean())
    if share < LATER_SHARE:
        return None
    return Leak(
        kind="order",
        column=time,
        measure=share,
        sentence=f"Rows are divided by {by}, and {words.percent(share)} of the test rows are older by "
        f'{time} than the newest training row; by = "time" tests on what comes later.',
    )


def _of(rows: int, all_rows: int) -> str:
    return f"{words.count(rows)} of {words.plural(all_rows, 'test row')}"
