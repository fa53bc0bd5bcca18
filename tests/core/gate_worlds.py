"""Worlds in which it is known how much better a challenger is: what the gate's error rates are measured on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import special

from workbench.core.gains import Contest
from workbench.core.units import Units

World = Callable[[np.random.Generator], Contest]
"""A hold-out with the scores of both models."""


def errors(
    *,
    rows: int,
    gain: float = 0.0,
    groups: int | None = None,
    shared: float = 0.0,
    skew: bool = False,
) -> World:
    """Regressions whose absolute errors differ by `gain` on average.

    Args:
        rows: Of the hold-out.
        gain: Of the challenger.
        groups: How many the rows lie in, evenly; None: rows do not depend on each other.
        shared: Share of the variance of the difference that is a group's and not a row's.
        skew: Whether few rows make most of the error.
    """

    def make(rng: np.random.Generator) -> Contest:
        of_row = np.arange(rows) * (groups or rows) // rows
        own = rng.normal(size=rows)
        of_group = rng.normal(size=groups or rows)[of_row]
        noise = np.sqrt(1.0 - shared) * own + np.sqrt(shared) * of_group
        noise = np.exp(noise) - np.exp(0.5) if skew else noise
        return _regression(noise - gain, of_row, groups)

    return make


def waves(*, rows: int, memory: float, blocks: int) -> World:
    """Equally good regressions whose difference drifts: each row is `memory` correlated with the one before."""

    def make(rng: np.random.Generator) -> Contest:
        noise = rng.normal(size=rows)
        difference = np.empty(rows)
        difference[0] = noise[0]
        for row in range(1, rows):
            difference[row] = memory * difference[row - 1] + np.sqrt(1 - memory**2) * noise[row]
        return _regression(difference, np.arange(rows) * blocks // rows, blocks)

    return make


def _regression(worse_by: np.ndarray, of_row: np.ndarray, groups: int | None) -> Contest:
    """Errors of the champion, and of the challenger larger by `worse_by`; far enough from 0 to be any."""
    level = 100.0
    return Contest(
        task="regression",
        metric="mae",
        truth=np.zeros(worse_by.size),
        champion=np.full(worse_by.size, level),
        challenger=level + worse_by,
        units=None if groups is None else Units(noun="group", of_row=of_row, count=groups),
    )


def ranks(*, rows: int, gain: float = 0.0, groups: int | None = None, shared: float = 0.0) -> World:
    """Binary models of ROC AUC .75, the challenger's `gain` higher; three rows of ten are positive.

    Both see the same signal through noise of their own, a part of which rows of a group share.
    """
    distance = special.ndtri(0.75) * np.sqrt(2.0 * 1.5)
    noise = (distance / special.ndtri(0.75 + gain)) ** 2 / 2.0 - 1.0

    def make(rng: np.random.Generator) -> Contest:
        truth = (rng.random(rows) < 0.3).astype(np.int64)
        seen = distance * truth + rng.normal(size=rows)
        of_row = np.arange(rows) * (groups or rows) // rows
        own = np.sqrt(1.0 - shared) * rng.normal(size=(2, rows))
        own += np.sqrt(shared) * rng.normal(size=(2, groups or rows))[:, of_row]
        return Contest(
            task="binary",
            metric="roc_auc",
            truth=truth,
            champion=special.expit(seen + np.sqrt(0.5) * own[0]),
            challenger=special.expit(seen + np.sqrt(noise) * own[1]),
            units=None if groups is None else Units(noun="group", of_row=of_row, count=groups),
        )

    return make


def labels(*, rows: int, differing: float, gain: float = 0.0) -> World:
    """Binary models that decide otherwise on a share `differing` of the rows, in accuracy `gain` apart."""
    right_more = (differing + gain) / 2.0

    def make(rng: np.random.Generator) -> Contest:
        drawn = rng.random(rows)
        is_won, is_lost = drawn < right_more, (drawn >= right_more) & (drawn < differing)
        truth = np.ones(rows, dtype=np.int64)
        right, wrong = 0.9, 0.1
        return Contest(
            task="binary",
            metric="accuracy",
            truth=truth,
            champion=np.where(is_won, wrong, right),
            challenger=np.where(is_lost, wrong, right),
        )

    return make
