"""One line that says what will happen, before it does."""

from __future__ import annotations

from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from workbench.tui import actions

BY_HAND = "by hand in the terminal UI"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked before something is done."""

    title: str
    sentence: str
    asks_why: bool
    """Whether a reason is kept with the deed."""
    needs: str = ""
    """What the reason has to say, without which it is not done; empty: there may be none."""


class Confirm(ModalScreen[str | None]):
    """Gives the reason when it is agreed to, None when it is left."""

    DEFAULT_CSS = """
    Confirm {
        background: $background 40%;
        align: center bottom;
        Vertical {
            height: auto; background: $panel; padding: 0 1; border-top: tall $warning;
            margin-bottom: 1;
        }
        ToastRack { margin-bottom: 6; }
        Static { height: auto; }
        Input { border: none; height: 1; background: $cursor; padding: 0 1; margin: 0;
                &:focus { border: none; } }
    }
    """
    BINDINGS = actions.bindings("confirm")

    def __init__(self, question: Question) -> None:
        super().__init__()
        self._question = question

    def compose(self) -> ComposeResult:
        """The sentence, the reason and the keys."""
        asked = self._question
        with Vertical():
            yield Static(Content.assemble((f"▲ {asked.title}  ", "bold $warning"), asked.sentence))
            if asked.asks_why:
                yield Input(placeholder=asked.needs or f"why: {BY_HAND}")
            keys = Static(
                Content.from_markup(
                    "[@click=screen.agree][bold $primary]enter[/] $title[/]   "
                    "[@click=screen.leave][bold $primary]esc[/] Leave it[/]",
                    title=asked.title,
                )
            )
            keys.auto_links = False
            yield keys

    @on(Input.Submitted)
    def action_agree(self) -> None:
        """Agrees, with the reason that was given."""
        inputs = self.query(Input)
        why = inputs.first().value.strip() if inputs else ""
        if self._question.needs and not why:
            self.notify(f"Write {self._question.needs}.", severity="warning")
            return
        _ = self.dismiss(why or BY_HAND)

    def action_leave(self) -> None:
        """Changes nothing."""
        _ = self.dismiss(None)
