"""The newest of what was logged, from the ends of segments: little is read, however large they are."""

from __future__ import annotations

import heapq
import math
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.appended.segments import segments_in
from storage.predictions.batches import LINE_BYTES
from storage.records.predictions import AnsweredRequest
from storage.tables import EPOCH

CHUNK_BYTES = 64 * 1024
MOST_BYTES = 4 * 1024 * 1024
"""Of one segment, for requests."""
MOST_SCORES_BYTES = 16 * 1024 * 1024
"""Of all segments of a model, for scores."""

VersionRole = tuple[int, str]
"""A version's number, and what it answered as."""


class _Line(msgspec.Struct, frozen=True, gc=False):
    """A line of either kind; columns are passed over until they are asked for."""

    model: str
    version: int
    scores: list[float | list[float | None] | None]
    key: msgspec.Raw = msgspec.Raw(b"{}")
    inputs: msgspec.Raw = msgspec.Raw(b"{}")
    role: str = "answer"
    at: int = 0
    request: str = ""
    rows: int = 0
    latency_us: int = 0
    caller: str = ""
    requests: list[str] | None = None
    times: list[int] = []
    latencies_us: list[int] = []
    callers: list[str] | None = None


_decode = msgspec.json.Decoder(_Line).decode
_columns = msgspec.json.Decoder(dict[str, list[Any]]).decode


def recent(
    folders: Iterable[Path], *, limit: int, since: datetime | None = None
) -> list[AnsweredRequest]:
    """The newest requests whose rows are in segments, newest first.

    Args:
        folders: Of the models, each with its segments.
        limit: How many at most.
        since: Only those that came at or after this time; None: all.
    """
    since_us = -1 if since is None else (since - EPOCH) // timedelta(microseconds=1)
    newest: list[tuple[int, int, AnsweredRequest]] = []
    for written_us, path in _newest_first(folders):
        oldest_us = newest[0][0] if len(newest) == limit else since_us
        if written_us < oldest_us:
            break
        for number, (at_us, one) in enumerate(_requests(path, since_us=oldest_us)):
            if number == limit:
                break
            entry = (at_us, len(newest) + number, one)
            if len(newest) < limit:
                heapq.heappush(newest, entry)
            else:
                heapq.heappushpop(newest, entry)
    return [one for *_, one in sorted(newest, key=lambda entry: entry[0], reverse=True)]


def recent_scores(folder: Path, *, rows: int) -> dict[VersionRole, NDArray[np.float64]]:
    """Scores of about the newest rows of a model, by version and role.

    Args:
        folder: Of the model.
        rows: How many of them at most, of all versions together.

    Returns:
        Per version and role shape (rows,), or (rows, classes); newest first.
    """
    found: dict[VersionRole, list[NDArray[np.float64]]] = defaultdict(list)
    budget = MOST_SCORES_BYTES
    for _, path in _newest_first([folder]):
        for text in _lines_backwards(path, budget):
            budget -= len(text)
            line = _decoded(text)
            if line is None:
                continue
            scores = np.array(line.scores, np.float64)[::-1][:rows]
            found[line.version, line.role].append(scores)
            rows -= len(scores)
            if rows <= 0 or budget <= 0:
                break
        if rows <= 0 or budget <= 0:
            break
    return {of: np.concatenate(parts) for of, parts in found.items()}


def _newest_first(folders: Iterable[Path]) -> Iterator[tuple[int, Path]]:
    """Segments and when they were written to last, in microseconds since 1970."""
    found = []
    for folder in folders:
        for path in segments_in(folder):
            try:
                found.append((path.stat().st_mtime_ns // 1000, path))
            except FileNotFoundError:
                continue  # sealed meanwhile
    return iter(sorted(found, reverse=True))


def _requests(path: Path, *, since_us: int) -> Iterator[tuple[int, AnsweredRequest]]:
    """The requests of a segment, newest first, down to those before a moment."""
    for text in _lines_backwards(path, MOST_BYTES):
        line = _decoded(text)
        if line is None:
            continue
        several = list(_of_line(line))
        yield from ((at_us, one) for at_us, one in several if at_us >= since_us)
        if all(at_us < since_us for at_us, _ in several):
            return


def _of_line(line: _Line) -> Iterator[tuple[int, AnsweredRequest]]:
    """The requests of a line, from the last one."""
    several = line.requests is not None
    requests = line.requests if line.requests is not None else [line.request]
    callers = (line.callers or [""] * len(requests)) if several else [line.caller]
    times = line.times if several else [line.at]
    latencies_us = line.latencies_us if several else [line.latency_us]
    columns = {**_columns(line.inputs), **_columns(line.key)}
    for place in reversed(range(min(len(requests), len(line.scores)))):
        scores = line.scores[place]
        yield (
            times[place],
            AnsweredRequest(
                at=EPOCH + timedelta(microseconds=times[place]),
                request=requests[place],
                model=line.model,
                version=line.version,
                role=line.role,
                rows=1 if several else line.rows,
                latency_us=latencies_us[place],
                sent={
                    name: values[place] for name, values in columns.items() if len(values) > place
                },
                caller=callers[place],
                scores=tuple(
                    math.nan if one is None else one
                    for one in (scores if isinstance(scores, list) else [scores])
                ),
            ),
        )


def _decoded(text: bytes) -> _Line | None:
    """A line; None: it is torn."""
    try:
        return _decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _lines_backwards(path: Path, most_bytes: int) -> Iterator[bytes]:
    """The lines of a growing file from its end, but for what follows the last newline.

    Args:
        path: The file.
        most_bytes: After so many bytes no further line is begun.
    """
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        place = os.fstat(file).st_size
        begun, chunk, read = b"", CHUNK_BYTES, 0
        is_end = is_first = True
        while place > 0 and read < (2 * LINE_BYTES if is_first else most_bytes):
            size = min(chunk, place)
            place -= size
            read += size
            chunk *= 2
            begun, *lines = (os.pread(file, size, place) + begun).split(b"\n")
            if is_end and lines:
                lines.pop()  # what is being written, or never was to its end
                is_end = False
            is_first = is_first and not lines
            yield from reversed(lines)
        if place == 0 and not is_end:
            yield begun
    finally:
        os.close(file)
