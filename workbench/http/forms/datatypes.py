"""The datatypes of the Open Inference Protocol, and which of them a model's columns take."""

from __future__ import annotations

import numpy as np

from storage.records import InputType, Signature

NUMPY: dict[str, np.dtype[np.generic]] = {
    "FP64": np.dtype("<f8"),
    "FP32": np.dtype("<f4"),
    "FP16": np.dtype("<f2"),
    "INT8": np.dtype("<i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "UINT8": np.dtype("<u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "BOOL": np.dtype("<u1"),
}
"""How the elements of a binary tensor lie; texts (BYTES) have each its length before it."""

WHOLE_NUMBERS = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
NUMBERS = ("FP64", "FP32", "FP16", *WHOLE_NUMBERS)
KEYS = ("BYTES", *NUMBERS, "BOOL")
COLUMNS: dict[InputType, tuple[str, ...]] = {
    InputType.NUMBER: NUMBERS,
    # Callers whose column once held a null have floats where whole numbers are meant.
    InputType.INTEGER: (*WHOLE_NUMBERS, "FP64", "FP32", "FP16"),
    InputType.BOOLEAN: ("BOOL",),
    InputType.STRING: ("BYTES",),
}
PREFERRED = {
    InputType.NUMBER: "FP64",
    InputType.INTEGER: "INT64",
    InputType.BOOLEAN: "BOOL",
    InputType.STRING: "BYTES",
}


def allowed(signature: Signature) -> dict[str, tuple[str, ...]]:
    """Per column that may be sent, the datatypes its tensor may have."""
    return dict.fromkeys(signature.key, KEYS) | {
        column.name: (*COLUMNS[column.type], *(("BYTES",) if column.is_moment else ()))
        for column in signature.inputs
    }


def is_matrix(signature: Signature) -> bool:
    """Whether all inputs are numbers, so that one tensor can hold them side by side."""
    return {InputType.NUMBER, InputType.INTEGER}.issuperset(
        column.type for column in signature.inputs
    )
