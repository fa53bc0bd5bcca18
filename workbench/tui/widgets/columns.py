"""The layout of a table: its columns, how wide each may be, and a row as one line of cells."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from workbench.tui.format import Align, fit, fit_content

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How one column is laid out."""

    label: str
    align: Align = "left"
    width: int | None = None
    """None: as wide as its widest cell."""
    most: int = 40
    """Cells at most when the width is not given."""
    stretches: bool = False
    """Takes what width is left over."""
    least: int = 10
    """Cells that a stretching column does not go below."""
    drop: int = 0
    """Columns with larger numbers go first when there is no room; 0 always stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: what it stands for, and its cells."""

    key: Hashable
    cells: tuple[Content | str, ...]
    is_part: bool = False
    """Whether it belongs to a row above and does not count as one of the list."""


def measure(columns: Sequence[Column], rows: Sequence[Row], width: int) -> list[int]:
    """Cells for each column so that all fit into `width`; 0 for a column that has to go.

    Stretching columns are counted with what they need at least, and get the rest.
    """
    wanted = [wanted_width(column, index, rows) for index, column in enumerate(columns)]
    least = [min(w, c.least) if c.stretches else w for c, w in zip(columns, wanted, strict=True)]
    shown = set(range(len(columns)))
    for index in sorted(shown, key=lambda i: -columns[i].drop):
        if _needed(least, shown) <= width or columns[index].drop == 0:
            break
        shown.discard(index)
    for index in sorted(set(range(len(columns))) - shown, key=lambda i: columns[i].drop):
        if _needed(least, {*shown, index}) <= width:
            shown.add(index)  # a narrower one may fit where a wider one had to go
    widths = [least[index] if index in shown else 0 for index in range(len(columns))]
    stretching = [index for index in shown if columns[index].stretches]
    spare = width - _needed(least, shown)
    for place, index in enumerate(stretching):
        widths[index] += max(-widths[index] + 1, spare // len(stretching))
        if place == 0:
            widths[index] += max(0, spare) % len(stretching)
    return widths


def wanted_width(column: Column, index: int, rows: Sequence[Row]) -> int:
    """Cells that a column takes when there is room enough."""
    if column.width is not None:
        return max(column.width, 1)
    widest = max((_length(row.cells[index]) for row in rows), default=0)
    return max(1, cell_len(column.label), min(column.most, widest))


def line(
    columns: Sequence[Column], widths: Sequence[int], cells: Sequence[Content | str]
) -> Content:
    """One row as a line: each cell padded or cut to its column's width."""
    parts: list[Content | str] = []
    for column, width, cell in zip(columns, widths, cells, strict=True):
        if width:
            parts += [_cell(cell, width, column.align), " " * GAP]
    return Content.assemble(*parts[:-1])


def starts(widths: Sequence[int]) -> list[int]:
    """The first cell of each column."""
    found, place = [], 0
    for width in widths:
        found.append(place)
        place += width + GAP if width else 0
    return found


def is_same(one: Content | str, other: Content | str) -> bool:
    """Whether two cells look the same, colours included."""
    if isinstance(one, Content) and isinstance(other, Content):
        return one.is_same(other)
    return type(one) is type(other) and one == other


def _needed(widths: Sequence[int], shown: set[int]) -> int:
    return sum(widths[index] for index in shown) + GAP * max(0, len(shown) - 1)


def _length(cell: Content | str) -> int:
    return cell.cell_length if isinstance(cell, Content) else cell_len(cell)


def _cell(cell: Content | str, width: int, align: Align) -> Content | str:
    if isinstance(cell, Content):
        return fit_content(cell, width, align)
    return fit(cell, width, align)
