"""The Open Inference Protocol v2: tensors in, label and probabilities or a value out, as JSON or as bytes."""

from __future__ import annotations

from itertools import chain
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.records import InputType
from workbench.core import parity
from workbench.http.forms import binary, datatypes, inference, tensors
from workbench.http.forms.form import Asked, first_value, labels, most_lists, probabilities, twice
from workbench.http.forms.inference import InferenceRequest
from workbench.http.forms.metadata import outputs_of
from workbench.http.forms.tensors import Tensor
from workbench.http.replies import Refused, Reply
from workbench.services.served import Answer, RequestColumns, Served

OCTETS = b"application/octet-stream"


class _Output(msgspec.Struct, frozen=True, gc=False):
    name: str
    shape: list[int]
    datatype: str
    data: list[Any] | msgspec.UnsetType = msgspec.UNSET
    parameters: dict[str, int] | msgspec.UnsetType = msgspec.UNSET


class _Response(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    model_name: str
    model_version: str
    outputs: list[_Output]
    id: str | None = None
    parameters: dict[str, tuple[str, ...]] | None = None


_encode = msgspec.json.Encoder().encode


class V2:
    """The protocol's form of asking one served version."""

    def __init__(self, served: Served) -> None:
        self._name = served.version.model
        self._number = str(served.version.number)
        self._signature = served.version.signature
        self._width = len(self._signature.inputs)
        self._outputs = tuple(tensor.name for tensor in outputs_of(self._signature))
        self._datatypes = datatypes.allowed(self._signature)
        self._is_matrix = datatypes.is_matrix(self._signature)
        self._label_bytes = [binary.text(label) for label in self._signature.classes]
        # What most callers send, and the signature alone can check.
        self._plain = {
            column.name: datatypes.PREFERRED[column.type]
            for column in self._signature.inputs
            if column.type is not InputType.INTEGER
        }

    def read(self, asked: Asked) -> InferenceRequest:
        """The inference request that `asked` holds.

        Raises:
            Refused: It holds none.
        """
        return inference.read(asked, most_lists=most_lists(self._signature, asked.most_rows))

    def first(self, request: InferenceRequest, column: str) -> object:
        """The value of a column's first row; None: it has none."""
        for tensor in request.inputs:
            if tensor.name == column:
                return first_value(tensor.data)
            if self._holds_all(tensor) and column in self._signature.names:
                return first_value(tensors.matrix(tensor, self._signature.names)[column])
        return None

    def columns(self, request: InferenceRequest) -> RequestColumns:
        """The rows of `request`, by column.

        Raises:
            Refused: A tensor does not fit its column, or an output is not known.
        """
        self._check_outputs(request)
        plain = self._plain
        columns: dict[str, Any] = {}
        sent = 0
        for tensor in request.inputs:
            name, data = tensor.name, tensor.data
            if tensor.datatype == plain.get(name) and tensor.shape == [len(data)]:
                columns[name] = data
                sent += 1
            elif self._holds_all(tensor):
                columns |= tensors.matrix(tensor, self._signature.names)
                sent += self._width
            else:
                columns[name] = tensors.column(tensor, self._datatypes.get(name))
                sent += 1
        if len(columns) < sent:
            raise self._twice(request)
        for name in self._signature.key:
            if isinstance(columns.get(name), np.ndarray):
                columns[name] = columns[name].tolist()
        return columns

    def reply(self, request: InferenceRequest, answer: Answer) -> Reply:
        """What answers `request`: JSON, followed by the outputs that are wanted as bytes."""
        outputs: list[_Output] = []
        parts: list[bytes] = []
        for name in self._outputs:
            wanted = request.outputs
            if wanted is not None and name not in wanted:
                continue
            content = None
            if request.is_binary if wanted is None else wanted[name]:
                content = self._bytes(name, answer.scores)
                parts.append(content)
            outputs.append(self._output(name, answer.scores, content))
        warnings = {"warnings": answer.warnings} if answer.warnings else None
        body = _encode(_Response(self._name, self._number, outputs, request.id, warnings))
        if not parts:
            return Reply(200, body)
        length = (inference.HEADER_LENGTH, b"%d" % len(body))
        return Reply(200, b"".join((body, *parts)), (length,), content_type=OCTETS)

    def _holds_all(self, tensor: Tensor) -> bool:
        """Whether a tensor holds every input, side by side."""
        return (
            self._is_matrix
            and len(tensor.shape) == 2
            and tensor.shape[1] == self._width
            and tensor.shape[0] >= 0
            and (self._width > 1 or tensor.name not in self._datatypes)
        )

    def _check_outputs(self, request: InferenceRequest) -> None:
        unknown = sorted(set(request.outputs or ()).difference(self._outputs))
        if unknown:
            known = ", ".join(sorted(self._outputs))
            raise Refused(400, f"The model has no output '{unknown[0]}'. It has: {known}.")

    def _twice(self, request: InferenceRequest) -> Refused:
        names: list[str] = []
        for tensor in request.inputs:
            names += self._signature.names if self._holds_all(tensor) else (tensor.name,)
        return Refused(400, f"Input '{twice(names)}' is given twice.")

    def _output(self, name: str, scores: NDArray[np.float64], content: bytes | None) -> _Output:
        rows = len(scores)
        shape = [rows, len(self._signature.classes)] if name == "probabilities" else [rows]
        datatype = "BYTES" if name == "label" else "FP64"
        if content is not None:
            size = {"binary_data_size": len(content)}
            return _Output(name, shape, datatype, parameters=size)
        return _Output(name, shape, datatype, self._values(name, scores))

    def _values(self, name: str, scores: NDArray[np.float64]) -> list[Any]:
        if name == "label":
            return labels(self._signature, scores)
        if name == "probabilities":
            return list(chain.from_iterable(probabilities(scores)))
        return list(scores.tolist())

    def _bytes(self, name: str, scores: NDArray[np.float64]) -> bytes:
        if name == "label":
            codes = parity.labels(scores).tolist()
            return b"".join([self._label_bytes[code] for code in codes])
        if name == "probabilities" and scores.ndim == 1:
            scores = np.stack((1.0 - scores, scores), axis=1)
        return scores.astype("<f8", copy=False).tobytes()
