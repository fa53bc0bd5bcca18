"""Answered batches that are put together, so that another version is asked about all of them at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any

import msgspec
import numpy as np

from storage.predictions import LoggedBatch


def is_like(one: LoggedBatch, other: LoggedBatch) -> bool:
    """Whether two batches can be one: of one version, with the same columns, as lists."""
    return (
        (one.version, one.role) == (other.version, other.role)
        and one.inputs.keys() == other.inputs.keys()
        and one.key.keys() == other.key.keys()
        and _is_plain(one)
        and _is_plain(other)
    )


def joined(batches: Sequence[LoggedBatch]) -> LoggedBatch:
    """Batches that are all alike, at least one, as one."""
    first = batches[0]
    if len(batches) == 1:
        return first
    return msgspec.structs.replace(
        first,
        requests=_chained(batches, lambda batch: batch.requests),
        at=_chained(batches, lambda batch: batch.at),
        rows=_chained(batches, lambda batch: batch.rows),
        latency_us=_chained(batches, lambda batch: batch.latency_us),
        callers=_chained(batches, lambda batch: batch.callers),
        key=_columns([batch.key for batch in batches]),
        inputs=_columns([batch.inputs for batch in batches]),
        scores=np.concatenate([batch.scores for batch in batches]),
    )


def _is_plain(batch: LoggedBatch) -> bool:
    # Arrays come from callers that send many rows at once: they need no company.
    columns = chain(batch.inputs.values(), batch.key.values())
    return not any(isinstance(values, np.ndarray) for values in columns)


def _chained(batches: Sequence[LoggedBatch], of: Callable[[LoggedBatch], Sequence[Any]]) -> Any:
    return list(chain.from_iterable(map(of, batches)))


def _columns(parts: Sequence[Mapping[str, Any]]) -> dict[str, Sequence[Any]]:
    return {name: list(chain.from_iterable(part[name] for part in parts)) for name in parts[0]}
