"""One line to write before something is done: what will happen, and a value for it."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from workbench.tui import actions


class Prompt(ModalScreen[str | None]):
    """Gives what was written when it is agreed to, None when it is left."""

    DEFAULT_CSS = """
    Prompt {
        background: $background 40%;
        align: center bottom;
        Vertical {
            height: auto; background: $panel; padding: 0 1; border-top: tall $primary;
            margin-bottom: 1;
        }
        ToastRack { margin-bottom: 6; }
        Static { height: auto; }
        Input { border: none; height: 1; background: $cursor; padding: 0 1; margin: 0;
                &:focus { border: none; } }
    }
    """
    BINDINGS = actions.bindings("confirm")

    def __init__(self, *, title: str, sentence: str, value: str) -> None:
        """Makes the question.

        Args:
            title: A verb, for the key.
            sentence: What will happen.
            value: What stands in the line at first.
        """
        super().__init__()
        self._title = title
        self._sentence = sentence
        self._value = value

    @classmethod
    def ask(
        cls, app: App[None], *, title: str, sentence: str, value: str, then: Callable[[str], None]
    ) -> None:
        """Asks, and calls `then` with what was written unless it is left."""

        def decide(written: str | None) -> None:
            if written:
                then(written)

        _ = app.push_screen(cls(title=title, sentence=sentence, value=value), decide)

    def compose(self) -> ComposeResult:
        """The sentence, the line and the keys."""
        with Vertical():
            yield Static(Content.assemble((f"{self._title}  ", "bold $primary"), self._sentence))
            yield Input(self._value, select_on_focus=False)
            keys = Static(
                Content.from_markup(
                    "[@click=screen.agree][bold $primary]enter[/] $title[/]   "
                    "[@click=screen.leave][bold $primary]esc[/] Leave it[/]",
                    title=self._title,
                )
            )
            keys.auto_links = False
            yield keys

    @on(Input.Submitted)
    def action_agree(self) -> None:
        """Gives what was written."""
        _ = self.dismiss(self.query_one(Input).value.strip() or None)

    def action_leave(self) -> None:
        """Changes nothing."""
        _ = self.dismiss(None)
