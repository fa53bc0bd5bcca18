"""scikit-learn's usual preprocessing as exact ONNX nodes in double."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from storage.records import InputType, Signature
from workbench.engines.onnx_graph import ML, Graph
from workbench.engines.preprocessing import output_widths

Block = list[str]
"""Values side by side: texts of shape (n, 1) each, or numbers of shape (n, any)."""


class Unsupported(Exception):
    """A step has no exact form here; somebody else may convert the whole pipeline."""


def emit(graph: Graph, steps: list[Any], signature: Signature) -> str:
    """The fitted transformers `steps`, one after the other, over the inputs of `signature`.

    Returns:
        The name of the result, (n, features), double.

    Raises:
        Unsupported: A step is of a kind that is not known here.
    """
    columns = {column.name: column.graph_name for column in signature.inputs}
    if not steps or not isinstance(steps[0], ColumnTransformer):
        if any(column.type is InputType.STRING for column in signature.inputs):
            raise Unsupported
        return _chain(graph, steps, list(columns.values()))
    return _chain(graph, steps[1:], [_column_transformer(graph, steps[0], columns)])


def _chain(graph: Graph, steps: list[Any], block: Block) -> str:
    for step in steps:
        block = [_step(graph, step, block)]
    return _matrix(graph, block)


def _step(graph: Graph, step: Any, block: Block) -> str:
    if isinstance(step, Pipeline):
        for inner in step:
            block = [_step(graph, inner, block)]
        return block[0]
    if step == "passthrough":
        return _matrix(graph, block)
    emitter = _EMITTERS.get(type(step))
    if emitter is None:
        raise Unsupported
    return emitter(graph, step, block)


def _column_transformer(graph: Graph, step: ColumnTransformer, columns: dict[str, str]) -> str:
    outputs = [
        _step(graph, transformer, [columns[name] for name in _names(chosen, list(columns))])
        for _, transformer, chosen in step.transformers_
        if transformer != "drop" and len(_names(chosen, list(columns)))
    ]
    return _matrix(graph, outputs)


def _names(chosen: Any, columns: list[str]) -> list[str]:
    if isinstance(chosen, list | np.ndarray | pd.Index) and all(
        isinstance(one, str) for one in chosen
    ):
        return list(chosen)
    if isinstance(chosen, list | np.ndarray) and all(type(one) is int for one in chosen):
        return [columns[one] for one in chosen]
    raise Unsupported


def _matrix(graph: Graph, block: Block) -> str:
    return graph.node("Concat", *block, axis=1) if len(block) > 1 else block[0]


def _identity(graph: Graph, step: FunctionTransformer, block: Block) -> str:
    if step.func is not None:
        raise Unsupported
    return _matrix(graph, block)


def _impute(graph: Graph, step: SimpleImputer, block: Block) -> str:
    fills = np.asarray(step.statistics_)
    looks_for_nan = isinstance(step.missing_values, float) and np.isnan(step.missing_values)
    is_plain = fills.dtype.kind == "f" and np.isfinite(fills).all() and not step.add_indicator
    if not (looks_for_nan and is_plain):
        raise Unsupported
    matrix = _matrix(graph, block)
    return graph.node("Where", graph.node("IsNaN", matrix), graph.constant(fills), matrix)


def _standardise(graph: Graph, step: StandardScaler, block: Block) -> str:
    matrix = _matrix(graph, block)
    if step.mean_ is not None and step.with_mean:
        matrix = graph.node("Sub", matrix, graph.constant(np.asarray(step.mean_)))
    if step.scale_ is not None:
        matrix = graph.node("Div", matrix, graph.constant(np.asarray(step.scale_)))
    return matrix


def _min_max(graph: Graph, step: MinMaxScaler, block: Block) -> str:
    if step.clip:
        raise Unsupported
    scaled = graph.node("Mul", _matrix(graph, block), graph.constant(np.asarray(step.scale_)))
    return graph.node("Add", scaled, graph.constant(np.asarray(step.min_)))


def _one_hot(graph: Graph, step: OneHotEncoder, block: Block) -> str:
    """Looks each text up in a table of the outputs that the encoder itself gave for it."""
    return _looked_up(graph, step, block, output_widths(step))


def _ordinal(graph: Graph, step: OrdinalEncoder, block: Block) -> str:
    """Looks each text up in a table of the number that the encoder itself gave for it."""
    return _looked_up(graph, step, block, [1] * len(block))


def _looked_up(
    graph: Graph, step: OneHotEncoder | OrdinalEncoder, block: Block, widths: list[int]
) -> str:
    """What `step` makes of its columns, as tables; each column becomes as many as `widths` says."""
    if any(known.dtype.kind not in "OUT" for known in step.categories_):
        raise Unsupported
    ends = np.cumsum(widths)
    outputs = []
    for at, (column, known) in enumerate(zip(block, step.categories_, strict=True)):
        table = _probed(step, at)[:, ends[at] - widths[at] : ends[at]]
        codes = graph.node(
            "LabelEncoder",
            column,
            domain=ML,
            keys_strings=[str(text) for text in known],
            values_int64s=list(range(len(known))),
            default_int64=len(known),
        )
        flat = graph.node("Reshape", codes, graph.constant(np.array([-1], np.int64)))
        outputs.append(graph.node("Gather", graph.constant(table), flat, axis=0))
    return _matrix(graph, outputs)


def _probed(step: OneHotEncoder | OrdinalEncoder, at: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What `step` makes of each category of column `at`, and, last, of an unknown one."""
    known = step.categories_[at]
    unknown = "".join(str(text) for text in known) + "\u2603"
    rows = np.empty((len(known) + 1, len(step.categories_)), object)
    for column, categories in enumerate(step.categories_):
        rows[:, column] = categories[0]
    rows[:-1, at] = known
    # An encoder that refuses unknown texts never sees one: the model would have no answer either.
    rows[-1, at] = known[0] if step.handle_unknown == "error" else unknown
    names = getattr(step, "feature_names_in_", None)
    asked = rows if names is None else pd.DataFrame(rows, columns=names, dtype=object)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        found = step.transform(asked)
    dense = found.toarray() if hasattr(found, "toarray") else np.asarray(found)
    return np.asarray(dense, np.float64)


_EMITTERS: dict[type, Callable[[Graph, Any, Block], str]] = {
    FunctionTransformer: _identity,  # what scikit-learn makes of "passthrough"
    SimpleImputer: _impute,
    StandardScaler: _standardise,
    MinMaxScaler: _min_max,
    OneHotEncoder: _one_hot,
    OrdinalEncoder: _ordinal,
}
