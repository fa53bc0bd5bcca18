"""An ONNX file as it came: its graph, what must be fed to it, and the classes it names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

from workbench.engines.estimators import first_line
from workbench.engines.foreign.opened import unreadable

NUMBERS: dict[int, type[np.generic]] = {
    TensorProto.FLOAT: np.float32,
    TensorProto.DOUBLE: np.float64,
    TensorProto.INT64: np.int64,
    TensorProto.INT32: np.int32,
    TensorProto.BOOL: np.bool_,
}
"""The numbers that an input may take."""
MAPS = "ZipMap"
"""The operator that makes maps of a table of probabilities."""
_LABELS = ("classlabels_strings", "classlabels_ints", "classlabels_int64s")


@dataclass(frozen=True, slots=True)
class Input:
    """One input of a graph."""

    name: str
    element: int
    columns: int
    is_flat: bool
    """Whether it has one dimension alone."""
    is_single_row: bool
    """Whether it takes one row at a time."""


def model_of(content: bytes, name: str) -> onnx.ModelProto:
    """The graph that the bytes of a file hold.

    Raises:
        ModelUnreadable: They hold none.
    """
    try:
        model = onnx.load_from_string(content)
        is_elsewhere = any(
            one.data_location == TensorProto.EXTERNAL for one in model.graph.initializer
        )
        if not is_elsewhere:
            onnx.checker.check_model(model)
    except Exception as error:  # protobuf and onnx raise what they like
        raise unreadable(name, f"it is no ONNX file ({first_line(error)[:200]})") from error
    if is_elsewhere:
        raise unreadable(
            name,
            "its weights lie in other files",
            "Write it with `onnx.save(model, path)`, which keeps them inside.",
        )
    return model


def session_of(content: bytes, name: str) -> ort.InferenceSession:
    """The graph, loaded as it came.

    Raises:
        ModelUnreadable: The runtime does not take it.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return ort.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime has no common base of its errors
        raise unreadable(
            name, f"onnxruntime does not take it ({first_line(error)[:300]})"
        ) from error


def inputs_of(model: onnx.ModelProto, name: str) -> list[Input]:
    """What must be fed.

    Raises:
        ModelUnreadable: It is no columns of rows.
    """
    # Older files list their weights among the inputs.
    weights = {one.name for one in model.graph.initializer}
    found = [_input(one, name) for one in model.graph.input if one.name not in weights]
    if not found:
        raise unreadable(name, "it has no inputs")
    for one in found:
        if len(found) > 1 and one.columns != 1:
            raise unreadable(
                name, f"it has {len(found)} inputs, and '{one.name}' has {one.columns} columns"
            )
    return found


def _input(value: onnx.ValueInfoProto, name: str) -> Input:
    tensor = value.type.tensor_type
    dims = tensor.shape.dim
    if tensor.elem_type not in {*NUMBERS, TensorProto.STRING} or len(dims) not in {1, 2}:
        raise unreadable(
            name,
            f"its input '{value.name}' is no column of numbers or texts, nor a table of them",
            "Only models over rows of a dataset can be registered.",
        )
    is_flat = len(dims) == 1
    columns = 1 if is_flat else dims[1].dim_value
    if not columns:
        raise unreadable(
            name,
            f"its input '{value.name}' does not say how many columns it takes",
            "Export it with that number in the input's shape.",
        )
    return Input(value.name, tensor.elem_type, columns, is_flat, dims[0].dim_value == 1)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which outputs of a graph are looked at."""

    scores: str
    """Probabilities or values; empty: it gives none."""
    label: str
    """Empty: it gives none."""


def outputs_of(model: onnx.ModelProto, name: str) -> Outputs:
    """Which outputs hold the answers.

    Raises:
        ModelUnreadable: None do, or it cannot be told which.
    """
    maps = {node.output[0] for node in model.graph.node if node.op_type == MAPS}
    kinds = {one.name: one.type.tensor_type.elem_type for one in model.graph.output}
    floats = [
        one
        for one, kind in kinds.items()
        if one in maps or kind in {TensorProto.FLOAT, TensorProto.DOUBLE}
    ]
    # Some give raw scores beside the probabilities.
    likely = [one for one in floats if "prob" in one.lower()] if len(floats) > 1 else floats
    if len(floats) > 1 and len(likely) != 1:
        raise unreadable(
            name,
            f"it has {len(floats)} outputs of scores: {', '.join(floats[:5])}",
            "Export it with one output that holds all probabilities, or the values.",
        )
    whole = {TensorProto.INT64, TensorProto.INT32}
    labels = [
        one
        for one, kind in kinds.items()
        if one not in maps and kind in (whole | {TensorProto.STRING} if floats else whole)
    ]
    if not floats and not labels:
        raise unreadable(
            name,
            "none of its outputs is a table of probabilities, a value or a whole number",
            "Export it with one output of values, or with labels and probabilities.",
        )
    return Outputs(likely[0] if likely else "", labels[0] if labels else "")


def named_classes(model: onnx.ModelProto) -> tuple[str, ...]:
    """The classes that classifiers in the graph name, when they all name the same."""
    found = set()
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name in _LABELS:
                values = helper.get_attribute_value(attribute)
                found.add(tuple(map(_class_name, values)))
    found = {one for one in found if len(one) > 1}
    return found.pop() if len(found) == 1 else ()


def _class_name(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
