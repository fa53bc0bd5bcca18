"""What was answered, as the endpoint hands it over, and as lines of a segment."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from typing import Any

import msgspec
import numpy as np
import orjson
from numpy.typing import NDArray

LINE_BYTES = 8 * 1024 * 1024  # DuckDB refuses a file with a line of more than 16 MB

_AS_THEY_ARE = (np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_))
"""Types whose values are written with the same digits as those of a list."""

LoggedColumns = Mapping[str, Sequence[Any] | NDArray[Any]]
"""Lists, tuples or arrays of texts, numbers, booleans and nulls, by column."""


class LoggedBatch(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Requests that one version answered together: one of 10,000 rows, or 64 of one row."""

    model: str
    version: int
    role: str = "answer"
    """answer, or shadow: nobody was shown it."""
    requests: Sequence[str]
    """The requests' ids; these five have one value a request."""
    at: Sequence[int]
    """When they came, in microseconds since 1970."""
    rows: Sequence[int]
    """How many rows each asked about."""
    latency_us: Sequence[int]
    callers: Sequence[str]
    """Whose API key it was; empty where none was asked for."""
    key: LoggedColumns
    """Columns that name the rows, one value a row; empty when the callers sent none."""
    inputs: LoggedColumns
    scores: NDArray[np.float64]
    """Shape (rows,), or (rows, classes) for more than two classes."""


class _Request(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The line of one request; field for field what stands in the file."""

    at: int
    request: str
    model: str
    version: int
    rows: int
    latency_us: int
    key: dict[str, Any]
    inputs: dict[str, Any]
    scores: Any
    role: str = "answer"
    caller: str = ""
    first_row: int = 0
    """Of the request, where it is too long for one line."""


class _Requests(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The line of several requests of one row each."""

    model: str
    version: int
    requests: Sequence[str]
    times: Sequence[int]
    latencies_us: Sequence[int]
    key: dict[str, Any]
    inputs: dict[str, Any]
    scores: Any
    role: str = "answer"
    callers: Sequence[str] | None = None
    """None: nobody is named."""


def _written(values: Any) -> Any:
    if isinstance(values, np.ndarray):
        if values.dtype in _AS_THEY_ARE:
            # Half the time of a list's: with 1,000 rows in a request, this is most of what the log costs.
            written = orjson.dumps(np.ascontiguousarray(values), option=orjson.OPT_SERIALIZE_NUMPY)
            return msgspec.Raw(written)
        return values.tolist()
    if isinstance(values, np.generic):
        return values.item()
    raise TypeError(f"{type(values).__name__} has no place in the prediction log")


_encode_lines = msgspec.json.Encoder(enc_hook=_written).encode_lines


def _line(content: _Request | _Requests) -> bytes:
    # Of several hundred kilobytes, one that is ended afterwards would be copied.
    return _encode_lines((content,))


def without(columns: LoggedColumns, excluded: frozenset[str]) -> LoggedColumns:
    """`columns` but those that are not kept."""
    if excluded.isdisjoint(columns):
        return columns
    return {name: values for name, values in columns.items() if name not in excluded}


def sampled(batch: LoggedBatch, share: float) -> LoggedBatch | None:
    """About this share of the requests, always the same by their ids; None: none of them."""
    limit = share * 2**32
    kept = [_hash(request) < limit for request in batch.requests]
    if all(kept):
        return batch
    if not any(kept):
        return None
    rows = np.repeat(kept, batch.rows)
    return msgspec.structs.replace(
        batch,
        requests=list(compress(batch.requests, kept)),
        at=list(compress(batch.at, kept)),
        rows=list(compress(batch.rows, kept)),
        latency_us=list(compress(batch.latency_us, kept)),
        callers=list(compress(batch.callers, kept)),
        key=_compressed(batch.key, rows),
        inputs=_compressed(batch.inputs, rows),
        scores=batch.scores[rows],
    )


def lines_of(batch: LoggedBatch) -> tuple[bytes, int]:
    """The lines of `batch`, and how many of its rows are too long for any line."""
    requests = len(batch.requests)
    if not requests:
        return b"", 0
    if requests == 1:
        return _request_line(batch)
    if requests == len(batch.scores) and _is_ones(batch.rows):
        return _requests_line(batch)
    parts = [lines_of(part) for part in _alike(batch)]
    return b"".join(line for line, _ in parts), sum(dropped for _, dropped in parts)


def _request_line(batch: LoggedBatch, first_row: int = 0) -> tuple[bytes, int]:
    """The line of one request; one too long becomes two, of half the rows each."""
    rows = len(batch.scores)
    line = _line(
        _Request(
            at=batch.at[0],
            request=batch.requests[0],
            model=batch.model,
            version=batch.version,
            rows=rows,
            latency_us=batch.latency_us[0],
            key=_plain(batch.key),
            inputs=_plain(batch.inputs),
            scores=batch.scores,
            role=batch.role,
            caller=batch.callers[0],
            first_row=first_row,
        )
    )
    if len(line) <= LINE_BYTES:
        return line, 0
    if rows <= 1:
        return b"", rows
    half = rows // 2
    first, first_dropped = _request_line(_rows_of(batch, 0, half), first_row)
    second, second_dropped = _request_line(_rows_of(batch, half, rows), first_row + half)
    return first + second, first_dropped + second_dropped


def _requests_line(batch: LoggedBatch) -> tuple[bytes, int]:
    line = _line(
        _Requests(
            model=batch.model,
            version=batch.version,
            requests=batch.requests,
            times=batch.at,
            latencies_us=batch.latency_us,
            key=_plain(batch.key),
            inputs=_plain(batch.inputs),
            scores=batch.scores,
            role=batch.role,
            callers=batch.callers if any(batch.callers) else None,
        )
    )
    if len(line) <= LINE_BYTES:
        return line, 0
    half = len(batch.requests) // 2
    parts = [
        lines_of(_requests_of(batch, start, end, rows=(start, end)))
        for start, end in ((0, half), (half, len(batch.requests)))
    ]
    return b"".join(part for part, _ in parts), sum(dropped for _, dropped in parts)


def _alike(batch: LoggedBatch) -> Iterator[LoggedBatch]:
    """`batch` in parts that are one request, or requests of one row each."""
    start = row = 0
    while start < len(batch.requests):
        end = start + 1
        while end < len(batch.requests) and batch.rows[end - 1] == batch.rows[end] == 1:
            end += 1
        rows = sum(batch.rows[start:end])
        yield _requests_of(batch, start, end, rows=(row, row + rows))
        start, row = end, row + rows


def _requests_of(batch: LoggedBatch, start: int, end: int, *, rows: tuple[int, int]) -> LoggedBatch:
    return msgspec.structs.replace(
        _rows_of(batch, *rows),
        requests=batch.requests[start:end],
        at=batch.at[start:end],
        rows=batch.rows[start:end],
        latency_us=batch.latency_us[start:end],
        callers=batch.callers[start:end],
    )


def _rows_of(batch: LoggedBatch, start: int, end: int) -> LoggedBatch:
    return msgspec.structs.replace(
        batch,
        key={name: values[start:end] for name, values in batch.key.items()},
        inputs={name: values[start:end] for name, values in batch.inputs.items()},
        scores=batch.scores[start:end],
    )


def _compressed(columns: LoggedColumns, rows: NDArray[np.bool_]) -> LoggedColumns:
    return {
        name: values[rows] if isinstance(values, np.ndarray) else list(compress(values, rows))
        for name, values in columns.items()
    }


def _plain(columns: LoggedColumns) -> dict[str, Any]:
    return columns if type(columns) is dict else dict(columns)


def _is_ones(rows: Sequence[int]) -> bool:
    return rows.count(1) == len(rows)


def _hash(request: str) -> int:
    # The checksums of ids that only count up lie side by side; an odd factor strews them.
    return zlib.crc32(request.encode(errors="replace")) * 2654435761 & 0xFFFFFFFF
