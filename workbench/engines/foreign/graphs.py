"""ONNX graphs that were made elsewhere, asked as ours are: one column an input, labels and probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from storage.records import InputColumn, InputType, Signature
from workbench.core.classes import class_codes
from workbench.core.parity import labels
from workbench.engines.estimators import first_line
from workbench.engines.foreign.onnx_files import (
    MAPS,
    NUMBERS,
    inputs_of,
    model_of,
    named_classes,
    outputs_of,
    session_of,
)
from workbench.engines.foreign.opened import Built, Opened, Typed, unreadable
from workbench.engines.foreign.wrapping import Answers, wrapped

SLACK = 1e-3
"""How far probabilities in float may lie beside what they should be."""
_WHOLE = frozenset({TensorProto.INT64, TensorProto.INT32, TensorProto.BOOL})


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a graph answered: a table of scores, and labels; None where it gives none."""

    scores: NDArray[np.float64] | None
    labels: NDArray[Any] | None
    classes: tuple[str, ...]
    """As maps of probabilities name them."""


class ForeignGraph:
    """A graph as it came, and what it makes of rows."""

    def __init__(self, content: bytes, name: str) -> None:
        """Opens a graph.

        Raises:
            ModelUnreadable: It is none, or none that can be asked about rows.
        """
        self.name = name
        self.model = model_of(content, name)
        self.inputs = inputs_of(self.model, name)
        self._session = session_of(content, name)
        self._outputs = outputs_of(self.model, name)
        self.is_table = len(self.inputs) == 1 and self.inputs[0].columns != 1
        asked = self._probed()
        self.width = 0 if asked.scores is None else asked.scores.shape[1]
        self.has_labels = asked.labels is not None
        named = asked.classes or named_classes(self.model)
        self.classes = named if self.width in {0, 1, len(named)} else ()
        if asked.scores is None and not self.classes:
            raise unreadable(
                name,
                "it gives labels alone and does not say which there are",
                "Export it with probabilities.",
            )

    @property
    def count(self) -> int:
        """How many columns it takes."""
        return self.inputs[0].columns if self.is_table else len(self.inputs)

    @property
    def elements(self) -> list[int]:
        """What each column is for it, as ONNX counts types."""
        if self.is_table:
            return [self.inputs[0].element] * self.count
        return [one.element for one in self.inputs]

    @property
    def task(self) -> str | None:
        """What it does, where its outputs tell."""
        if not self.has_labels and self.width <= 1:
            return None
        return "multiclass" if max(self.width, len(self.classes)) > 2 else "binary"

    def answers(self) -> Answers:
        """Where its answers are, for what is put around it."""
        tables = {
            one.output[0]: one.input[0] for one in self.model.graph.node if one.op_type == MAPS
        }
        scores = self._outputs.scores
        return Answers(
            scores=tables.get(scores, scores), width=self.width, label=self._outputs.label
        )

    def ask(self, columns: Sequence[NDArray[Any]]) -> _Asked:
        """What it answers to rows, given column by column."""
        if self.inputs[0].is_single_row and len(columns[0]) > 1:
            parts = [
                self.ask([one[row : row + 1] for one in columns]) for row in range(len(columns[0]))
            ]
            return _joined(parts)
        typed = [_typed(one, element) for one, element in zip(columns, self.elements, strict=True)]
        if self.is_table:
            feeds = {self.inputs[0].name: np.column_stack(typed)}
        else:
            feeds = {
                one.name: values if one.is_flat else values.reshape(-1, 1)
                for one, values in zip(self.inputs, typed, strict=True)
            }
        wanted = [one for one in (self._outputs.scores, self._outputs.label) if one]
        found = dict(zip(wanted, self._session.run(wanted, feeds), strict=True))
        return _asked(
            found.get(self._outputs.scores), found.get(self._outputs.label), len(columns[0])
        )

    def _probed(self) -> _Asked:
        """What it answers to a row of nothing."""
        zeros = [
            np.array([""] if element == TensorProto.STRING else [0.0]) for element in self.elements
        ]
        try:
            return self.ask(zeros)
        except Exception as error:  # the runtime has no common base of its errors
            raise unreadable(
                self.name, f"it has no answer for a row of zeros ({first_line(error)[:200]})"
            ) from error


def read(content: bytes, name: str) -> Opened:
    """The graph of an ONNX file.

    Raises:
        ModelUnreadable: It is none, or none that can be asked about rows.
    """
    graph = ForeignGraph(content, name)
    producer = " ".join(
        one for one in (graph.model.producer_name, graph.model.producer_version) if one
    )

    def build(signature: Signature) -> Built:
        return _built(graph, signature)

    return Opened(
        kind="an ONNX graph",
        features=() if graph.is_table else tuple(one.name for one in graph.inputs),
        count=graph.count,
        task=graph.task,
        classes=graph.classes,
        class_count=len(graph.classes) or (graph.width if graph.task else 0),
        notes=(f"A graph by {producer or 'an unnamed program'}; there is no other form of it.",),
        build=build,
    )


def _built(graph: ForeignGraph, signature: Signature) -> Built:
    for column, element in zip(signature.inputs, graph.elements, strict=True):
        _refuse_other(column, element, graph.name)
    if signature.classes and graph.width not in {0, 1, len(signature.classes)}:
        raise unreadable(
            graph.name,
            f"it gives {graph.width} probabilities, and there are {len(signature.classes)} classes",
        )

    def original(columns: Typed) -> NDArray[np.float64]:
        asked = graph.ask([columns[name] for name in signature.names])
        scores = _scores(asked, signature)
        if signature.classes and asked.scores is not None:
            _refuse_no_probabilities(asked.scores, graph.name)
        if asked.labels is not None and signature.classes:
            own = class_codes(asked.labels.reshape(-1), signature.classes)
            differing = int((own != labels(scores)).sum())
            if differing:
                raise unreadable(
                    graph.name,
                    f"its own labels are not those of the largest probability in {differing} of "
                    f"{len(own)} rows, so it has a threshold of its own",
                    "Export it without one.",
                )
        return scores

    return Built(
        signature=signature,
        graph=wrapped(
            graph.model,
            signature,
            graph.answers(),
            elements=graph.elements,
            is_table=graph.is_table,
        ),
        native=None,
        original=original,
    )


def _refuse_other(column: InputColumn, element: int, name: str) -> None:
    """Raises ModelUnreadable where the graph takes another kind of values for a column."""
    is_text = column.type is InputType.STRING
    if is_text != (element == TensorProto.STRING):
        takes, has = ("numbers", "texts") if is_text else ("texts", "numbers")
        raise unreadable(
            name,
            f"it takes {takes} for column '{column.name}', and the dataset has {has} there",
            "Name its columns in their order: --columns a,b,c.",
        )
    if element in _WHOLE and column.nullable:
        raise unreadable(
            name,
            f"it takes whole numbers for column '{column.name}', which has missing values",
            "Export it with float inputs.",
        )


def _refuse_no_probabilities(table: NDArray[np.float64], name: str) -> None:
    """Raises ModelUnreadable where scores are not between 0 and 1, or those of a row do not sum to 1."""
    sums = table.sum(axis=1)
    if not ((table >= -SLACK) & (table <= 1 + SLACK)).all():
        found = f"they go from {table.min():.3g} to {table.max():.3g}"
    elif table.shape[1] > 1 and not (np.abs(sums - 1) <= SLACK).all():
        found = f"those of a row sum to {sums[np.abs(sums - 1).argmax()]:.3g}"
    else:
        return
    raise unreadable(
        name, f"its scores are no probabilities: {found}", "Export it with probabilities."
    )


def _typed(values: NDArray[Any], element: int) -> NDArray[Any]:
    if element == TensorProto.STRING:
        return values.astype(object)
    return values.astype(NUMBERS[element])


def _asked(scores: Any, found: Any, rows: int) -> _Asked:
    """The answers of a graph: a table, or a map of probabilities a row, and labels."""
    own = None if found is None else np.asarray(found).reshape(-1)
    if scores is None:
        return _Asked(None, own, ())
    if isinstance(scores, list):
        table = np.array([list(row.values()) for row in scores], np.float64)
        return _Asked(table, own, tuple(map(str, scores[0])))
    return _Asked(np.asarray(scores, np.float64).reshape(rows, -1), own, ())


def _joined(parts: Sequence[_Asked]) -> _Asked:
    scores = [one.scores for one in parts if one.scores is not None]
    found = [one.labels for one in parts if one.labels is not None]
    return _Asked(
        np.concatenate(scores) if scores else None,
        np.concatenate(found) if found else None,
        parts[0].classes,
    )


def _scores(asked: _Asked, signature: Signature) -> NDArray[np.float64]:
    """The answers in the form that all models give them."""
    table = asked.scores
    if table is None:
        assert asked.labels is not None
        codes = class_codes(asked.labels, signature.classes)
        table = np.asarray(codes[:, None] == np.arange(len(signature.classes)), np.float64)
    if not signature.classes or table.shape[1] == 1:
        return table[:, 0].copy()
    return table[:, 1].copy() if signature.task == "binary" else table
