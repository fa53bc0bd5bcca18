"""The Open Inference Protocol v2 in JSON: one tensor a column in, label and probabilities or a value out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from types import NoneType
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, Signature
from workbench.http.forms import Question, decoded, labels, probabilities
from workbench.http.replies import Refused
from workbench.services.served import Served

WHOLE_NUMBERS = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
NUMBERS = ("FP64", "FP32", "FP16", *WHOLE_NUMBERS)
DATATYPES: dict[InputType, tuple[str, ...]] = {
    InputType.NUMBER: NUMBERS,
    # Callers whose column once held a null have floats where whole numbers are meant.
    InputType.INTEGER: (*WHOLE_NUMBERS, "FP64", "FP32", "FP16"),
    InputType.BOOLEAN: ("BOOL",),
    InputType.STRING: ("BYTES",),
}
KEY_DATATYPES: tuple[str, ...] = ("BYTES", *NUMBERS, "BOOL")
PREFERRED = {
    InputType.NUMBER: "FP64",
    InputType.INTEGER: "INT64",
    InputType.BOOLEAN: "BOOL",
    InputType.STRING: "BYTES",
}


class _Tensor(msgspec.Struct, frozen=True, gc=False):
    name: str
    shape: list[int]
    datatype: str
    data: list[Any]


class _RequestedOutput(msgspec.Struct, frozen=True, gc=False):
    name: str


class _Request(msgspec.Struct, frozen=True, gc=False):
    inputs: list[_Tensor]
    id: str | None = None
    outputs: list[_RequestedOutput] | None = None


class _Response(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    model_name: str
    model_version: str
    outputs: list[_Tensor]
    id: str | None = None


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


_decoder = msgspec.json.Decoder(_Request)
_encode = msgspec.json.Encoder().encode


class V2:
    """The protocol's form of asking one served version."""

    def __init__(self, served: Served) -> None:
        self._name = served.version.model
        self._number = str(served.version.number)
        self._signature = served.version.signature
        self._outputs = frozenset(tensor.name for tensor in outputs_of(self._signature))
        self._datatypes = dict.fromkeys(self._signature.key, KEY_DATATYPES)
        self._datatypes |= {
            column.name: (*DATATYPES[column.type], *(("BYTES",) if column.is_moment else ()))
            for column in self._signature.inputs
        }
        # What most callers send, and the signature alone can check.
        self._plain = {
            column.name: PREFERRED[column.type]
            for column in self._signature.inputs
            if column.type is not InputType.INTEGER
        }

    def question(self, body: bytes) -> Question:
        """The question that `body` holds.

        Raises:
            Refused: It is no inference request.
        """
        request = decoded(_decoder, body)
        plain = self._plain
        columns = {
            tensor.name: tensor.data
            if tensor.datatype == plain.get(tensor.name) and tensor.shape == [len(tensor.data)]
            else self._values(tensor)
            for tensor in request.inputs
        }
        if len(columns) < len(request.inputs):
            names = [tensor.name for tensor in request.inputs]
            twice = next(name for name in names if names.count(name) > 1)
            raise Refused(400, f"Input '{twice}' is given twice.")
        return Question(columns, request.id, self._wanted(request.outputs))

    def reply(self, question: Question, scores: NDArray[np.float64]) -> bytes:
        """The body that answers `question`."""
        rows = len(scores)
        if self._signature.classes:
            spread = probabilities(scores)
            tensors = [
                _Tensor("label", [rows], "BYTES", labels(self._signature, scores)),
                _Tensor(
                    "probabilities",
                    [rows, len(spread[0])],
                    "FP64",
                    list(chain.from_iterable(spread)),
                ),
            ]
        else:
            tensors = [_Tensor("value", [rows], "FP64", scores.tolist())]
        wanted = question.outputs
        if wanted is not None:
            tensors = [tensor for tensor in tensors if tensor.name in wanted]
        return _encode(_Response(self._name, self._number, tensors, question.id))

    def _wanted(self, requested: Sequence[_RequestedOutput] | None) -> frozenset[str] | None:
        if not requested:
            return None
        wanted = frozenset(output.name for output in requested)
        unknown = sorted(wanted - self._outputs)
        if unknown:
            known = ", ".join(sorted(self._outputs))
            raise Refused(400, f"The model has no output '{unknown[0]}'. It has: {known}.")
        return wanted

    def _values(self, tensor: _Tensor) -> list[Any]:
        allowed = self._datatypes.get(tensor.name)
        # A name that is not known is left to the signature, which says what the model takes.
        if allowed is not None and tensor.datatype not in allowed:
            raise Refused(
                400,
                f"Input '{tensor.name}' has the datatype {tensor.datatype!r}; "
                f"allowed there: {', '.join(allowed)}.",
            )
        if tensor.shape != [len(tensor.data)]:
            return _one_column(tensor)
        if tensor.datatype in WHOLE_NUMBERS:
            _check_whole(tensor)
        return tensor.data


def _one_column(tensor: _Tensor) -> list[Any]:
    """The values of a tensor of shape [n, 1], flat or one list a row."""
    found = len(tensor.data)
    if tensor.shape != [found, 1]:
        raise Refused(
            400,
            f"Input '{tensor.name}' has the shape {tensor.shape} but {found} values; "
            f"allowed there: [{found}] or [{found}, 1].",
        )
    if not all(type(row) is list and len(row) == 1 for row in tensor.data):
        return tensor.data
    return [row[0] for row in tensor.data]


def _check_whole(tensor: _Tensor) -> None:
    if not {int, NoneType}.issuperset(map(type, tensor.data)):
        row = next(i for i, value in enumerate(tensor.data) if type(value) not in {int, NoneType})
        raise Refused(
            400,
            f"Row {row + 1} of input '{tensor.name}' is no whole number, "
            f"which its datatype {tensor.datatype} promises.",
        )


def outputs_of(signature: Signature) -> list[TensorMetadata]:
    """The outputs of a model with this signature."""
    if not signature.classes:
        return [TensorMetadata("value", "FP64", [-1])]
    return [
        TensorMetadata("label", "BYTES", [-1]),
        TensorMetadata("probabilities", "FP64", [-1, len(signature.classes)]),
    ]


def metadata(served: Served) -> ModelMetadata:
    """What a caller has to know of a served version."""
    signature = served.version.signature
    moments = [column.name for column in signature.inputs if column.is_moment]
    return ModelMetadata(
        name=served.version.model,
        versions=[str(served.version.number)],
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


def _input(column: InputColumn) -> TensorMetadata:
    return TensorMetadata(column.name, PREFERRED[column.type], [-1])
