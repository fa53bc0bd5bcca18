"""What a query over datasets gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows with named and typed columns."""

    columns: tuple[str, ...]
    """No two are alike."""
    types: tuple[str, ...]
    """The DuckDB type of each column."""
    rows: tuple[tuple[Any, ...], ...]
    """One value a column; None where there is none, and spans of time as text."""
    has_more: bool = False
    """Whether the limit cut off further rows."""

    def __len__(self) -> int:
        """How many rows it has."""
        return len(self.rows)
