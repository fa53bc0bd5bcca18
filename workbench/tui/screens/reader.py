"""A text to read, over the screen it came from."""

from __future__ import annotations

from collections.abc import Callable

from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen

from workbench.tui import actions
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.sheet import Sheet


class Reader(ModalScreen[None]):
    """Shows a text until esc."""

    DEFAULT_CSS = """
    Reader {
        background: $background 60%;
        align: center middle;
        Sheet { width: 80%; max-width: 92; height: auto; max-height: 85%; padding: 1 2; }
    }
    """
    BINDINGS = actions.bindings("reader")

    def __init__(self, title: str, text: str | Callable[[int], list[Content]]) -> None:
        """Makes the reader.

        Args:
            title: Stands in the border.
            text: What to read, or what makes its lines for a width.
        """
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """One sheet."""
        sheet = Sheet(self._title)
        sheet.border_subtitle = "esc"
        yield sheet

    def on_mount(self) -> None:
        """Fills the sheet."""
        sheet, text = self.query_one(Sheet), self._text
        if callable(text):
            sheet.show(lambda width, _height: text(width))
        else:
            lines = text.splitlines() or [""]
            sheet.show(lambda width, _height: [p for one in lines for p in wrapped(one, width)])
        sheet.focus()

    def action_leave(self) -> None:
        """Goes back."""
        _ = self.dismiss(None)
