"""Tensors of a request as columns: one tensor a column, or one that holds all numbers side by side."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from types import NoneType
from typing import Any

import msgspec
import numpy as np

from workbench.core.checking import Values
from workbench.http.forms.binary import shown
from workbench.http.forms.datatypes import NUMBERS, WHOLE_NUMBERS
from workbench.http.replies import Refused


class Tensor(msgspec.Struct, frozen=True, gc=False):
    """An input of a request: a list that JSON held, or an array over the bytes that were sent."""

    name: str
    shape: list[int]
    datatype: str
    data: Values


def column(tensor: Tensor, allowed: Sequence[str] | None) -> Values:
    """The values of a tensor that holds one column.

    Args:
        tensor: What was sent.
        allowed: Datatypes the column takes; None: no column is called so, which the signature tells.

    Raises:
        Refused: Its datatype or shape is not that of the column, or of its data.
    """
    if allowed is not None and tensor.datatype not in allowed:
        raise Refused(
            400,
            f"Input '{tensor.name}' has the datatype {tensor.datatype!r}; "
            f"allowed there: {', '.join(allowed)}.",
        )
    if tensor.shape != [len(tensor.data)]:
        return _one_column(tensor)
    _check_whole(tensor)
    return tensor.data


def matrix(tensor: Tensor, names: Sequence[str]) -> dict[str, Values]:
    """The columns of a tensor that holds one number for each of `names` in every row.

    Raises:
        Refused: Its datatype is not one of numbers, or its shape is not that of its data.
    """
    if tensor.datatype not in NUMBERS:
        raise Refused(
            400,
            f"Input '{tensor.name}' has the datatype {tensor.datatype!r}; "
            f"allowed in a matrix: {', '.join(NUMBERS)}.",
        )
    rows, width = tensor.shape
    data = tensor.data
    if isinstance(data, np.ndarray):
        return dict(zip(names, np.ascontiguousarray(data.reshape(rows, width).T), strict=True))
    if len(data) == rows and any(type(row) is list for row in data):
        data = _flat(tensor, width)
    if len(data) != rows * width:
        raise Refused(
            400,
            f"Input '{tensor.name}' has the shape {shown(tensor.shape)} but {len(data)} values; "
            f"it would have {rows * width}.",
        )
    _check_whole(msgspec.structs.replace(tensor, data=data), width=width)
    return {name: data[at::width] for at, name in enumerate(names)}


def _one_column(tensor: Tensor) -> Values:
    """The values of a tensor of shape [n, 1], flat or one list a row."""
    found = len(tensor.data)
    if tensor.shape != [found, 1]:
        raise Refused(
            400,
            f"Input '{tensor.name}' has the shape {shown(tensor.shape)} but {found} values; "
            f"allowed there: [{found}] or [{found}, 1].",
        )
    if isinstance(tensor.data, np.ndarray):
        return tensor.data
    if all(type(row) is list and len(row) == 1 for row in tensor.data):
        tensor = msgspec.structs.replace(tensor, data=[row[0] for row in tensor.data])  # type: ignore[index]
    _check_whole(tensor)
    return tensor.data


def _flat(tensor: Tensor, width: int) -> list[Any]:
    """The values of a tensor of one list a row."""
    for number, row in enumerate(tensor.data, start=1):
        if type(row) is not list or len(row) != width:
            found = f"{len(row)} values" if type(row) is list else "no list of values"
            raise Refused(
                400, f"Row {number} of input '{tensor.name}' has {found}; its shape says {width}."
            )
    return list(chain.from_iterable(tensor.data))  # type: ignore[arg-type]


def _check_whole(tensor: Tensor, *, width: int = 1) -> None:
    if tensor.datatype not in WHOLE_NUMBERS or isinstance(tensor.data, np.ndarray):
        return
    if not {int, NoneType}.issuperset(map(type, tensor.data)):
        at = next(i for i, value in enumerate(tensor.data) if type(value) not in {int, NoneType})
        raise Refused(
            400,
            f"Row {at // width + 1} of input '{tensor.name}' is no whole number, "
            f"which its datatype {tensor.datatype} promises.",
        )
