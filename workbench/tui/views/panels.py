"""Figures of runs that stand side by side: intervals, confusion matrices, importances."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from workbench.core import words
from workbench.tui import charts
from workbench.tui.format import fit, fit_content
from workbench.tui.scale import Scale
from workbench.tui.views.charts import Look
from workbench.tui.views.parts import Lines, dim

if TYPE_CHECKING:
    from workbench.core.curves import Confusion

MOST_CLASSES = 8
"""Classes above which a confusion matrix is not drawn."""
_CELL = 8
_NAME = 14
_CORNER = "is \\ said"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with its interval."""

    look: Look
    value: float
    low: float | None
    high: float | None
    """None: nobody measured the interval."""


def intervals(found: Sequence[Estimate], width: int, *, is_gain: bool = False) -> Lines:
    """Values with their intervals on one axis, one line each; of gains, with a mark at nothing."""
    ends = [v for one in found for v in (one.value, one.low, one.high) if v is not None]
    ends = [value for value in ends if math.isfinite(value)] + ([0.0] if is_gain else [])
    if not ends:
        return [dim("no values yet")]
    scale = Scale.around(ends, margin=0.04)
    name = max(cell_len(one.look.name) for one in found) + 3
    room = max(8, width - name - 10)
    lines = [
        Content.assemble(
            fit_content(one.look.title, name),
            (words.delta(one.value) if is_gain else words.metric(one.value)).rjust(8),
            "  ",
            *_interval(one, scale, room, zero=scale.place(0.0, room) if is_gain else None),
        )
        for one in found
    ]
    marks = [" "] * room
    free_from = 0
    for value, label in scale.marks(max(2, room // 12)):
        start = max(0, min(scale.place(value, room) - len(label) // 2, room - len(label)))
        if start >= free_from:
            marks[start : start + len(label)] = label
            free_from = start + len(label) + 2
    return [*lines, Content.assemble(" " * (name + 10), dim("".join(marks)))]


def confusion(look: Look, table: Confusion, width: int) -> Lines:
    """Rows by what they are and what they were taken for: shares of a class, the darker the more.

    Args:
        look: Whose table it is.
        table: The counts.
        width: Cells at most.
    """
    if len(table.classes) > MOST_CLASSES:
        return [look.title, dim(f"{len(table.classes)} classes are too many to draw.")]
    name = min(_NAME, max(cell_len(one) for one in (*table.classes, _CORNER)))
    cell = max(4, min(_CELL, (width - name - 1) // len(table.classes)))
    head = "".join(f" {fit(one, cell - 1, 'right')}" for one in table.classes)
    lines = [look.title, dim(fit(_CORNER, name) + head)]
    for is_class, row in zip(table.classes, table.rows, strict=True):
        total = sum(row) or 1
        shares = [_shaded(count / total, cell, look.style) for count in row]
        counts = "".join(f" {fit(words.count(count), cell - 1, 'right')}" for count in row)
        lines.append(Content.assemble(fit(is_class, name), *shares))
        lines.append(dim(" " * name + counts))
    return lines


def confusion_width(table: Confusion) -> int:
    """Cells that a confusion matrix takes when there is room."""
    if len(table.classes) > MOST_CLASSES:
        return 40
    name = min(_NAME, max(cell_len(one) for one in (*table.classes, _CORNER)))
    return max(name + _CELL * len(table.classes), 20)


def importances(
    shown: Sequence[Look], found: Sequence[Mapping[str, float]], width: int, height: int
) -> Lines:
    """How much each run's model looks at each column, the columns that matter most first."""
    drawn = [(look, one) for look, one in zip(shown, found, strict=True) if one]
    most: dict[str, float] = {}
    for _, one in drawn:
        for name, share in one.items():
            most[name] = max(most.get(name, share), share)
    if not most:
        return [dim("no values yet")]
    order = sorted(most, key=lambda name: -most[name])[: max(1, height // (len(drawn) + 1))]
    top = max(most.values()) or 1.0
    label = min(max(cell_len(name) for name in order), max(8, width // 3))
    room = max(4, width - label - 12)
    lines: Lines = []
    for name in order:
        for place, (look, one) in enumerate(drawn):
            found_share = one.get(name)
            bar = charts.rule((found_share or 0.0) / top, room, style=look.style)
            told = words.number(found_share).rjust(8)
            title = fit(name if place == 0 else "", label)
            lines.append(Content.assemble(title, " ", look.sign, " ", bar, dim(told)))
        lines.append(Content(""))
    return lines[:-1]


def side_by_side(blocks: Sequence[tuple[int, Lines]], width: int, *, gap: int = 3) -> Lines:
    """Blocks of lines next to each other as far as they fit, then beneath."""
    lines: Lines = []
    for row in _rows_of(blocks, width, gap):
        height = max(len(block) for _, block in row)
        if lines:
            lines.append(Content(""))
        for at in range(height):
            parts = [
                fit_content(block[at] if at < len(block) else Content(""), wide + gap)
                for wide, block in row
            ]
            lines.append(Content.assemble(*parts).rstrip())
    return lines


def _interval(one: Estimate, scale: Scale, room: int, *, zero: int | None) -> list[tuple[str, str]]:
    """A line from the lower to the upper bound with the sign at the value."""
    cells = [" "] * room
    if zero is not None:
        cells[zero] = "┊"
    bounds = [value for value in (one.low, one.high) if value is not None and math.isfinite(value)]
    if len(bounds) == 2:
        start, end = (scale.place(value, room) for value in bounds)
        cells[start : end + 1] = "─" * (end - start + 1)
        cells[start], cells[end] = "├", "┤"
    if math.isfinite(one.value):
        cells[scale.place(one.value, room)] = one.look.mark
    return [("".join(cells), one.look.style)]


def _shaded(share: float, width: int, style: str) -> Content:
    text = words.percent(share, 1 if width >= 8 else 0) if width >= 6 else f"{share * 100:.0f}"
    strength = round(8 + 52 * share)
    return Content.assemble(" ", (fit(text, width - 1, "right"), f"on {style} {strength}%"))


def _rows_of(
    blocks: Sequence[tuple[int, Lines]], width: int, gap: int
) -> Iterator[list[tuple[int, Lines]]]:
    row: list[tuple[int, Lines]] = []
    taken = 0
    for block in blocks:
        if row and taken + block[0] > width:
            yield row
            row, taken = [], 0
        row.append(block)
        taken += block[0] + gap
    if row:
        yield row
