"""A grid of values: a table with a cursor on a cell, which scrolls by columns as well as by rows."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.content import Content
from textual.message import Message
from textual.strip import Strip

from workbench.tui import actions
from workbench.tui.format import fit
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.columns import GAP, Column, Row
from workbench.tui.widgets.table import PAGE, Table

_LEAST_PART = 6
"""Cells below which part of a column is not worth showing."""


class Grid(Table):
    """Rows of many columns, of which those from `first` on are in sight; the place stands in front.

    The key of a row is its place in the whole list, from 0 on.
    """

    BINDINGS = actions.bindings("grid")

    class ColumnMoved(Message):
        """The cursor is in another column, or others came into sight."""

        def __init__(self, grid: Grid) -> None:
            super().__init__()
            self.grid = grid

        @property
        def control(self) -> Grid:
            """The grid, for `@on` with a selector."""
            return self.grid

    def __init__(self, title: str, *, id: str | None = None, classes: str = "") -> None:  # noqa: A002 - Textual's word
        super().__init__(title, (), id=id, classes=classes)
        self._names: tuple[str, ...] = ()
        self._held: tuple[str, ...] = ()
        self._column = 0
        self._first = 0
        self._natural: list[int] = []
        self._land_on: int | None = None

    @property
    def column(self) -> str | None:
        """The name of the column with the cursor; None before there are any."""
        return self._names[self._column] if self._names else None

    @property
    def value(self) -> str | None:
        """What stands in the cell with the cursor; None where there is none."""
        if self._index is None or not self._rows:
            return None
        cell = self._rows[self._cursor].cells[self._index]
        return cell.plain if isinstance(cell, Content) else cell

    @property
    def place(self) -> int:
        """Which of the columns has the cursor, from 0 on."""
        return self._column

    def wanted(self) -> tuple[str, ...]:
        """The columns that are in sight, or may be after a step or two to either side."""
        # Narrow columns are known as such once some have been read; then more of them are wanted.
        room = max(4, self._room // (_LEAST_PART + GAP), 2 * self._in_sight)
        low = max(0, self._first - room // 2)
        return self._names[low : self._first + room]

    @property
    def lacks_columns(self) -> bool:
        """Whether a column in sight, or one step away from it, is not held."""
        near = self._names[max(0, self._first - 1) : self._first + self._in_sight + 1]
        return any(name not in self._held for name in near)

    def know(self, names: Sequence[str]) -> None:
        """Sets which columns there are; the cursor goes to the first."""
        self._names, self._column, self._first = tuple(names), 0, 0

    def show_page(
        self,
        columns: Sequence[Column],
        names: Sequence[str],
        rows: Sequence[Row],
        total: int | None,
    ) -> None:
        """Puts a page in place of the one before.

        Args:
            columns: How the cells are laid out, the place of the row first.
            names: Which columns they are, without the place.
            rows: As for `show`; a cell a column.
            total: Rows of the whole list; None when nobody counted them.
        """
        self._columns, self._held = tuple(columns), tuple(names)
        self._widths = [0] * len(self._columns)
        self._natural = [
            layout.wanted_width(column, index, rows) for index, column in enumerate(self._columns)
        ]
        if rows and self._rows and len(rows[0].cells) != len(self._rows[0].cells):
            self._rows = []
        self.show(rows, total=total)
        if self._land_on is not None and self.select(self._land_on):
            self._land_on = None

    def count(self, total: int) -> None:
        """Says how many rows the whole list has."""
        self._total = total
        self._caption()

    def go_to_column(self, place: int) -> None:
        """Moves the cursor to a column."""
        place = max(0, min(len(self._names) - 1, place))
        if place != self._column and self._names:
            self._column = place
            self._bring_into_sight()
            self.refresh()
            self.post_message(self.ColumnMoved(self))

    def render_line(self, y: int) -> Strip:
        """Draws the names of the columns, or a row."""
        if y or not self._held:
            return super().render_line(y)
        if self._measured_for != self._room:
            self._measure()
        labels = [self._label(index) for index in range(len(self._columns))]
        return self.strip(self._line(labels), style="$muted")

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor to the column too; a row is only opened by a click on its cell with the cursor."""
        offset = event.get_content_offset(self)
        place = None if offset is None else self._place_at(offset.x)
        if offset is None or place is None or place == self._column:
            return
        self.go_to_column(place)
        if offset.y - 1 + self.scroll_offset.y == self._cursor:
            event.prevent_default()

    def action_move_column(self, amount: int) -> None:
        """Moves the cursor by some columns."""
        self.go_to_column(self._column + amount)

    def action_move_columns(self, amount: int) -> None:
        """Moves the cursor by as many columns as are in sight."""
        self.go_to_column(self._column + amount * max(1, self._in_sight - 1))

    def action_move_edge(self, to: str) -> None:
        """Moves the cursor to the `first` or the `last` row of the whole list."""
        if to == "last" and self._total is not None and self._total > self.offset_wanted + PAGE:
            self._land_on = self._total - 1
            self.offset_wanted = max(0, self._total - PAGE)
            self.post_message(self.PageWanted(self, self.selected))
            return
        super().action_move_edge(to)

    def _page_on(self, *, is_down: bool) -> None:
        is_all_held = self._total == self.offset_wanted + len(self._rows)
        if not (is_down and is_all_held):
            super()._page_on(is_down=is_down)

    def _line(self, cells: Sequence[Content | str], sign: str | tuple[str, str] = " ") -> Content:
        index = self._index
        if isinstance(sign, tuple) and index is not None and self._widths[index]:
            marked = cells[index]
            plain = marked.plain if isinstance(marked, Content) else marked
            width, align = self._widths[index], self._columns[index].align
            held = Content.styled(fit(plain, width, align), "bold $background on $primary")
            cells = [*cells[:index], held, *cells[index + 1 :]]
        return super()._line(cells, sign)

    def _place_at(self, x: int) -> int | None:
        """Which of the columns lies at a cell of the line; None: none does."""
        for index, start in enumerate(layout.starts(self._widths)):
            width = self._widths[index]
            if index and width and start <= x - 1 < start + width:
                return self._names.index(self._held[index - 1])
        return None

    @property
    def _in_sight(self) -> int:
        """How many columns are seen, whole or in part; the place is none."""
        return max(1, sum(width > 0 for width in self._widths) - 1)

    @property
    def _index(self) -> int | None:
        """Where the column with the cursor lies among those that are held, the place first."""
        name = self.column
        return self._held.index(name) + 1 if name in self._held else None

    def _label(self, index: int) -> Content | str:
        label = self._columns[index].label
        return Content.styled(label, "bold $primary") if index == self._index else label

    def _measure(self) -> None:
        """Lays out the place, then the columns from the first one in sight on."""
        self._measured_for = self._room
        wanted = self._natural
        self._widths = [0] * len(wanted)
        if not self._held:
            return
        self._widths[0] = wanted[0]
        room = self._room - wanted[0]
        for index in range(self._start, len(wanted)):
            room -= GAP
            width = min(wanted[index], room)
            if width < min(wanted[index], _LEAST_PART):
                break
            self._widths[index] = width
            room -= width

    @property
    def _start(self) -> int:
        """Where the first column in sight lies among those that are held."""
        first = self._names[self._first] if self._names else None
        return self._held.index(first) + 1 if first in self._held else 1

    def _bring_into_sight(self) -> None:
        """Scrolls so that the column with the cursor is seen whole."""
        self._first = min(self._first, self._column)
        while self._first < self._column and not self._is_whole():
            self._first += 1
            if self._index is None:
                # Its width is not known before it has been read.
                self._first = self._column
        self._measure()

    def _is_whole(self) -> bool:
        self._measure()
        index = self._index
        return index is not None and self._widths[index] == self._natural[index]
