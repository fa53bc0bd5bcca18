"""Texts that fit a width in cells; wide characters count as two."""

from __future__ import annotations

from typing import Literal

from rich.cells import cell_len, set_cell_size
from textual.content import Content

Align = Literal["left", "right"]
ELLIPSIS = "…"


def fit(text: str, width: int, align: Align = "left") -> str:
    """`text` padded or cut to exactly `width` cells."""
    length = cell_len(text)
    if length > width:
        cut = set_cell_size(text, max(0, width - 1)) + ELLIPSIS if width else ""
        return set_cell_size(cut, width)
    return " " * (width - length) + text if align == "right" else text + " " * (width - length)


def fit_content(content: Content, width: int, align: Align = "left") -> Content:
    """`content` padded or cut to exactly `width` cells, its styles kept."""
    length = content.cell_length
    if length > width:
        content = content.truncate(width, ellipsis=True) if width > 0 else Content("")
        length = content.cell_length
    missing = width - length
    if missing <= 0:
        return content
    return content.pad_left(missing) if align == "right" else content.pad_right(missing)
