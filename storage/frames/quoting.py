"""Names, texts, files and times as SQL."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a SQL string."""
    return "'" + text.replace("'", "''") + "'"


def file_pattern(path: Path) -> str:
    """`path` as a SQL string that means this file alone: readers take `*`, `?` and `[` for patterns."""
    return literal(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def moment(at: datetime) -> str:
    """`at` as a SQL timestamp in UTC; a time without a zone counts as UTC."""
    naive = at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return f"TIMESTAMP '{naive.isoformat(sep=' ')}'"
