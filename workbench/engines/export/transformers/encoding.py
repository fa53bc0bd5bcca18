"""scikit-learn's encoders of categories, texts and numbers alike, as tables of what they themselves answer.

Each column becomes the place of its value among the categories, one past the last when it is none of
them; a table then holds what the fitted encoder makes of each.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, TargetEncoder

from workbench.engines.export.composing import separate
from workbench.engines.export.emission import Block, Emission, Transform, Unsupported
from workbench.engines.export.graphs import ML
from workbench.engines.export.tensors import Tensor, side_by_side
from workbench.engines.preprocessing import output_widths


def _one_hot(emission: Emission, step: OneHotEncoder, block: Block) -> str:
    return _encoded(emission, step, block, output_widths(step))


def _ordinal(emission: Emission, step: OrdinalEncoder, block: Block) -> str:
    return _encoded(emission, step, block, [1] * len(step.categories_))


def _target(emission: Emission, step: TargetEncoder, block: Block) -> str:
    width = len(step.encodings_) // len(step.categories_)
    return _encoded(emission, step, block, [width] * len(step.categories_))


def _encoded(emission: Emission, step: Any, block: Block, widths: list[int]) -> str:
    """What `step` makes of its columns; each becomes as many as `widths` says."""
    columns = separate(emission, block, len(step.categories_))
    ends = np.cumsum(widths)
    outputs = []
    for at, (column, known) in enumerate(zip(columns, step.categories_, strict=True)):
        answers = _answers(step, at)
        if answers.shape[1] != ends[-1]:
            raise Unsupported("it makes more columns than its categories say")
        table = answers[:, ends[at] - widths[at] : ends[at]]
        outputs.append(_looked_up(_places(emission, column, known), table))
    return side_by_side(*outputs).name


def _looked_up(places: Tensor, table: NDArray[np.float64]) -> Tensor:
    """The rows of `table` at `places`, (n,)."""
    is_one_hot = np.isin(table, (0.0, 1.0)).all() and (table.sum(axis=1) <= 1).all()
    if not is_one_hot or table.shape[1] == 1:
        return places.constant(table).of("Gather", places, axis=0)
    # Where each 1 stands says as much as the table, which grows with the square of the categories.
    ones = np.where(table.any(axis=1), table.argmax(axis=1), -1).reshape(-1, 1)
    return places.constant(ones).of("Gather", places, axis=0).one_hot(table.shape[1])


def _places(emission: Emission, column: str, known: NDArray[Any]) -> Tensor:
    """Where each value of `column`, (n, 1), stands among `known`, (n,), int64; their number if nowhere."""
    value = Tensor(emission.graph, column)
    is_text = all(isinstance(one, str) for one in known)
    if is_text != emission.is_text(column):
        raise Unsupported("its categories are of another kind than its columns")
    if not is_text:
        return _places_of_numbers(value, np.asarray(known, np.float64))
    codes = emission.graph.node(
        "LabelEncoder",
        column,
        domain=ML,
        keys_strings=[str(text) for text in known],
        values_int64s=list(range(len(known))),
        default_int64=len(known),
    )
    return Tensor(emission.graph, codes).of("Reshape", np.array([-1]))


def _places_of_numbers(value: Tensor, known: NDArray[np.float64]) -> Tensor:
    found = value.equals(known)
    if np.isnan(known).any():
        found = found.of("Or", value.of("IsNaN").of("And", np.isnan(known)))
    # The place past the last wins where nothing equals: 1/2 is more than no and less than yes.
    votes = found.of("Cast", to=TensorProto.FLOAT)
    nothing = votes.of("ReduceMax", np.array([1]), keepdims=1)
    nothing = (nothing.double() * 0.0 + 0.5).of("Cast", to=TensorProto.FLOAT)
    return votes.of("Concat", nothing, axis=1).of("ArgMax", axis=1, keepdims=0)


def _answers(step: Any, at: int) -> NDArray[np.float64]:
    """What `step` makes of each category of column `at`, and, last, of an unknown one."""
    known = step.categories_[at]
    rows = [
        np.full(len(known) + 1, categories[0], categories.dtype) for categories in step.categories_
    ]
    # An encoder that refuses unknown values never sees one: the model would have no answer either.
    is_refused = getattr(step, "handle_unknown", "ignore") == "error"
    last = known[0] if is_refused else _unknown(known)
    rows[at] = np.array([*known.tolist(), last], object).astype(
        object if known.dtype.kind in "OUT" else known.dtype
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Found unknown categories", UserWarning)
        found = step.transform(_as_fitted(step, rows))
    dense = found.toarray() if hasattr(found, "toarray") else np.asarray(found)
    return np.asarray(dense, np.float64)


def _unknown(known: NDArray[Any]) -> Any:
    if known.dtype.kind in "OUT":
        return "".join(str(one) for one in known) + "\u2603"
    finite = np.asarray(known, np.float64)[np.isfinite(np.asarray(known, np.float64))]
    return next(one for one in np.arange(0.5, 2.0 + len(finite)) if one not in finite)


def _as_fitted(step: Any, columns: list[NDArray[Any]]) -> Any:
    """Columns in the form the encoder was fitted on."""
    names = getattr(step, "feature_names_in_", None)
    if names is not None:
        return pd.DataFrame(
            {
                name: pd.Series(one, dtype=object if one.dtype.kind in "OUT" else one.dtype)
                for name, one in zip(names, columns, strict=True)
            }
        )
    is_mixed = any(one.dtype.kind in "OUT" for one in columns)
    rows = np.empty((len(columns[0]), len(columns)), object if is_mixed else np.float64)
    for at, one in enumerate(columns):
        rows[:, at] = one
    return rows


TRANSFORMS: dict[type[Any], Transform] = {
    OneHotEncoder: _one_hot,
    OrdinalEncoder: _ordinal,
    TargetEncoder: _target,
}
