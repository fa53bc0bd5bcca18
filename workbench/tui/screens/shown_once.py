"""A text that is shown once and kept nowhere: a new key."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from workbench.tui import actions


class ShownOnce(ModalScreen[None]):
    """Shows a text until somebody has it."""

    DEFAULT_CSS = """
    ShownOnce {
        background: $background 60%;
        align: center middle;
        Vertical {
            width: 84; max-width: 96%; height: auto; background: $panel; padding: 0 2 1 2;
            border-top: tall $warning;
        }
        Static { height: auto; margin-bottom: 1; }
        #text { background: $cursor; padding: 0 1; text-style: bold; }
        #keys { margin: 0; }
    }
    """
    BINDINGS = actions.bindings("shown_once")

    def __init__(self, *, title: str, text: str, sentence: str) -> None:
        """Makes the dialog.

        Args:
            title: What it is.
            text: What is shown once.
            sentence: How it is used.
        """
        super().__init__()
        self._title = title
        self._text = text
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The text between what it is and how it is used."""
        with Vertical():
            said = ("  is shown this once; only its hash is kept.", "")
            yield Static(Content.assemble((f"▲ {self._title}", "bold $warning"), said), id="said")
            yield Static(Content(self._text), id="text")
            yield Static(Content.styled(self._sentence, "$muted"))
            keys = Static(
                Content.from_markup(
                    "[@click=screen.copy][bold $primary]y[/] Copy[/]   "
                    "[@click=screen.leave][bold $primary]esc[/] Done[/]"
                ),
                id="keys",
            )
            keys.auto_links = False
            yield keys

    def action_copy(self) -> None:
        """Copies the text."""
        self.app.copy_to_clipboard(self._text)
        self.notify(f"{self._title} is in the clipboard")

    def action_leave(self) -> None:
        """Goes back."""
        _ = self.dismiss(None)
