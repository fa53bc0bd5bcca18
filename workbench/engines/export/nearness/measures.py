"""How far rows are from points, as `sklearn.neighbors` measures it: ranks, and distances from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.engines.export.emission import Unsupported
from workbench.engines.export.nearness import distances
from workbench.engines.export.tensors import Numbers, Tensor

Ranks = Callable[[Tensor, Numbers], Tensor]
"""Of rows and points numbers, (n, points), that grow with the distances."""

_SAME = {"l2": "euclidean", "l1": "manhattan", "cityblock": "manhattan", "p": "minkowski"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A metric, with ranks that are quicker to find than distances and in the same order."""

    power: float
    """Of the differences of features that a rank adds up; infinite: the largest counts."""
    ranks: Ranks
    """Of rows and points, (n, points)."""
    to_distance: Callable[[Tensor], Tensor]
    to_rank: Callable[[Tensor], Tensor]
    from_radius: Callable[[float], float]
    """The rank of a distance."""


def measure(metric: Any, settings: Mapping[str, Any], *, squared: Ranks) -> Measure:
    """The measure of an effective metric and its settings.

    Args:
        metric: Its name, or a function of the user's.
        settings: What scikit-learn found for it.
        squared: How Euclidean distances are found.

    Raises:
        Unsupported: It is not known.
    """
    others = {name: value for name, value in settings.items() if value is not None}
    power = float(others.pop("p", 2.0))
    if others:
        raise Unsupported("its metric has settings that are not known")
    name = _SAME.get(metric, metric) if isinstance(metric, str) else "function"
    if name == "minkowski" and power in {1.0, 2.0}:
        name = "manhattan" if power == 1.0 else "euclidean"
    if name == "euclidean":
        return _euclidean(squared)
    if name == "minkowski":
        return _minkowski(power)
    if name not in _PLAIN:
        raise Unsupported(f"its metric {name} is not known")
    return _PLAIN[name]


def _euclidean(squared: Ranks) -> Measure:
    return Measure(
        power=2.0,
        ranks=squared,
        to_distance=lambda ranks: ranks.of("Sqrt"),
        to_rank=lambda away: away * away,
        from_radius=lambda radius: radius * radius,
    )


def _minkowski(power: float) -> Measure:
    return Measure(
        power=power,
        ranks=lambda rows, points: distances.minkowski_power(rows, points, power),
        to_distance=lambda ranks: ranks.of("Pow", 1.0 / power),
        to_rank=lambda away: away.of("Pow", power),
        from_radius=lambda radius: float(radius**power),
    )


def _plain(ranks: Ranks, power: float) -> Measure:
    """A measure whose ranks are the distances."""
    return Measure(
        power=power,
        ranks=ranks,
        to_distance=lambda found: found,
        to_rank=lambda away: away,
        from_radius=lambda radius: radius,
    )


_PLAIN = {
    "manhattan": _plain(distances.manhattan, 1.0),
    "chebyshev": _plain(distances.chebyshev, np.inf),
    "cosine": _plain(distances.cosine, np.nan),
}
