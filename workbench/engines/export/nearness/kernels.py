"""Kernels between rows and known points, (n, points), by their names; asked in chunks of rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.engines.export.emission import Unsupported
from workbench.engines.export.nearness import distances
from workbench.engines.export.tensors import Numbers, Tensor

AT_ONCE = 2**15
"""How many numbers a matrix of rows and points holds at once: 256 kB, which a core keeps at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a kernel may be told; each uses what it knows."""

    gamma: float | None = None
    """None: one over the number of features."""
    degree: float = 3
    coef0: float = 1

    def slope(self, points: Numbers) -> float:
        """Gamma, for points of so many features."""
        return 1.0 / points.shape[1] if self.gamma is None else float(self.gamma)


def chunk_rows(points: Numbers) -> int:
    """How many rows are compared with `points` at once."""
    return max(1, AT_ONCE // len(points))


def in_chunks(rows: Tensor, points: Numbers, emit: Callable[[Tensor], Tensor]) -> Tensor:
    """What `emit` makes of rows, asked so many at a time that memory stays small."""
    graph = rows.graph
    found = graph.by_chunks(
        rows.name, lambda name: emit(Tensor(graph, name)).name, size=chunk_rows(points)
    )
    return Tensor(graph, found)


def named(rows: Tensor, points: Numbers, kind: Any, settings: Settings) -> Tensor:
    """A kernel of `sklearn.metrics.pairwise`, by its name.

    Raises:
        Unsupported: It is a function of the user's, or needs distances computed beforehand.
    """
    emit = _NAMED.get(kind) if isinstance(kind, str) else None
    if emit is None:
        raise Unsupported(
            f"its kernel {kind if isinstance(kind, str) else 'function'} is not known"
        )
    return emit(rows, points, settings)


def _linear(rows: Tensor, points: Numbers, _settings: Settings) -> Tensor:
    return rows @ points.T


def _cosine(rows: Tensor, points: Numbers, _settings: Settings) -> Tensor:
    lengths = np.sqrt((points * points).sum(axis=1, keepdims=True))
    norm = (rows * rows).sum().of("Sqrt")
    unit = rows / norm.equals(0.0).where(1.0, norm)
    return unit @ (points / np.where(lengths == 0, 1.0, lengths)).T


def _rbf(rows: Tensor, points: Numbers, settings: Settings) -> Tensor:
    return (distances.squared_by_products(rows, points) * -settings.slope(points)).of("Exp")


def _laplacian(rows: Tensor, points: Numbers, settings: Settings) -> Tensor:
    return (distances.manhattan(rows, points) * -settings.slope(points)).of("Exp")


def _polynomial(rows: Tensor, points: Numbers, settings: Settings) -> Tensor:
    base = (rows @ points.T) * settings.slope(points) + float(settings.coef0)
    return base.of("Pow", float(settings.degree))


def _sigmoid(rows: Tensor, points: Numbers, settings: Settings) -> Tensor:
    return ((rows @ points.T) * settings.slope(points) + float(settings.coef0)).of("Tanh")


def _chi2(rows: Tensor, points: Numbers, settings: Settings) -> Tensor:
    slope = 1.0 if settings.gamma is None else float(settings.gamma)
    return (_additive_chi2(rows, points, settings) * slope).of("Exp")


def _additive_chi2(rows: Tensor, points: Numbers, _settings: Settings) -> Tensor:
    total: Tensor | None = None
    for at in range(points.shape[1]):
        column = rows.column(at)
        difference, size = column - points[:, at], column + points[:, at]
        part = size.equals(0.0).where(0.0, difference * difference / size)
        total = part if total is None else total + part
    assert total is not None
    return -total


_NAMED: dict[str, Callable[[Tensor, Numbers, Settings], Tensor]] = {
    "linear": _linear,
    "cosine": _cosine,
    "rbf": _rbf,
    "laplacian": _laplacian,
    "poly": _polynomial,
    "polynomial": _polynomial,
    "sigmoid": _sigmoid,
    "chi2": _chi2,
    "additive_chi2": _additive_chi2,
}
