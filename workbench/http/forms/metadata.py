"""What the protocol says of a server and of its models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from storage.records import InputColumn, Signature
from workbench.http.forms.datatypes import PREFERRED
from workbench.services.served import Served

EXTENSIONS = ("binary_tensor_data", "statistics")
"""What the endpoint does beyond the protocol's core."""


class TensorMetadata(msgspec.Struct, frozen=True):
    """An input or output of a model."""

    name: str
    datatype: str
    shape: list[int]


class ModelMetadata(msgspec.Struct, frozen=True):
    """What a model takes and gives."""

    name: str
    versions: list[str]
    platform: str
    inputs: list[TensorMetadata]
    outputs: list[TensorMetadata]
    parameters: dict[str, Any]


def metadata(served: Served, versions: Sequence[int] = ()) -> ModelMetadata:
    """What a caller has to know of a served version.

    Args:
        served: The version.
        versions: Numbers of all versions of its model that can be asked; none: this one.
    """
    signature = served.version.signature
    moments = [column.name for column in signature.inputs if column.is_moment]
    return ModelMetadata(
        name=served.version.model,
        versions=[str(number) for number in versions or (served.version.number,)],
        platform="onnxruntime_onnx",
        inputs=[_input(column) for column in signature.inputs],
        outputs=outputs_of(signature),
        parameters={
            "task": signature.task,
            "classes": list(signature.classes),
            "key": list(signature.key),
        }
        # Their tensors hold seconds since 1970 UTC, or ISO 8601 as BYTES.
        | ({"moments": moments} if moments else {}),
    )


def outputs_of(signature: Signature) -> list[TensorMetadata]:
    """The outputs of a model with this signature."""
    if not signature.classes:
        return [TensorMetadata("value", "FP64", [-1])]
    return [
        TensorMetadata("label", "BYTES", [-1]),
        TensorMetadata("probabilities", "FP64", [-1, len(signature.classes)]),
    ]


def _input(column: InputColumn) -> TensorMetadata:
    return TensorMetadata(column.name, PREFERRED[column.type], [-1])
