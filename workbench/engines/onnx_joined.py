"""A graph that first joins its number columns, as one that takes them joined.

onnxruntime spends half a microsecond on each input of a call, several times what a row of a small model
takes. The graph is cut on the wire, without the onnx package, which an endpoint does not load.

Source: onnx.proto, for the numbers of the fields; protobuf's encoding guide, for the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_GRAPH = 7
_NODE, _INPUT = 1, 11
_NODE_INPUT, _NODE_OUTPUT, _NODE_KIND, _NODE_ATTRIBUTE = 1, 2, 4, 5
_ATTRIBUTE_INTEGER, _ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS = 3, 6, 11
_ATTRIBUTE_LISTS = frozenset({7, 8, 9})
"""Numbers or texts: an attribute of these holds no graph, and may hold millions of them."""
_VALUE_NAME, _VALUE_TYPE = 1, 2
_TYPE_TENSOR = 1
_TENSOR_KIND, _TENSOR_SHAPE = 1, 2
_SHAPE_DIMENSION = 1
_DIMENSION_LENGTH = 1
_DOUBLE = 11
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_Field = tuple[int, bytes, bytes]
"""Its number, its content where it has a length, and the whole of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A graph that takes some of its columns as one matrix."""

    model: bytes
    matrix: str
    """The name of the input (n, columns), double."""
    columns: tuple[str, ...]
    """The inputs it stands for, in their order."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a graph."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def nodes_of(model: bytes) -> tuple[Node, ...]:
    """The nodes of a graph in their order, without those of inner graphs."""
    return tuple(
        Node(_text(one, _NODE_KIND), _texts(one, _NODE_INPUT), _texts(one, _NODE_OUTPUT))
        for one in _contents(_content(model, _GRAPH), _NODE)
    )


def joined(model: bytes) -> Joined | None:
    """The same model with joined number columns; None where it does not begin by joining any."""
    fields = list(_fields(model))
    graph = list(_fields(_content(model, _GRAPH)))
    inputs = {_text(value, _VALUE_NAME): value for number, value, _ in graph if number == _INPUT}
    nodes = [value for number, value, _ in graph if number == _NODE]
    join = next((node for node in nodes if _is_join(node, inputs)), None)
    if join is None:
        return None
    columns = _texts(join, _NODE_INPUT)
    read = [name for node in nodes for name in _read_by(node)]
    if any(read.count(name) > 1 for name in columns):
        return None
    matrix = _text(join, _NODE_OUTPUT)
    kept = [
        whole
        for number, value, whole in graph
        if value is not join and not (number == _INPUT and _text(value, _VALUE_NAME) in columns)
    ]
    smaller = b"".join([*kept, _of_length(_INPUT, _matrix(matrix, len(columns)))])
    rest = [whole for number, _, whole in fields if number != _GRAPH]
    return Joined(
        model=b"".join([*rest, _of_length(_GRAPH, smaller)]), matrix=matrix, columns=columns
    )


def _is_join(node: bytes, inputs: dict[str, bytes]) -> bool:
    columns = _texts(node, _NODE_INPUT)
    return (
        _text(node, _NODE_KIND) == "Concat"
        # Its one attribute is the axis.
        and [_numbers(one, _ATTRIBUTE_INTEGER) for one in _contents(node, _NODE_ATTRIBUTE)] == [[1]]
        and len(set(columns)) == len(columns) > 1
        and all(name in inputs and _is_double_column(inputs[name]) for name in columns)
    )


def _is_double_column(value: bytes) -> bool:
    """Whether an input is a double of shape (any, 1)."""
    tensor = _content(_content(value, _VALUE_TYPE), _TYPE_TENSOR)
    dimensions = _contents(_content(tensor, _TENSOR_SHAPE), _SHAPE_DIMENSION)
    return (
        _numbers(tensor, _TENSOR_KIND) == [_DOUBLE]
        and len(dimensions) == 2
        and _numbers(dimensions[1], _DIMENSION_LENGTH) == [1]
    )


def _matrix(name: str, width: int) -> bytes:
    """An input of that name, a double of shape (any, width)."""
    rows, columns = b"", _number(_DIMENSION_LENGTH, width)
    shape = _of_length(_SHAPE_DIMENSION, rows) + _of_length(_SHAPE_DIMENSION, columns)
    tensor = _number(_TENSOR_KIND, _DOUBLE) + _of_length(_TENSOR_SHAPE, shape)
    kind = _of_length(_VALUE_TYPE, _of_length(_TYPE_TENSOR, tensor))
    return _of_length(_VALUE_NAME, name.encode()) + kind


def _read_by(node: bytes) -> Iterator[str]:
    """The values a node takes, and those its inner graphs take from outside."""
    yield from _texts(node, _NODE_INPUT)
    for attribute in _contents(node, _NODE_ATTRIBUTE):
        for graph in _graphs(attribute):
            for inner in _contents(graph, _NODE):
                yield from _read_by(inner)


def _graphs(attribute: bytes) -> Iterator[bytes]:
    for number, content, _ in _fields(attribute):
        if number in _ATTRIBUTE_LISTS:
            return
        if number in {_ATTRIBUTE_GRAPH, _ATTRIBUTE_GRAPHS}:
            yield content


def _fields(message: bytes) -> Iterator[_Field]:
    """All fields of a message; what has no length has no content here."""
    at = 0
    while at < len(message):
        key, end = _varint(message, at)
        content = b""
        if key & 7 == _BYTES:
            length, start = _varint(message, end)
            end = start + length
            content = message[start:end]
        elif key & 7 == _VARINT:
            _, end = _varint(message, end)
        else:
            end += {_FIXED64: 8, _FIXED32: 4}[key & 7]
        yield key >> 3, content, message[at:end]
        at = end


def _contents(message: bytes, number: int) -> list[bytes]:
    return [content for found, content, _ in _fields(message) if found == number]


def _content(message: bytes, number: int) -> bytes:
    """The last of that number, which is the one that counts; empty where there is none."""
    return (_contents(message, number) or [b""])[-1]


def _texts(message: bytes, number: int) -> tuple[str, ...]:
    return tuple(content.decode() for content in _contents(message, number))


def _text(message: bytes, number: int) -> str:
    return _content(message, number).decode()


def _numbers(message: bytes, number: int) -> list[int]:
    return [
        _varint(whole, _varint(whole, 0)[1])[0]
        for found, _, whole in _fields(message)
        if found == number
    ]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """A number of variable length, and where it ends."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _as_varint(value: int) -> bytes:
    found = bytearray()
    while value >= 0x80:
        found.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*found, value])


def _number(field: int, value: int) -> bytes:
    return _as_varint(field << 3 | _VARINT) + _as_varint(value)


def _of_length(field: int, content: bytes) -> bytes:
    return _as_varint(field << 3 | _BYTES) + _as_varint(len(content)) + content
