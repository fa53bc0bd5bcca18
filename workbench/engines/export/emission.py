"""The way from a fitted estimator to its part of a graph, and the tables that say who emits what.

A leaf module knows some types and names them in a table. Estimators made of others ask the `Emission`
for the parts of their members, and so know nothing of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sklearn.base import is_classifier
from sklearn.pipeline import Pipeline

from storage.records import InputType
from workbench.engines.export.graphs import Graph
from workbench.engines.export.tensors import Tensor
from workbench.errors import ExportRefused

Block = list[str]
"""Values side by side: texts of shape (n, 1) each, or numbers in double of shape (n, any)."""

Emit = Callable[["Emission", Any, str], str]
"""A fitted estimator over its features, (n, features), double, becomes a value of the graph."""
Compose = Callable[["Emission", Any, Block], str]
"""A fitted estimator made of others, over raw columns or a matrix, becomes a value of the graph."""
Transform = Callable[["Emission", Any, Block], Block | str]
"""A fitted transformer over a block becomes its outputs: numbers, (n, outputs), double, or a block."""


class Unsupported(Exception):
    """An estimator has no exact form here; says why, if anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitters:
    """Who emits what, by the exact type of a fitted estimator."""

    scores: Mapping[type, Compose]
    """Probabilities (n, classes) of classifiers, values (n, 1) of regressors."""
    decisions: Mapping[type, Compose]
    """What `decision_function` gives, (n, 1) for two classes or an outlier detector, else (n, classes)."""
    labels: Mapping[type, Compose]
    """What `predict` of a classifier gives, as places among its classes, int64 (n, 1); for those whose
    answer is not the first of their largest probabilities."""
    transforms: Mapping[type, Transform]
    inverses: Mapping[type, Emit]
    """What `inverse_transform` of a transformer makes of a matrix."""


def over_matrix(emitters: Mapping[type, Emit]) -> dict[type, Compose]:
    """Emitters that take one matrix, as ones that take any block of numbers."""

    def _joining(emit: Emit) -> Compose:
        return lambda emission, estimator, block: emit(emission, estimator, emission.matrix(block))

    return {kind: _joining(emit) for kind, emit in emitters.items()}


class Emission:
    """A graph under construction and who adds which part to it."""

    def __init__(self, graph: Graph, emitters: Emitters) -> None:
        self.graph = graph
        self._emitters = emitters
        self._texts = {
            column.graph_name
            for column in graph.signature.inputs
            if column.type is InputType.STRING
        }

    def scores(self, estimator: Any, features: Block | str) -> str:
        """Probabilities (n, classes) or values (n, 1) of a fitted `estimator`, double.

        A classifier without probabilities scores 1 for the class it predicts.

        Raises:
            ExportRefused: It has no ONNX form, or none that would be right.
        """
        block = _block(features)
        emit = self._emitters.scores.get(type(estimator), _unknown)
        try:
            if self._only_predicts(estimator):
                codes = Tensor(self.graph, self.labels(estimator, block))
                return codes.one_hot(_class_count(estimator)).name
            return emit(self, estimator, block)
        except Unsupported as reason:
            raise _refusal(estimator, reason) from reason

    def _only_predicts(self, estimator: Any) -> bool:
        """Whether it is a classifier that is known, and gives no probabilities."""
        is_known = type(estimator) in self._emitters.labels
        return is_known and is_classifier(estimator) and not hasattr(estimator, "predict_proba")

    def decisions(self, estimator: Any, features: Block | str) -> str:
        """What `decision_function` of a fitted `estimator` gives, (n, 1) or (n, classes), double.

        Raises:
            Unsupported: It is of a kind that is not known.
        """
        emit = self._emitters.decisions.get(type(estimator))
        if emit is None:
            raise Unsupported(f"the decisions of {type(estimator).__name__} are not known")
        return emit(self, estimator, _block(features))

    def labels(self, estimator: Any, features: Block | str) -> str:
        """What a fitted classifier predicts, as places among its classes, int64 (n, 1).

        Raises:
            ExportRefused: It has no ONNX form, or none that would be right.
        """
        emit = self._emitters.labels.get(type(estimator))
        if emit is None:
            return Tensor(self.graph, self.scores(estimator, features)).argmax().name
        try:
            return emit(self, estimator, _block(features))
        except Unsupported as reason:
            raise _refusal(estimator, reason) from reason

    def transformed(self, step: Any, block: Block) -> str:
        """What a fitted transformer makes of `block`, (n, outputs), double.

        Raises:
            ExportRefused: It has no ONNX form, or none that would be right.
            Unsupported: It makes texts.
        """
        return self.matrix(self.outputs(step, block))

    def outputs(self, step: Any, block: Block) -> Block:
        """What a fitted transformer makes of `block`: each column by itself, or one matrix of numbers.

        Raises:
            ExportRefused: It has no ONNX form, or none that would be right.
        """
        if isinstance(step, Pipeline):
            for inner in step:
                block = self.outputs(inner, block)
            return block
        if step is None or (isinstance(step, str) and step == "passthrough"):
            return block
        emit = self._emitters.transforms.get(type(step), _unknown)
        try:
            return _block(emit(self, step, block))
        except Unsupported as reason:
            raise _refusal(step, reason) from reason

    def inverted(self, step: Any, matrix: str) -> str:
        """What `inverse_transform` of a fitted transformer makes of `matrix`, (n, any), double.

        Raises:
            ExportRefused: It has no ONNX form, or none that would be right.
        """
        if step is None or (isinstance(step, str) and step == "passthrough"):
            return matrix
        emit = self._emitters.inverses.get(type(step), _no_way_back)
        try:
            return emit(self, step, matrix)
        except Unsupported as reason:
            raise _refusal(step, reason) from reason

    def is_text(self, value: str) -> bool:
        """Whether a value of the graph holds texts."""
        return value in self._texts

    def as_texts(self, value: str) -> str:
        """Remembers that a value of the graph holds texts, (n, 1), and gives it."""
        self._texts.add(value)
        return value

    def matrix(self, block: Block) -> str:
        """The numbers of a block side by side, (n, any).

        Raises:
            Unsupported: Some of its values are texts.
        """
        if self._texts.intersection(block):
            raise Unsupported("it is given texts")
        return self.graph.node("Concat", *block, axis=1) if len(block) > 1 else block[0]

    def tensor(self, features: Block | str) -> Tensor:
        """The numbers of a block side by side, to be calculated with."""
        return Tensor(self.graph, self.matrix(_block(features)))


def _block(features: Block | str) -> Block:
    return [features] if isinstance(features, str) else features


def _unknown(_emission: Emission, _estimator: Any, _block: Block) -> str:
    raise Unsupported


def _no_way_back(_emission: Emission, _step: Any, _matrix: str) -> str:
    raise Unsupported("the way back from what it gives is not known")


def _class_count(estimator: Any) -> int:
    """How many classes a classifier knows, of its one target."""
    classes = estimator.classes_
    return len(classes[0] if isinstance(classes, list) else classes)


def _refusal(estimator: Any, reason: Unsupported) -> ExportRefused:
    why = str(reason)
    return ExportRefused(
        f"{type(estimator).__name__} has no exact ONNX form" + (f": {why}." if why else " here."),
        "Choose another estimator; docs/EXPORT.md lists those that have one.",
    )
