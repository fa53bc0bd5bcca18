"""A canvas of braille dots, two by four to a cell."""

from __future__ import annotations

from textual.content import Content

# Dot numbers as the Unicode block orders them, by row from the top and column.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800


class Canvas:
    """Dots with a colour per cell; the origin is at the lower left."""

    def __init__(self, width: int, height: int) -> None:
        """Makes an empty canvas.

        Args:
            width: In cells.
            height: In lines.
        """
        self.width = width
        self.height = height
        self._masks = [[0] * width for _ in range(height)]
        self._styles = [[""] * width for _ in range(height)]
        self._signs: dict[tuple[int, int], tuple[str, str]] = {}

    @property
    def dots_wide(self) -> int:
        """Dots from left to right."""
        return self.width * 2

    @property
    def dots_high(self) -> int:
        """Dots from bottom to top."""
        return self.height * 4

    def dot(self, x: int, y: int, style: str) -> None:
        """Sets one dot; its cell takes the colour."""
        line, row = divmod(self.dots_high - 1 - y, 4)
        cell, column = divmod(x, 2)
        self._masks[line][cell] |= _DOTS[row][column]
        self._styles[line][cell] = style

    def sign(self, x: int, y: int, sign: str, style: str) -> None:
        """Puts a sign one cell wide over the cell of a dot; whatever else is drawn there, it shows."""
        self._signs[(self.dots_high - 1 - y) // 4, x // 2] = (sign, style)

    def line(self, start: tuple[int, int], end: tuple[int, int], style: str) -> None:
        """Draws a straight line between two dots, both included."""
        (x, y), (to_x, to_y) = start, end
        steps = max(abs(to_x - x), abs(to_y - y))
        for step in range(steps + 1):
            share = step / steps if steps else 0.0
            self.dot(round(x + (to_x - x) * share), round(y + (to_y - y) * share), style)

    def dotted(self, y: int, style: str) -> None:
        """Draws a dotted line from left to right."""
        for x in range(0, self.dots_wide, 3):
            self.dot(x, y, style)

    def band(self, x: int, ends: tuple[int, int], style: str) -> None:
        """Draws a dotted upright between two heights."""
        cell, column = divmod(x, 2)
        low, high = ends
        row = (low + 1) % 2
        every_second = _DOTS[row][column] | _DOTS[row + 2][column]
        # Cells whole between the ends at once: bands have most of the dots of a chart.
        for line in range(self.height - 1 - high // 4, self.height - low // 4):
            lowest = self.dots_high - 4 - line * 4
            if low <= lowest and lowest + 3 <= high:
                self._masks[line][cell] |= every_second
                self._styles[line][cell] = style
                continue
            start = max(low, lowest + (low - lowest) % 2)
            for y in range(start, min(high, lowest + 3) + 1, 2):
                self.dot(x, y, style)

    def lines(self) -> list[Content]:
        """The canvas from the top line down, neighbouring cells of a colour joined."""
        return [
            _joined([self._cell(line, cell) for cell in range(self.width)])
            for line in range(self.height)
        ]

    def _cell(self, line: int, cell: int) -> tuple[str, str]:
        if (line, cell) in self._signs:
            return self._signs[line, cell]
        mask = self._masks[line][cell]
        return (chr(_BLANK + mask) if mask else " "), self._styles[line][cell]


def _joined(cells: list[tuple[str, str]]) -> Content:
    parts: list[tuple[str, str]] = []
    text, style = "", ""
    for sign, colour in cells:
        if sign != " " and colour != style:
            parts.append((text, style))
            text, style = "", colour
        text += sign
    return Content.assemble(*parts, (text, style))
