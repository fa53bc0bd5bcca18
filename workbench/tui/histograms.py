"""Distributions drawn in cells: histograms laid over each other and bars of categories."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from rich.cells import cell_len
from textual.content import Content

from workbench.core import words
from workbench.core.binning import equal_width, inner_range
from workbench.tui.charts import EIGHTHS, SERIES_STYLES, Lines, bar
from workbench.tui.format import fit

__all__ = ["equal_width", "histogram", "inner_range", "value_bars"]


def histogram(
    reference: Sequence[float], current: Sequence[float], width: int, height: int
) -> Lines:
    """Two distributions over the same bins, laid over each other, with a third colour for both.

    Args:
        reference: Weight per bin; scaled to shares.
        current: Weight per bin, as many bins, or empty to draw `reference` alone.
        width: Cells; bins are spread or joined to fill it.
        height: Lines.
    """
    ours = _spread(_shares(reference), width)
    theirs = _spread(_shares(current), width) if current else [0.0] * len(ours)
    top = max([*ours, *theirs], default=0.0)
    if top <= 0 or height <= 0:
        return [Content(" " * width)] * max(0, height)
    columns = [
        _column(_eighths(left, top, height), _eighths(right, top, height), height)
        for left, right in zip(ours, theirs, strict=True)
    ]
    return [_row([column[row] for column in columns]) for row in range(height)]


def value_bars(
    names: Sequence[str], reference: Sequence[float], current: Sequence[float], width: int
) -> Lines:
    """Shares of categories as bars, one line each, with the current share beneath where there is one.

    Args:
        names: The categories, most frequent first.
        reference: Share of each among all rows.
        current: Share of each among all rows of the other side; empty to draw `reference` alone.
        width: Cells.
    """
    top = max([*reference, *current], default=0.0) or 1.0
    label = min(max((cell_len(name) for name in names), default=0), max(6, width // 3))
    room = max(4, width - label - 9)
    lines: Lines = []
    for index, name in enumerate(names):
        for shares, style in ((reference, SERIES_STYLES[0]), (current, SERIES_STYLES[1])):
            if index >= len(shares):
                continue
            title = name if shares is reference else ""
            drawn = bar(shares[index] / top, room, style=style)
            share = (words.percent(shares[index]).rjust(8), "$muted")
            lines.append(Content.assemble(fit(title, label), " ", drawn, share))
    return lines


def _shares(weights: Sequence[float]) -> list[float]:
    total = sum(weights)
    return [weight / total if total else 0.0 for weight in weights]


def _spread(shares: Sequence[float], width: int) -> list[float]:
    """The shares as heights of `width` cells: many bins are joined, few are drawn broad."""
    bins = len(shares)
    if bins == 0 or width <= 0:
        return [0.0] * max(0, width)
    if bins <= width:
        return [shares[cell * bins // width] for cell in range(width)]
    edges = [bins * cell // width for cell in range(width + 1)]
    return [sum(shares[a:b]) for a, b in itertools.pairwise(edges)]


def _eighths(share: float, top: float, height: int) -> int:
    filled = round(share / top * height * 8)
    return max(1, filled) if share > 0 else 0


def _column(reference: int, current: int, height: int) -> list[tuple[str, str]]:
    """One column from the top line down: a glyph and its style for each line."""
    both, high = min(reference, current), max(reference, current)
    alone = SERIES_STYLES[0] if reference > current else SERIES_STYLES[1]
    cells = []
    for line in range(height - 1, -1, -1):
        low_part = max(0, min(8, both - line * 8))
        high_part = max(0, min(8, high - line * 8))
        if low_part == 0:
            cells.append((EIGHTHS[high_part], alone if high_part else ""))
        elif low_part in (8, high_part):
            cells.append((EIGHTHS[low_part], "$series-both"))
        elif high_part == 8:
            cells.append((EIGHTHS[low_part], f"$series-both on {alone}"))
        else:
            # A cell has two colours, not three: the shape that is higher decides its outline.
            cells.append((EIGHTHS[high_part], alone))
    return cells


def _row(cells: Sequence[tuple[str, str]]) -> Content:
    parts: list[tuple[str, str]] = []
    for sign, style in cells:
        if parts and parts[-1][1] == style:
            parts[-1] = (parts[-1][0] + sign, style)
        else:
            parts.append((sign, style))
    return Content.assemble(*parts)
