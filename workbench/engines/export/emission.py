"""The way from a fitted estimator to its part of a graph, and the tables that say who emits what.

A leaf module knows some types and names them in a table. Estimators made of others ask the `Emission`
for the parts of their members, and so know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.pipeline import Pipeline

from workbench.engines.export.graphs import Graph

Block = list[str]
"""Values side by side: texts of shape (n, 1) each, or numbers in double of shape (n, any)."""

Emit = Callable[["Emission", Any, str], str]
"""A fitted estimator over its features, (n, features), double, becomes a value of the graph."""
Transform = Callable[["Emission", Any, Block], str]
"""A fitted transformer over a block becomes its output, (n, outputs), double."""


class Unsupported(Exception):
    """An estimator has no exact form here; somebody else may convert it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitters:
    """Who emits what, by the exact type of a fitted estimator."""

    scores: Mapping[type, Emit]
    """Probabilities (n, classes) of classifiers, values (n, 1) of regressors."""
    decisions: Mapping[type, Emit]
    """What `decision_function` gives, (n, 1) for two classes or an outlier detector, else (n, classes)."""
    transforms: Mapping[type, Transform]
    others: Emit
    """Scores of an estimator that no table names."""


class Emission:
    """A graph under construction and who adds which part to it."""

    def __init__(self, graph: Graph, emitters: Emitters) -> None:
        self.graph = graph
        self._emitters = emitters

    def scores(self, estimator: Any, features: str) -> str:
        """Probabilities (n, classes) or values (n, 1) of a fitted `estimator`, double.

        Raises:
            ExportRefused: It has no ONNX form, or none that would be right.
        """
        emit = self._emitters.scores.get(type(estimator))
        if emit is not None:
            try:
                return emit(self, estimator, features)
            except Unsupported:
                pass
        return self._emitters.others(self, estimator, features)

    def decisions(self, estimator: Any, features: str) -> str:
        """What `decision_function` of a fitted `estimator` gives, (n, 1) or (n, classes), double.

        Raises:
            Unsupported: It is of a kind that is not known.
        """
        emit = self._emitters.decisions.get(type(estimator))
        if emit is None:
            raise Unsupported
        return emit(self, estimator, features)

    def transformed(self, step: Any, block: Block) -> str:
        """What a fitted transformer makes of `block`, (n, outputs), double.

        Raises:
            Unsupported: It is of a kind that is not known.
        """
        if isinstance(step, Pipeline):
            for inner in step:
                block = [self.transformed(inner, block)]
            return self.matrix(block)
        if step in ("passthrough", None):
            return self.matrix(block)
        emit = self._emitters.transforms.get(type(step))
        if emit is None:
            raise Unsupported
        return emit(self, step, block)

    def matrix(self, block: Block) -> str:
        """The numbers of a block side by side, (n, any)."""
        return self.graph.node("Concat", *block, axis=1) if len(block) > 1 else block[0]
