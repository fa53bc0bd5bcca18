"""The matrix that LightGBM's splits ask: the columns of a model side by side, each in every form that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import Enum, auto

import numpy as np
from onnx import numpy_helper

from storage.records import InputColumn, InputType
from workbench.engines.export.graphs import ML, Graph

ZERO = float(np.float32(1e-35))
"""Up to here, LightGBM takes a number for zero."""
NO_CODE = -1.0
"""What no set of categories has."""

_CODES_END = 2.0**31


class View(Enum):
    """The form in which a split asks for a column."""

    PLAIN = auto()
    NONZERO = auto()
    """NaN where it is zero."""
    CODE = auto()
    """The number of a category, whole and 0 or more, or NO_CODE."""


Place = tuple[int, View]
"""The position of a column among the inputs, and how it is seen."""


def emit(
    graph: Graph, inputs: Sequence[InputColumn], wanted: Collection[Place]
) -> tuple[str, dict[Place, int]]:
    """The matrix, (n, any), double, and where in it each of the `wanted` views lies.

    All number columns come first, joined by a node of their own, so that a caller who has them joined
    already can leave that node out.
    """
    texts = [at for at, column in enumerate(inputs) if column.type is InputType.STRING]
    numbers = [at for at in range(len(inputs)) if at not in texts]
    places = [(at, View.PLAIN) for at in numbers]
    parts = []
    if numbers:
        plain = _joined(graph, [inputs[at].graph_name for at in numbers])
        parts.append(plain)
        for view, form in ((View.NONZERO, _nonzero), (View.CODE, _codes)):
            seen = [at for at in numbers if (at, view) in wanted]
            if seen:
                parts.append(form(graph, _some(graph, plain, [numbers.index(at) for at in seen])))
                places += [(at, view) for at in seen]
    parts += [_encoded(graph, inputs[at]) for at in texts]
    places += [(at, View.CODE) for at in texts]
    return _joined(graph, parts), {place: position for position, place in enumerate(places)}


def _joined(graph: Graph, parts: Sequence[str]) -> str:
    return graph.node("Concat", *parts, axis=1) if len(parts) > 1 else parts[0]


def _some(graph: Graph, matrix: str, positions: list[int]) -> str:
    return graph.node("Gather", matrix, graph.constant(np.array(positions, np.int64)), axis=1)


def _nonzero(graph: Graph, numbers: str) -> str:
    is_zero = graph.node(
        "LessOrEqual", graph.node("Abs", numbers), graph.constant(np.array([ZERO]))
    )
    return graph.node("Where", is_zero, graph.constant(np.array([np.nan])), numbers)


def _codes(graph: Graph, numbers: str) -> str:
    """Cut off after the point, as a cast to 32 bits does; what lies outside them has no code."""
    is_code = graph.node(
        "And",
        graph.node("Greater", numbers, graph.constant(np.array([-1.0]))),
        graph.node("Less", numbers, graph.constant(np.array([_CODES_END]))),
    )
    whole = graph.node("Floor", graph.node("Abs", numbers))
    return graph.node("Where", is_code, whole, graph.constant(np.array([NO_CODE])))


def _encoded(graph: Graph, column: InputColumn) -> str:
    """Texts as their position among the categories of training."""
    # An encoder needs at least one key; the empty text stands for missing and is never a category.
    categories = column.categories or ("",)
    codes = np.arange(len(categories), dtype=np.float64)
    return graph.node(
        "LabelEncoder",
        column.graph_name,
        domain=ML,
        keys_tensor=numpy_helper.from_array(np.array(categories, object), "keys"),
        values_tensor=numpy_helper.from_array(
            codes if column.categories else np.array([NO_CODE]), "values"
        ),
        default_tensor=numpy_helper.from_array(np.array([NO_CODE]), "default"),
    )
