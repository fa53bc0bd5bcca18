"""Probabilities of many classes out of those of their pairs, as libsvm finds them step by step."""

from __future__ import annotations

import numpy as np

from workbench.engines.export.tensors import Tensor, repeated, side_by_side


def coupled(pairs: Tensor, classes: int) -> Tensor:
    """Probabilities of all classes, (n, classes), from those of each pair's first one.

    Args:
        pairs: (n, pairs), in the order (0, 1), (0, 2), ...
        classes: How many there are.

    Source: Wu, Lin and Weng, Probability Estimates for Multi-class Classification by Pairwise Coupling
    (2004), method 2; svm.cpp of libsvm, which ends as early as these steps do.
    """
    table = _coefficients(pairs, classes)
    limit, least = max(100, classes), 0.005 / classes
    start = repeated(pairs, np.full(classes, 1.0 / classes))

    def step(shares: Tensor) -> tuple[Tensor, Tensor]:
        slopes = side_by_side(*((row * shares).sum() for row in table))
        product = (shares * slopes).sum()
        is_open = (slopes - product).of("Abs").max() >= least
        changed = shares
        for at, row in enumerate(table):
            own = row.column(at)
            slope = slopes.column(at)
            difference = (product - slope) / own
            grown = difference + 1.0
            product = (product + difference * (difference * own + slope * 2.0)) / grown / grown
            slopes = (slopes + difference * row) / grown
            changed = (changed + difference * np.eye(classes)[at]) / grown
        return is_open.where(changed, shares), is_open

    return start.refined(step, limit=limit)


def _coefficients(pairs: Tensor, classes: int) -> list[Tensor]:
    """The rows of the matrix that the probabilities minimise, each (n, classes)."""
    first: dict[tuple[int, int], Tensor] = {}
    at = 0
    for one in range(classes):
        for other in range(one + 1, classes):
            first[one, other] = pairs.column(at)
            first[other, one] = 1.0 - first[one, other]
            at += 1
    rows = []
    for one in range(classes):
        squares = [
            first[other, one] * first[other, one] for other in range(classes) if other != one
        ]
        own = squares[0]
        for square in squares[1:]:
            own = own + square
        rows.append(
            side_by_side(
                *(
                    own
                    if other == one
                    else -(
                        first[max(one, other), min(one, other)]
                        * first[min(one, other), max(one, other)]
                    )
                    for other in range(classes)
                )
            )
        )
    return rows
