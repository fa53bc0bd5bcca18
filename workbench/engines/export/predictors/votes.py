"""Answers of several members put together: means, votes, and duels between two classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_classifier, is_regressor
from sklearn.multiclass import _ConstantPredictor

from workbench.engines.export.emission import Block, Emission
from workbench.engines.export.tensors import Tensor, repeated, side_by_side


def total(parts: Sequence[Tensor]) -> Tensor:
    """The sum of values of one shape, added in their order."""
    found = parts[0]
    for part in parts[1:]:
        found = found + part
    return found


def average(parts: Sequence[Tensor], weights: ArrayLike | None) -> Tensor:
    """The mean of values of one shape, as `numpy.average` weighs them; None: all alike."""
    if weights is None:
        return total(parts) / float(len(parts))
    shares = np.asarray(weights, np.float64)
    weighted = [part * share for part, share in zip(parts, shares, strict=True)]
    return total(weighted) / float(shares.sum())


def spread(table: Tensor, places: ArrayLike, width: int) -> Tensor:
    """Columns of `table` at `places` of a table of `width` columns, 0 elsewhere."""
    known = np.asarray(places, np.int64)
    if len(known) == width and (known == np.arange(width)).all():
        return table
    order = np.full(width, len(known))
    order[known] = np.arange(len(known))
    nothing = repeated(table, np.zeros(1))
    return side_by_side(table, nothing).columns(order)


def votes(emission: Emission, member: Any, block: Block, classes: ArrayLike) -> Tensor:
    """1 at the class that `member` predicts, (n, classes), which may know only some of them."""
    codes = Tensor(emission.graph, emission.labels(member, block))
    places = np.searchsorted(np.asarray(classes), np.asarray(member.classes_))
    return spread(codes.one_hot(len(member.classes_)), places, len(np.asarray(classes)))


def confidence(emission: Emission, member: Any, block: Block) -> Tensor:
    """How sure `member` is of class 1, (n, 1): its decision, its probability, or its value."""
    if isinstance(member, _ConstantPredictor):
        return repeated(emission.tensor(block), member.y_)
    if is_regressor(member):
        return Tensor(emission.graph, emission.scores(member, block))
    if hasattr(member, "decision_function"):
        return Tensor(emission.graph, emission.decisions(member, block))
    return Tensor(emission.graph, emission.scores(member, block)).column(1)


def sureness_limit(member: Any) -> float:
    """The confidence above which `member` is for class 1."""
    return 0.0 if hasattr(member, "decision_function") and is_classifier(member) else 0.5


def duels(predictions: Sequence[Tensor], confidences: Sequence[Tensor], classes: int) -> Tensor:
    """Votes of all pairs of classes, and a share of their confidence, (n, classes).

    Args:
        predictions: For each pair, in the order (0, 1), (0, 2), ..., 1 where the second wins, else 0.
        confidences: How sure each pair is of its second class.
        classes: How many there are.
    """
    won: list[list[Tensor]] = [[] for _ in range(classes)]
    sure: list[list[Tensor]] = [[] for _ in range(classes)]
    pairs = [(one, other) for one in range(classes) for other in range(one + 1, classes)]
    for (one, other), prediction, certainty in zip(pairs, predictions, confidences, strict=True):
        won[one].append(1.0 - prediction)
        won[other].append(prediction)
        sure[one].append(-certainty)
        sure[other].append(certainty)
    counted = side_by_side(*map(total, won))
    sureness = side_by_side(*map(total, sure))
    return counted + sureness / ((sureness.of("Abs") + 1.0) * 3.0)
