"""Whether a trial is given up early, because others were better when they were as far."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

EVERY = 5
"""Steps between two looks."""
STARTUP_TRIALS = 5
"""Trials that come to their end before any is pruned."""
_WARM_UP = 0.1


def is_looked_at(step: int, steps: int | None) -> bool:
    """Whether a trial may be given up at a step: not in its first tenth, which says little, nor at its end.

    Args:
        step: The step, from 1 on.
        steps: Steps that the trial has in all; None: nobody knows, so it is never given up.
    """
    return steps is not None and step % EVERY == 0 and _WARM_UP * steps <= step < steps


def limit_at(step: int, curves: Mapping[int, Mapping[int, float]]) -> float | None:
    """The median of what other trials had at a step; None while too few have come to their end.

    Args:
        step: The step.
        curves: The values by step of each trial that has come to its end.
    """
    there = [curve[step] for curve in curves.values() if step in curve]
    return median(there) if there and len(curves) >= STARTUP_TRIALS else None


def is_behind(
    step: int,
    curve: Mapping[int, float],
    curves: Mapping[int, Mapping[int, float]],
    *,
    is_maximized: bool,
) -> bool:
    """Whether the best value of a trial so far is worse than the median of the others at this step.

    Args:
        step: The trial's step.
        curve: Its values by step, that one included.
        curves: The values by step of each trial that has come to its end.
        is_maximized: Whether larger is better.

    Source: the median stopping rule, Golovin et al., Google Vizier (KDD 2017), section 3.5.
    """
    limit = limit_at(step, curves)
    if limit is None or not curve:
        return False
    return max(curve.values()) < limit if is_maximized else min(curve.values()) > limit
