"""Lanes: decoders of single rows, each compiled for one signature and one way of laying out a body.

Names, order, types and shapes are checked while the JSON is read. What a lane does not take it leaves
to the long way, which answers or explains: a lane never refuses.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from types import GenericAlias
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, DecodeError, Meta, UnsetType, defstruct

from workbench.http.wire.column_types import ColumnTypes

MOST = 16
"""Layouts of one form that are compiled for a version; others go the long way."""

Row = tuple[Sequence[Any], str | None]
"""The values of all inputs in their order, then those of the key columns sent along; and the id."""
Layout = tuple[Any, ...]
"""What two bodies have in common when the same decoder reads both."""

_Id = Annotated[str, Meta(max_length=128)] | None
_NOT_JSON = (DecodeError, UnicodeDecodeError, RecursionError)


class Lane:
    """Reads single rows of one layout."""

    __slots__ = ("_decode", "_values", "key_only")

    def __init__(
        self,
        request: type[Any],
        values: Callable[[Any], Sequence[Any]],
        key_only: tuple[str, ...],
    ) -> None:
        self._decode = msgspec.json.Decoder(request).decode
        self._values = values
        self.key_only = key_only
        """The key columns whose values follow those of the inputs."""

    def row(self, body: bytes) -> Row | None:
        """The row that `body` holds; None: it is not of this lane."""
        try:
            request = self._decode(body)
        except _NOT_JSON:
            return None
        return self._values(request), request.id


class Lanes:
    """The lanes of one form into what one signature takes, compiled as bodies of a new layout come."""

    def __init__(
        self,
        layout_of: Callable[[bytes], Layout | None],
        compiled: Callable[[ColumnTypes, Layout], Lane | None],
        types: ColumnTypes,
    ) -> None:
        self._layout_of = layout_of
        self._compiled = compiled
        self._types = types
        self._lanes: dict[Layout, Lane | None] = {}

    def find(self, body: bytes) -> Lane | None:
        """The lane for bodies that are laid out as this one; None: there is none."""
        layout = self._layout_of(body)
        if layout is None:
            return None
        if layout not in self._lanes and len(self._lanes) < MOST:
            try:
                self._lanes[layout] = self._compiled(self._types, layout)
            except ValueError:
                # A column's name has a character that no field of a struct may have.
                self._lanes[layout] = None
        return self._lanes.get(layout)


def v2_lanes(types: ColumnTypes) -> Lanes:
    """Lanes of the Open Inference Protocol."""
    return Lanes(_tensors_of, _tensor_lane, types)


def friendly_lanes(types: ColumnTypes) -> Lanes:
    """Lanes of the friendly form."""
    return Lanes(_row_of, _row_lane, types)


class _Row(msgspec.Struct):
    rows: tuple[dict[str, msgspec.Raw]] | UnsetType = UNSET
    row: dict[str, msgspec.Raw] | UnsetType = UNSET


_row_decoder = msgspec.json.Decoder(_Row)


def _row_of(body: bytes) -> Layout | None:
    try:
        found = _row_decoder.decode(body)
    except _NOT_JSON:
        return None
    if found.rows is not UNSET:
        return "rows", frozenset(found.rows[0])
    return None if found.row is UNSET else ("row", frozenset(found.row))


def _row_lane(types: ColumnTypes, layout: Layout) -> Lane | None:
    where, names = layout
    key_only = tuple(name for name in types.key_only if name in names)
    columns = (*types.names, *key_only)
    if names != set(columns):
        return None
    fields = {f"f{at}": name for at, name in enumerate(columns)}
    row = defstruct(
        "Row",
        [(field, types.in_json(name)) for field, name in fields.items()],
        rename=fields,
        forbid_unknown_fields=True,
        gc=False,
    )
    sent = _tuple_of(row) if where == "rows" else row
    others = [(name, None, None) for name in ("rows", "row", "columns") if name != where]
    request = defstruct("Request", [(where, sent), *others], namespace={"id": None}, gc=False)
    values = msgspec.structs.astuple
    if where == "rows":
        return Lane(request, lambda asked: values(asked.rows[0]), key_only)
    return Lane(request, lambda asked: values(asked.row), key_only)


class _Tensor(msgspec.Struct):
    name: str
    datatype: str
    shape: Annotated[tuple[int, ...], Meta(min_length=1, max_length=2)]
    data: msgspec.Raw


class _Tensors(msgspec.Struct):
    inputs: list[_Tensor]


_tensor_decoder = msgspec.json.Decoder(_Tensors)


def _tensors_of(body: bytes) -> Layout | None:
    try:
        inputs = _tensor_decoder.decode(body).inputs
    except _NOT_JSON:
        return None
    return tuple((one.name, one.datatype, one.shape, _is_nested(one.data)) for one in inputs)


def _is_nested(data: msgspec.Raw) -> bool:
    return bytes(data)[1:].lstrip()[:1] == b"["


def _tensor_lane(types: ColumnTypes, layout: Layout) -> Lane | None:
    names = [name for name, *_ in layout]
    width = len(types.names)
    wide = [at for at, (_, _, shape, _) in enumerate(layout) if shape == (1, width)]
    if wide and (width > 1 or names[wide[0]] not in {*types.names, *types.key_only}):
        return _matrix_lane(types, layout, wide[0])
    key_only = tuple(name for name in types.key_only if name in names)
    columns = (*types.names, *key_only)
    tensors = [_column(types, one) for one in layout]
    if sorted(names) != sorted(columns) or None in tensors:
        return None
    places = [names.index(name) for name in columns]
    nested = frozenset(at for at, (*_, is_nested) in enumerate(layout) if is_nested)
    return Lane(_request(tensors), _column_values(places, nested), key_only)


def _column_values(places: list[int], nested: frozenset[int]) -> Callable[[Any], Sequence[Any]]:
    in_order = None if places == sorted(places) else itemgetter(*places)

    def flat(asked: Any) -> Sequence[Any]:
        return [tensor.data[0] for tensor in asked.inputs]

    def by_row(asked: Any) -> Sequence[Any]:
        data = [tensor.data[0] for tensor in asked.inputs]
        return [one[0] if at in nested else one for at, one in enumerate(data)]

    sent = by_row if nested else flat
    return sent if in_order is None else lambda asked: in_order(sent(asked))


def _matrix_lane(types: ColumnTypes, layout: Layout, wide: int) -> Lane | None:
    """The lane of one tensor that holds every input, with key columns beside it."""
    name, datatype, shape, is_nested = layout[wide]
    beside = [one for at, one in enumerate(layout) if at != wide]
    key_only = tuple(one[0] for one in beside)
    values = [types.in_tensor(column, datatype) for column in types.names]
    tensors = [_column(types, one) for one in beside]
    if any(types.texts) or None in values or None in tensors or len(set(key_only)) < len(beside):
        return None
    if not set(key_only) <= set(types.key_only):
        return None
    row = _tuple_of(*values)
    data = _tuple_of(row) if is_nested else row
    tensors.insert(wide, _tensor(name, datatype, shape, data))

    def sent(asked: Any) -> Sequence[Any]:
        data = asked.inputs[wide].data
        row = data[0] if is_nested else data
        keys = [one.data[0] for at, one in enumerate(asked.inputs) if at != wide]
        return (*row, *keys) if keys else row

    is_plain = not any(nested for *_, nested in beside)
    return Lane(_request(tensors), sent, key_only) if is_plain else None


def _column(types: ColumnTypes, tensor: tuple[str, str, tuple[int, ...], bool]) -> Any:
    name, datatype, shape, is_nested = tensor
    value = types.in_tensor(name, datatype)
    if value is None or shape not in {(1,), (1, 1)} or (is_nested and shape == (1,)):
        return None
    data = _tuple_of(value)
    return _tensor(name, datatype, shape, _tuple_of(data) if is_nested else data)


def _tensor(name: str, datatype: str, shape: tuple[int, ...], data: Any) -> Any:
    lengths = _tuple_of(*(Literal[length] for length in shape))
    return defstruct(
        "Tensor",
        [
            ("name", Literal[name]),
            ("datatype", Literal[datatype]),
            ("shape", lengths),
            ("data", data),
            ("parameters", None, None),
        ],
        gc=False,
    )


def _request(tensors: Sequence[Any]) -> type[Any]:
    # Outputs that are chosen and parameters of any kind are for the long way.
    return defstruct(
        "Request",
        [
            ("inputs", _tuple_of(*tensors)),
            ("id", _Id, None),
            ("outputs", None, None),
            ("parameters", None, None),
        ],
        gc=False,
    )


def _tuple_of(*types: Any) -> GenericAlias:
    """The type of a list in JSON that holds one value of each of `types`."""
    return GenericAlias(tuple, types)
