"""scikit-learn's usual preprocessing as exact ONNX nodes in double."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from storage.records import InputType, Signature
from workbench.engines.export.emission import Block, Emission, Transform, Unsupported
from workbench.engines.export.graphs import ML
from workbench.engines.preprocessing import output_widths


def emit(emission: Emission, steps: Sequence[Any], signature: Signature) -> str:
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
        return _chain(emission, steps, list(columns.values()))
    return _chain(emission, steps[1:], [_column_transformer(emission, steps[0], columns)])


def _chain(emission: Emission, steps: Sequence[Any], block: Block) -> str:
    for step in steps:
        block = [emission.transformed(step, block)]
    return emission.matrix(block)


def _column_transformer(
    emission: Emission, step: ColumnTransformer, columns: dict[str, str]
) -> str:
    outputs = [
        emission.transformed(transformer, [columns[name] for name in _names(chosen, list(columns))])
        for _, transformer, chosen in step.transformers_
        if transformer != "drop" and len(_names(chosen, list(columns)))
    ]
    return emission.matrix(outputs)


def _names(chosen: Any, columns: list[str]) -> list[str]:
    if isinstance(chosen, list | np.ndarray | pd.Index) and all(
        isinstance(one, str) for one in chosen
    ):
        return list(chosen)
    if isinstance(chosen, list | np.ndarray) and all(type(one) is int for one in chosen):
        return [columns[one] for one in chosen]
    raise Unsupported


def _identity(emission: Emission, step: FunctionTransformer, block: Block) -> str:
    if step.func is not None:
        raise Unsupported
    return emission.matrix(block)


def _impute(emission: Emission, step: SimpleImputer, block: Block) -> str:
    fills = np.asarray(step.statistics_)
    looks_for_nan = isinstance(step.missing_values, float) and np.isnan(step.missing_values)
    is_plain = fills.dtype.kind == "f" and np.isfinite(fills).all() and not step.add_indicator
    if not (looks_for_nan and is_plain):
        raise Unsupported
    matrix = emission.matrix(block)
    return emission.graph.node(
        "Where", emission.graph.node("IsNaN", matrix), emission.graph.constant(fills), matrix
    )


def _standardise(emission: Emission, step: StandardScaler, block: Block) -> str:
    matrix = emission.matrix(block)
    if step.mean_ is not None and step.with_mean:
        matrix = emission.graph.node("Sub", matrix, emission.graph.constant(np.asarray(step.mean_)))
    if step.scale_ is not None:
        matrix = emission.graph.node(
            "Div", matrix, emission.graph.constant(np.asarray(step.scale_))
        )
    return matrix


def _min_max(emission: Emission, step: MinMaxScaler, block: Block) -> str:
    if step.clip:
        raise Unsupported
    scaled = emission.graph.node(
        "Mul", emission.matrix(block), emission.graph.constant(np.asarray(step.scale_))
    )
    return emission.graph.node("Add", scaled, emission.graph.constant(np.asarray(step.min_)))


def _one_hot(emission: Emission, step: OneHotEncoder, block: Block) -> str:
    """Looks each text up in a table of the outputs that the encoder itself gave for it."""
    return _looked_up(emission, step, block, output_widths(step))


def _ordinal(emission: Emission, step: OrdinalEncoder, block: Block) -> str:
    """Looks each text up in a table of the number that the encoder itself gave for it."""
    return _looked_up(emission, step, block, [1] * len(block))


def _looked_up(
    emission: Emission, step: OneHotEncoder | OrdinalEncoder, block: Block, widths: list[int]
) -> str:
    """What `step` makes of its columns, as tables; each column becomes as many as `widths` says."""
    if any(known.dtype.kind not in "OUT" for known in step.categories_):
        raise Unsupported
    ends = np.cumsum(widths)
    outputs = []
    for at, (column, known) in enumerate(zip(block, step.categories_, strict=True)):
        table = _probed(step, at)[:, ends[at] - widths[at] : ends[at]]
        codes = emission.graph.node(
            "LabelEncoder",
            column,
            domain=ML,
            keys_strings=[str(text) for text in known],
            values_int64s=list(range(len(known))),
            default_int64=len(known),
        )
        flat = emission.graph.node(
            "Reshape", codes, emission.graph.constant(np.array([-1], np.int64))
        )
        outputs.append(emission.graph.node("Gather", emission.graph.constant(table), flat, axis=0))
    return emission.matrix(outputs)


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


TRANSFORMS: dict[type, Transform] = {
    FunctionTransformer: _identity,  # what scikit-learn makes of "passthrough"
    SimpleImputer: _impute,
    StandardScaler: _standardise,
    MinMaxScaler: _min_max,
    OneHotEncoder: _one_hot,
    OrdinalEncoder: _ordinal,
}
