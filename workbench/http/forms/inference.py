"""An inference request of the protocol, read: JSON, and the bytes of the tensors that follow it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from workbench.http.forms import binary
from workbench.http.forms.form import Asked, decoded
from workbench.http.forms.tensors import Tensor
from workbench.http.replies import Refused

HEADER_LENGTH = b"inference-header-content-length"
"""The header that says how many bytes of a body are JSON; tensors follow."""


class InferenceRequest(msgspec.Struct, frozen=True, gc=False):
    """What is asked, whichever version of the model is to answer."""

    inputs: Sequence[Tensor]
    id: str | None
    """The caller's id, to be echoed."""
    outputs: Mapping[str, bool] | None
    """Names of the outputs that are wanted, and whether as bytes; None: all."""
    is_binary: bool
    """Whether outputs that are not named are wanted as bytes."""


class _InputParameters(msgspec.Struct, frozen=True, gc=False):
    binary_data_size: int | None = None
    shared_memory_region: Any = None


class _Input(msgspec.Struct, frozen=True, gc=False):
    name: str
    shape: list[int]
    datatype: str
    data: list[Any] | None = None
    parameters: _InputParameters | None = None


class _OutputParameters(msgspec.Struct, frozen=True, gc=False):
    binary_data: bool | None = None
    classification: Any = None
    shared_memory_region: Any = None


class _Output(msgspec.Struct, frozen=True, gc=False):
    name: str
    parameters: _OutputParameters | None = None


class _Parameters(msgspec.Struct, frozen=True, gc=False):
    binary_data_output: bool = False


class _Request(msgspec.Struct, frozen=True, gc=False):
    inputs: list[_Input]
    id: str | None = None
    outputs: list[_Output] | None = None
    parameters: _Parameters | None = None


_decoder = msgspec.json.Decoder(_Request)


def read(asked: Asked, *, most_lists: int) -> InferenceRequest:
    """The inference request that `asked` holds, with no more than so many lists and objects.

    Raises:
        Refused: It holds none, or the bytes are not those its JSON speaks of.
    """
    length = asked.headers.get(HEADER_LENGTH)
    if length is None:
        request = decoded(_decoder, asked.body, most_lists=most_lists)
        inputs = [_in_json(one) for one in request.inputs]
    else:
        head, content = _parted(asked.body, length)
        request = decoded(_decoder, head, most_lists=most_lists)
        inputs = _with_bytes(request.inputs, content)
    is_binary = request.parameters is not None and request.parameters.binary_data_output
    return InferenceRequest(inputs, request.id, _outputs(request, is_binary), is_binary)


def _parted(body: bytes, length: bytes) -> tuple[bytes, memoryview]:
    if not length.isdigit() or len(length) > 12 or not 0 < int(length) <= len(body):
        shown = length.decode("latin-1")[:40]
        raise Refused(
            400,
            f"Inference-Header-Content-Length is '{shown}'; allowed is how many of the "
            f"{len(body)} bytes of the body are JSON.",
        )
    return body[: int(length)], memoryview(body)[int(length) :]


def _with_bytes(inputs: Sequence[_Input], content: memoryview) -> list[Tensor]:
    sizes = [(one.name, size) for one in inputs if (size := _binary_size(one)) is not None]
    parts = iter(binary.slices(sizes, content))
    return [
        _in_json(one)
        if _binary_size(one) is None
        else Tensor(
            one.name,
            one.shape,
            one.datatype,
            binary.values(one.name, one.datatype, one.shape, next(parts)),
        )
        for one in inputs
    ]


def _binary_size(one: _Input) -> int | None:
    size = None if one.parameters is None else one.parameters.binary_data_size
    if size is not None and one.data is not None:
        raise Refused(400, f"Input '{one.name}' has both data and a binary_data_size; send one.")
    return size


def _in_json(one: _Input) -> Tensor:
    parameters = one.parameters
    if parameters is not None:
        if parameters.shared_memory_region is not None:
            raise _shared_memory("Input", one.name)
        if parameters.binary_data_size is not None:
            raise Refused(
                400,
                f"Input '{one.name}' has a binary_data_size, but the request has no header "
                "Inference-Header-Content-Length, which says how many bytes its JSON has.",
            )
    if one.data is None:
        raise Refused(400, f"Input '{one.name}' has no data; send its values as a list.")
    return Tensor(one.name, one.shape, one.datatype, one.data)


def _outputs(request: _Request, is_binary: bool) -> Mapping[str, bool] | None:  # noqa: FBT001
    if not request.outputs:
        return None
    wanted: dict[str, bool] = {}
    for output in request.outputs:
        as_bytes = None
        if output.parameters is not None:
            as_bytes = output.parameters.binary_data
            _check_output(output.name, output.parameters)
        wanted[output.name] = is_binary if as_bytes is None else as_bytes
    return wanted


def _check_output(name: str, parameters: _OutputParameters) -> None:
    if parameters.shared_memory_region is not None:
        raise _shared_memory("Output", name)
    if parameters.classification:
        raise Refused(
            400,
            f"Output '{name}' is asked for as a classification, which is not offered. "
            "The output 'label' names each row's class.",
        )


def _shared_memory(what: str, name: str) -> Refused:
    return Refused(
        400, f"{what} '{name}' is in shared memory, which is not offered; send it in the body."
    )
