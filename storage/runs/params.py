"""Params of runs as rows: as text, and as numbers where they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from storage.records import Scalar
from storage.records.comparing import as_number, as_text


def param_rows(run_id: int, params: Mapping[str, Scalar]) -> Iterator[dict[str, Any]]:
    """A row for each param of a run that has a value."""
    for key, value in params.items():
        if value is not None:
            yield {"run_id": run_id, "key": key, "text": as_text(value), "number": as_number(value)}
