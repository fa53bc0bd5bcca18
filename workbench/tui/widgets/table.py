"""A table of rows: paints only the cells that changed, keeps its place, pages through long lists."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from textual import events
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.strip import Strip

from workbench.core.words import count
from workbench.tui import actions
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import CellView
from workbench.tui.widgets.columns import Column, Row

PAGE = 200
"""Rows held at once; the next page overlaps with half of them, so that the eye keeps its place."""
STEP = PAGE // 2
_NEAR_THE_END = 12


class Table(CellView):
    """Rows under a fixed header, with a cursor on one of them."""

    BINDINGS = actions.bindings("table")

    class Said(Message):
        """Something about one of the rows."""

        def __init__(self, table: Table, key: Hashable) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> Table:
            """The table, for `@on` with a selector."""
            return self.table

    class Moved(Said):
        """The cursor is on another row."""

    class Opened(Said):
        """A row was asked for: by enter, or by a click on the row under the cursor."""

    class PageWanted(Said):
        """The table's `offset` changed: the cursor comes near the end of the rows it holds."""

    def __init__(
        self,
        title: str,
        columns: Sequence[Column],
        *,
        follows: bool = False,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str = "",
    ) -> None:
        """Makes an empty table.

        Args:
            title: What stands in its border.
            columns: How its columns are laid out.
            follows: Whether the cursor stays on the first row when others come above it; for lists of
                what happens, where the newest is what one looks at.
            id: Textual's.
            classes: Textual's.
        """
        super().__init__(id=id, classes=classes)
        self.border_title = title
        self.offset_wanted = 0
        """Which row of the whole list the first row should be."""
        self._columns = tuple(columns)
        self._empty: tuple[str, ...] = ()
        self._rows: list[Row] = []
        self._total: int | None = None
        self._cursor = 0
        self._follows = follows
        self._is_held = False
        """Whether somebody asked for the row under the cursor: then it is kept, the first one too."""
        self._widths: list[int] = [0] * len(self._columns)
        self._measured_for = 0

    @property
    def selected(self) -> Hashable | None:
        """What the row under the cursor stands for; None in an empty table."""
        return self._rows[self._cursor].key if self._rows else None

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows of this page."""
        return tuple(self._rows)

    def show(
        self,
        rows: Sequence[Row],
        *,
        total: int | None = None,
        columns: Sequence[Column] | None = None,
    ) -> None:
        """Puts `rows` in place of those before; the cursor stays on what it was on, or on the first row.

        Args:
            rows: One page at most, parts of others not counted.
            total: Rows of the whole list; None when nobody counted them.
            columns: How they are laid out from now on; None: as before.
        """
        if columns is not None and tuple(columns) != self._columns:
            # Widths of other columns are none of these: everything is laid out anew.
            self._columns, self._widths = tuple(columns), []
        before, selected, place = self._rows, self.selected, self._cursor
        is_on_top = self._is_on_top
        self._rows, self._total = list(rows), total
        self._cursor = 0 if is_on_top else self._place_of(selected)
        widths = self._widths
        self._measure()
        if widths != self._widths or len(before) != len(self._rows):
            self._lay_out()
        else:
            self._paint_changes(before)
            self._paint_row(place)
            self._paint_row(self._cursor)
        if self.scroll_offset.y and self._cursor != place:
            self.scroll_to(y=self.scroll_offset.y + self._cursor - place, animate=False)
        self._caption()
        if self.selected != selected:
            self._keep_in_sight()
            self._announce()

    def say_when_empty(self, *lines: str) -> None:
        """Sets what stands in place of rows while there are none."""
        if lines != self._empty:
            self._empty = lines
            self.refresh()

    def select(self, key: Hashable) -> bool:
        """Moves the cursor to a row; False when this page has none that stands for `key`."""
        for index, row in enumerate(self._rows):
            if row.key == key:
                self._move_to(index)
                self._is_held = True
                return True
        return False

    def restart(self) -> None:
        """Goes back to the first page, for another list."""
        self.offset_wanted = 0
        self._rows, self._cursor, self._is_held = [], 0, False
        self._lay_out()

    def render_line(self, y: int) -> Strip:
        """Draws the header or one visible row."""
        if self._measured_for != self._room:
            # A scrollbar came or went, which is no resize.
            self._measure()
        if not self._rows:
            text = self._empty[y - 1] if 1 <= y <= len(self._empty) else ""
            return self.strip(Content(f"  {text}"), style="$muted")
        if y == 0:
            labels = [column.label for column in self._columns]
            return self.strip(self._line(labels), style="$muted")
        index = y - 1 + self.scroll_offset.y
        if index >= len(self._rows):
            return self.strip(Content(""))
        is_cursor = index == self._cursor and (self.has_focus or not self.has_class("quiet"))
        style = ("on $cursor" if self.has_focus else "on $cursor-blurred") if is_cursor else ""
        sign = ("▌", "$primary") if is_cursor and self.has_focus else " "
        return self.strip(self._line(self._rows[index].cells, sign), style=style)

    def on_resize(self, _event: events.Resize) -> None:
        """Lays the columns out anew."""
        self._measure()
        self._lay_out()
        self._keep_in_sight()
        self._caption()

    def on_focus(self) -> None:
        """Shows the cursor as active."""
        self._paint_row(self._cursor)

    def on_blur(self) -> None:
        """Shows the cursor as waiting."""
        self._paint_row(self._cursor)

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor to the row; a click on the row under the cursor opens it."""
        offset = event.get_content_offset(self)
        if offset is None or offset.y == 0:
            return
        index = offset.y - 1 + self.scroll_offset.y
        if index == self._cursor:
            self.action_open()
        elif index < len(self._rows):
            self._move_to(index)

    def action_move(self, amount: int) -> None:
        """Moves the cursor by some rows."""
        self._move_to(self._cursor + amount)

    def action_move_page(self, amount: int) -> None:
        """Moves the cursor by some screenfuls."""
        self._move_to(self._cursor + amount * max(1, self.line_count - 2))

    def action_move_edge(self, to: str) -> None:
        """Moves the cursor to the `first` row of the list or the `last` one of this page."""
        if to == "first" and self.offset_wanted:
            self.restart()
            self.post_message(self.PageWanted(self, None))
            return
        self._move_to(0 if to == "first" else len(self._rows) - 1)

    def action_open(self) -> None:
        """Opens the row under the cursor."""
        if self.selected is not None:
            self.post_message(self.Opened(self, self.selected))

    @property
    def _is_on_top(self) -> bool:
        """Whether the cursor shows the newest of a list that is followed."""
        is_first = self._cursor == 0 and self.offset_wanted == 0 and self.scroll_offset.y == 0
        return self._follows and is_first and not self._is_held

    @property
    def _room(self) -> int:
        # One cell stays free on the left for the cursor's sign.
        return max(0, self.line_width - 1)

    def _line(self, cells: Sequence[Content | str], sign: str | tuple[str, str] = " ") -> Content:
        return Content.assemble(sign, layout.line(self._columns, self._widths, cells))

    def _place_of(self, key: Hashable | None) -> int:
        for index, row in enumerate(self._rows):
            if row.key == key:
                return index
        return max(0, min(self._cursor, len(self._rows) - 1))

    def _move_to(self, index: int) -> None:
        index = max(0, min(len(self._rows) - 1, index))
        self._is_held = False
        if index == self._cursor or not self._rows:
            return
        before, self._cursor = self._cursor, index
        self._paint_row(before)
        self._paint_row(index)
        self._keep_in_sight()
        self._caption()
        self._announce()
        self._page_on(is_down=index > before)

    def _page_on(self, *, is_down: bool) -> None:
        wanted = self.offset_wanted
        is_near_end = self._cursor >= len(self._rows) - _NEAR_THE_END
        if is_down and is_near_end and self._counted() == PAGE:
            wanted += STEP
        elif not is_down and self._cursor < _NEAR_THE_END:
            wanted = max(0, wanted - STEP)
        if wanted != self.offset_wanted:
            self.offset_wanted = wanted
            self.post_message(self.PageWanted(self, self.selected))

    def _announce(self) -> None:
        if self.selected is not None:
            self.post_message(self.Moved(self, self.selected))

    def _keep_in_sight(self) -> None:
        room = max(1, self.line_count - 1)
        top = self.scroll_offset.y
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + room:
            self.scroll_to(y=self._cursor - room + 1, animate=False)

    def _caption(self) -> None:
        held = self.offset_wanted + self._counted()
        total = self._total if self._total is not None else held
        more = "+" if self._total is None and self._counted() == PAGE else ""
        is_needed = self.offset_wanted + len(self._rows) > self.line_count - 1
        place = count(self.offset_wanted + self._counted(self._cursor + 1))
        self.border_subtitle = f"{place} of {count(total)}{more}" if is_needed else ""

    def _counted(self, until: int | None = None) -> int:
        """Rows of the list among those that are held, or among the first `until` of them."""
        return sum(not row.is_part for row in self._rows[:until])

    def _measure(self) -> None:
        self._measured_for = self._room
        self._widths = layout.measure(self._columns, self._rows, self._room)

    def _lay_out(self) -> None:
        self.virtual_size = Size(self.line_width, len(self._rows) + 1)
        self.refresh()

    def _paint_row(self, index: int) -> None:
        self.refresh(Region(0, 1 + index - self.scroll_offset.y, self.line_width, 1))

    def _paint_changes(self, before: Sequence[Row]) -> None:
        places = layout.starts(self._widths)
        for index, (old, new) in enumerate(zip(before, self._rows, strict=True)):
            y = 1 + index - self.scroll_offset.y
            if not 1 <= y < self.line_count:
                continue
            for column, (was, is_now) in enumerate(zip(old.cells, new.cells, strict=True)):
                if self._widths[column] and not layout.is_same(was, is_now):
                    self.refresh(Region(1 + places[column], y, self._widths[column], 1))
