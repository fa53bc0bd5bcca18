"""Batches for tests of the prediction log, and logs made of them."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from storage.predictions import LoggedBatch, LogRules, Writer

T0 = int(datetime(2013, 4, 1, tzinfo=UTC).timestamp() * 1_000_000)

_IDS = itertools.count()


def batch(
    key: Mapping[str, Sequence[Any]],
    scores: Any,
    *,
    at: int | Sequence[int] = T0,
    rows: Sequence[int] | None = None,
    inputs: Mapping[str, Sequence[Any]] | None = None,
    **others: Any,
) -> LoggedBatch:
    """What one version answered: one request, or as many as `at` or `rows` say."""
    values = np.array(scores, np.float64)
    times = [at] if isinstance(at, int) else list(at)
    sizes = (
        list(rows) if rows is not None else [len(values)] if len(times) == 1 else [1] * len(times)
    )
    times = times * len(sizes) if len(times) < len(sizes) else times
    requests = [f"r{next(_IDS)}" for _ in sizes]
    return LoggedBatch(
        **{
            "model": "late",
            "version": 1,
            "requests": requests,
            "at": times,
            "rows": sizes,
            "latency_us": [90 + n for n in range(len(sizes))],
            "callers": [""] * len(sizes),
            "key": key,
            "inputs": {"x": [0.5] * len(values)} if inputs is None else inputs,
            "scores": values,
            **others,
        }
    )


def write(folder: Path, *batches: LoggedBatch, **rules: Any) -> Writer:
    """Writes them into segments of their own, which nobody appends to any more."""
    failures: list[Exception] = []
    writer = Writer(folder, failed=failures.append, rules=LogRules(**rules))
    for one in batches:
        writer.put(one)
    writer.close()
    assert failures == []
    return writer


def lines(folder: Path) -> list[dict[str, Any]]:
    """All lines of all segments."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*/*.jsonl"))
        for line in path.read_bytes().splitlines()
    ]


def eventually(is_true: Callable[[], object]) -> None:
    """Returns once it is true."""
    deadline = time.monotonic() + 60
    while not is_true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)
