"""The config.pbtxt with which Triton serves a graph of ours, and the settings with which MLServer does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import onnx

MOST_ROWS = 1024
"""Rows that a server may join to one call."""

_TYPES: Mapping[int, str] = {
    onnx.TensorProto.FLOAT: "TYPE_FP32",
    onnx.TensorProto.DOUBLE: "TYPE_FP64",
    onnx.TensorProto.INT64: "TYPE_INT64",
    onnx.TensorProto.INT32: "TYPE_INT32",
    onnx.TensorProto.BOOL: "TYPE_BOOL",
    onnx.TensorProto.STRING: "TYPE_STRING",
}


def config(name: str, graph: bytes, parameters: Mapping[str, str]) -> str:
    """The model's configuration in protobuf's text format.

    Args:
        name: What the model's folder is called.
        graph: Its first dimension is the row, in every input and output.
        parameters: What whoever reads the configuration should know.
    """
    model = onnx.load_from_string(graph).graph
    initial = {one.name for one in model.initializer}
    lines = [
        f"name: {_quoted(name)}",
        'platform: "onnxruntime_onnx"',
        f"max_batch_size: {MOST_ROWS}",
    ]
    for one in model.input:
        if one.name not in initial:
            lines += _tensor("input", one)
    for one in model.output:
        lines += _tensor("output", one)
    # The same sums in the same order as where it was proved.
    known = {"intra_op_thread_count": "1", **parameters}
    for key, value in known.items():
        lines += [
            "parameters {",
            f"  key: {_quoted(key)}",
            f"  value {{ string_value: {_quoted(value)} }}",
            "}",
        ]
    return "\n".join([*lines, "dynamic_batching { }", ""])


def mlserver_settings(name: str, version: int) -> str:
    """The settings with which MLServer loads the graph through the runtime that lies beside it."""
    settings = {
        "name": name,
        "implementation": "mlserver_model.OnnxModel",
        "parameters": {"uri": f"./{version}/model.onnx", "version": str(version)},
    }
    return json.dumps(settings, indent=2, ensure_ascii=False) + "\n"


def _tensor(kind: str, value: Any) -> Iterator[str]:
    tensor = value.type.tensor_type
    beyond = [one.dim_value or -1 for one in tensor.shape.dim][1:]
    yield f"{kind} {{"
    yield f"  name: {_quoted(value.name)}"
    yield f"  data_type: {_TYPES[tensor.elem_type]}"
    yield f"  dims: [ {', '.join(map(str, beyond or [1]))} ]"
    if not beyond:
        # A value a row: dims may not be empty, so that the server is told to leave its one away.
        yield "  reshape { shape: [ ] }"
    yield "}"


def _quoted(text: str) -> str:
    """A text as protobuf's text format reads it: UTF-8 as it is, control characters escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(one if one.isprintable() else _bytes(one) for one in escaped) + '"'


def _bytes(sign: str) -> str:
    return "".join(f"\\{byte:03o}" for byte in sign.encode("utf-8", "replace"))
