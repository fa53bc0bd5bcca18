"""A sheet: lines of text and charts, made anew for the width they get."""

from __future__ import annotations

from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.strip import Strip

from workbench.tui.widgets.cells import CellView

Builder = Callable[[int, int], list[Content]]
"""Makes the lines for a width and a height in cells."""


class Sheet(CellView):
    """Shows what a builder makes for its size; scrolls when that is longer."""

    def __init__(self, title: str = "", *, id: str | None = None, classes: str = "") -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id, classes=classes)
        self.border_title = title
        self._builder: Builder | None = None
        self._lines: list[Content] = []

    def show(self, builder: Builder, *, follow: bool = False) -> None:
        """Draws what `builder` makes; only lines that differ from before are painted.

        Args:
            builder: Makes the lines.
            follow: Go to the last line, unless somebody has scrolled away from it.
        """
        was_at_end = self.scroll_offset.y >= self.max_scroll_y
        self._builder = builder
        self._build()
        if follow and was_at_end:
            # How far one can scroll is known once the new lines have been laid out.
            self.call_after_refresh(self.scroll_to, y=len(self._lines), animate=False)

    def say(self, *lines: str) -> None:
        """Shows plain lines, dimmed: what is missing and how to get it."""
        self.show(lambda _width, _height: [Content.styled(line, "$muted") for line in lines])

    def render_line(self, y: int) -> Strip:
        """Draws one visible line."""
        index = y + self.scroll_offset.y
        return self.strip(self._lines[index] if index < len(self._lines) else Content(""))

    def on_resize(self, _event: events.Resize) -> None:
        """Makes the lines for the new size."""
        self._build()
        self.refresh()

    def action_move(self, amount: int) -> None:
        """Scrolls by some lines."""
        self.scroll_relative(y=amount, animate=False)

    def action_move_page(self, amount: int) -> None:
        """Scrolls by some screenfuls."""
        self.scroll_relative(y=amount * max(1, self.line_count - 1), animate=False)

    def action_move_edge(self, to: str) -> None:
        """Scrolls to the `first` or the `last` line."""
        self.scroll_to(y=0 if to == "first" else len(self._lines), animate=False)

    def _build(self) -> None:
        if self._builder is None or self.line_width == 0:
            return
        before, self._lines = self._lines, self._builder(self.line_width, self.line_count)
        if len(before) != len(self._lines):
            self.virtual_size = Size(self.line_width, len(self._lines))
            self.refresh()
            return
        for index, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if not old.is_same(new):
                self.refresh_line(index)
