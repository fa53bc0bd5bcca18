"""What a model's scores look like on its test rows, as points that can be drawn: pure, and small enough to keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core import metrics, ranks

POINTS = 100
"""Points of a curve at most, besides its first and last."""
MOST_CLASSES = 40
"""Classes above which there is no table of them."""
MOST_CURVES = 8
"""Classes that have a curve of their own, those with the most rows."""
QUANTILES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_BINS = 10
_BARS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Test rows by what they are and what they were taken for."""

    classes: tuple[str, ...]
    rows: tuple[tuple[int, ...], ...]
    """A line per true class, in it a number per decided class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """A curve over all thresholds, from the strictest to the laxest."""

    label: str
    """The class that counts as positive."""
    x: tuple[float, ...]
    """ROC: share of the negatives that are flagged. PR: share of the positives that are caught."""
    y: tuple[float, ...]
    """ROC: share of the positives that are caught. PR: share of the flagged that are positive."""
    thresholds: tuple[float, ...]
    """The least score that is flagged at each point."""
    area: float
    """Of the whole curve, not only of the points kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationBin:
    """Test rows whose confidence lies in one tenth."""

    rows: int
    confidence: float
    """Their mean."""
    outcome: float
    """Share of them that came true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidualBin:
    """A tenth of the test rows, by what was predicted for them."""

    rows: int
    prediction: float
    """Their mean prediction."""
    low: float
    middle: float
    high: float
    """The 10 %, 50 % and 90 % quantiles of truth minus prediction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Residuals:
    """Truth minus prediction of a regression."""

    at: tuple[float, ...]
    quantiles: tuple[float, ...]
    """The residuals at these shares, the least and the largest included."""
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    """Rows between neighbouring edges; the outer hundredths on both sides are left out."""
    by_prediction: tuple[ResidualBin, ...]


def confusion(
    truth: NDArray[np.int64], scores: NDArray[np.float64], classes: Sequence[str]
) -> Confusion | None:
    """The table of true and decided classes; None when there are too many to look at."""
    if len(classes) > MOST_CLASSES:
        return None
    table = metrics.confusion(truth, scores).astype(int)
    return Confusion(classes=tuple(classes), rows=tuple(map(tuple, table.tolist())))


def roc(
    truth: NDArray[np.int64], scores: NDArray[np.float64], classes: Sequence[str]
) -> tuple[Curve, ...]:
    """The ROC curve of the positive class; of several classes one each, against all others.

    Source: Fawcett, An introduction to ROC analysis, Pattern Recognition Letters 27 (2006).
    """
    return tuple(_roc(*one) for one in _one_against_rest(truth, scores, classes))


def precision_recall(
    truth: NDArray[np.int64], scores: NDArray[np.float64], classes: Sequence[str]
) -> tuple[Curve, ...]:
    """The precision-recall curve of the positive class; of several classes one each."""
    return tuple(_precision_recall(*one) for one in _one_against_rest(truth, scores, classes))


def calibration(
    truth: NDArray[np.int64], scores: NDArray[np.float64]
) -> tuple[CalibrationBin, ...]:
    """How often what was said to happen did, by tenths of confidence; tenths without rows are left out."""
    bin_of, gaps = metrics.ece_sums(truth, scores)
    confidence = scores if scores.ndim == 1 else scores.max(axis=1)
    rows = np.bincount(bin_of, minlength=_BINS)
    sums = np.bincount(bin_of, weights=confidence, minlength=_BINS)
    came_true = sums + np.bincount(bin_of, weights=gaps, minlength=_BINS)
    return tuple(
        CalibrationBin(
            rows=int(rows[at]),
            confidence=float(sums[at] / rows[at]),
            outcome=float(came_true[at] / rows[at]),
        )
        for at in np.flatnonzero(rows)
    )


def residuals(truth: NDArray[np.float64], scores: NDArray[np.float64]) -> Residuals:
    """How far a regression is off: quantiles, a histogram, and by what was predicted; at least one row."""
    gaps = truth - scores
    counts, edges = np.histogram(gaps, bins=_bars(gaps))
    return Residuals(
        at=QUANTILES,
        quantiles=_floats(np.quantile(gaps, QUANTILES)),
        edges=_floats(edges),
        counts=tuple(counts.tolist()),
        by_prediction=tuple(
            _residual_bin(scores[rows], gaps[rows])
            for rows in np.array_split(np.argsort(scores, kind="stable"), min(_BINS, scores.size))
        ),
    )


def _bars(gaps: NDArray[np.float64]) -> NDArray[np.float64]:
    """Edges between the outer hundredths, at least as far apart as numbers of this size can be told apart."""
    low, high = np.quantile(gaps, [0.01, 0.99]).tolist()
    least = _BARS * 4 * np.spacing(max(abs(low), abs(high), 1e-300))
    if high - low < least:
        middle = low / 2 + high / 2
        low, high = middle - least, middle + least
    return np.linspace(low, high, _BARS + 1)


def _residual_bin(predictions: NDArray[np.float64], gaps: NDArray[np.float64]) -> ResidualBin:
    low, middle, high = np.quantile(gaps, [0.1, 0.5, 0.9]).tolist()
    return ResidualBin(
        rows=gaps.size, prediction=float(predictions.mean()), low=low, middle=middle, high=high
    )


_Contest = tuple[str, NDArray[np.int64], NDArray[np.float64]]


def _one_against_rest(
    truth: NDArray[np.int64], scores: NDArray[np.float64], classes: Sequence[str]
) -> list[_Contest]:
    """Each class with its rows and scores, where there are rows of it and others."""
    if scores.ndim == 1:
        contests = [(classes[1] if len(classes) > 1 else "1", truth, scores)]
    else:
        common = np.argsort(-np.bincount(truth, minlength=len(classes)), kind="stable")
        contests = [
            (classes[one], (truth == one).astype(np.int64), scores[:, one])
            for one in sorted(common[:MOST_CURVES].tolist())
        ]
    return [one for one in contests if 0 < one[1].sum() < one[1].size]


def _roc(label: str, truth: NDArray[np.int64], scores: NDArray[np.float64]) -> Curve:
    negatives, positives, thresholds = _steps(truth, scores)
    caught, flagged = np.cumsum(positives), np.cumsum(negatives)
    # Along both axes, so that a curve that climbs at once keeps its climb.
    kept = _spread(caught / caught[-1] + flagged / flagged[-1])
    return Curve(
        label=label,
        x=(0.0, *_floats(flagged[kept] / flagged[-1])),
        y=(0.0, *_floats(caught[kept] / caught[-1])),
        thresholds=(float(thresholds[0]), *_floats(thresholds[kept])),
        area=float(ranks.roc_auc(negatives[::-1], positives[::-1])),
    )


def _precision_recall(label: str, truth: NDArray[np.int64], scores: NDArray[np.float64]) -> Curve:
    negatives, positives, thresholds = _steps(truth, scores)
    caught, flagged = np.cumsum(positives), np.cumsum(negatives)
    first = int(np.argmax(caught > 0))
    recall = caught[first:] / caught[-1]
    precision = caught[first:] / (caught[first:] + flagged[first:])
    kept = _spread(recall)
    return Curve(
        label=label,
        x=_floats(recall[kept]),
        y=_floats(precision[kept]),
        thresholds=_floats(thresholds[first:][kept]),
        area=float(ranks.average_precision(negatives[::-1], positives[::-1])),
    )


def _steps(
    truth: NDArray[np.int64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Negatives and positives at each distinct score, and the scores, from the highest down."""
    order = np.argsort(scores)
    ascending = scores[order]
    negatives, positives, _ = ranks.groups(truth[order], ascending)
    distinct = ascending[ranks.group_starts(ascending)]
    return negatives[::-1].astype(np.float64), positives[::-1].astype(np.float64), distinct[::-1]


def _spread(along: NDArray[np.float64]) -> NDArray[np.intp]:
    """Places evenly spread along an ascending axis, the first and the last among them."""
    wanted = np.linspace(along[0], along[-1], POINTS)
    places = np.unique(np.append(np.searchsorted(along, wanted), [0, along.size - 1]))
    kept: NDArray[np.intp] = np.minimum(places, along.size - 1).astype(np.intp)
    return kept


def _floats(values: NDArray[np.float64]) -> tuple[float, ...]:
    # Six digits are more than a drawing shows, and a third of the bytes.
    return tuple(float(f"{value:.6g}") for value in values.tolist())
