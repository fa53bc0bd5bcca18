"""What the rows of a dataset look like in cells: values by type, missing ones, a row in full."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from textual.content import Content

from storage.records import Table
from workbench.core import words
from workbench.tui.format import Align
from workbench.tui.views.parts import Lines, facts
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

MOST = 32
"""Cells of a value at most."""
_DECIMALS = 4
_LONG = 400
"""Characters of a text that are looked at."""
_NUMBERS = ("INT", "DOUBLE", "FLOAT", "DECIMAL", "REAL")
NULL = Content.styled("null", "$faint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of rows, ready to be shown."""

    names: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def page(table: Table, *, offset: int, order: str | None, descending: bool) -> Page:
    """Rows as cells, each behind its place.

    Args:
        table: The rows.
        offset: The place of the first one, from 0 on.
        order: The column they are sorted by; None: as they are.
        descending: Whether the largest come first.
    """
    shown = [_texts([row[index] for row in table.rows]) for index in range(len(table.types))]
    places = [offset + index for index in range(len(table))]
    rows = tuple(
        Row(
            key=place,
            cells=(
                Content.styled(words.count(place + 1), "$faint"),
                *(values[index] for values in shown),
            ),
        )
        for index, place in enumerate(places)
    )
    arrow = " ▼" if descending else " ▲"
    columns = (
        Column(label="", align="right"),
        *(
            Column(label=name + (arrow if name == order else ""), align=_align(type_), most=MOST)
            for name, type_ in zip(table.columns, table.types, strict=True)
        ),
    )
    return Page(names=table.columns, columns=columns, rows=rows)


def row_lines(table: Table, width: int) -> Lines:
    """The first row of a table in full: a column a line, long values over several."""
    if not table.rows:
        return [Content.styled("This row is not there any more.", "$muted")]
    lines: Lines = []
    for name, type_, value in zip(table.columns, table.types, table.rows[0], strict=True):
        shown = NULL if value is None else plain(value, most=4 * _LONG)
        first, *rest = wrapped(shown, max(10, width - 30)) or [Content("")]
        told = Content.assemble(first, Content.styled(f"  {type_.lower()}", "$faint"))
        lines += facts([(name[:26].ljust(24), told)])
        lines += [Content.assemble(" " * 26, line) for line in rest]
    return lines


def plain(value: Any, *, most: int = _LONG) -> str:
    """A value as one line of text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes):
        return value[:most].hex()
    text = str(value)[:most]
    return text if text.isprintable() else "".join(map(_printable, text))


def _texts(values: Sequence[Any]) -> list[Content | str]:
    """The values of a column; numbers with a fraction get as many decimals as the longest needs."""
    if not any(isinstance(value, float) for value in values):
        return [_text(value) for value in values]
    needed = max((_needed(value) for value in values if isinstance(value, float)), default=0)
    return [
        f"{value:.{needed}f}" if isinstance(value, float) and _is_plain(value) else _text(value)
        for value in values
    ]


def _text(value: Any) -> Content | str:
    if value is None:
        return NULL
    if value == "":
        return Content.styled('""', "$faint")
    return plain(value)


def _needed(value: float) -> int:
    if not _is_plain(value):
        return 0
    return len(f"{value:.{_DECIMALS}f}".rstrip("0").partition(".")[2])


def _is_plain(value: float) -> bool:
    """Whether a number reads well without an exponent: neither huge, nor tiny, nor none at all."""
    return value == 0 or 1e-4 <= abs(value) < 1e12


def _align(type_: str) -> Align:
    is_number = "[" not in type_ and any(word in type_ for word in _NUMBERS)
    return "right" if is_number and not type_.startswith(("STRUCT", "MAP")) else "left"


def _printable(sign: str) -> str:
    if sign in "\n\r":
        return "⏎"
    return sign if sign.isprintable() else "·"
