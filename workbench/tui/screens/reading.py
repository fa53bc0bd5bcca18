"""A mode that reads something once it is asked to, and goes on with what that gave."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from textual import on

from workbench.tui import tasks
from workbench.tui.latest import Answer, Latest, NoAnswer
from workbench.tui.screens.base import ModeScreen
from workbench.tui.widgets.frame import StatusBar

Value = TypeVar("Value")


class ReadingScreen(ModeScreen):
    """A mode whose actions read before they ask or show."""

    def __init__(self) -> None:
        super().__init__()
        self._looks = Latest(self, self.run_worker)

    def after(self, doing: str, read: Callable[[], Value], then: Callable[[Value], None]) -> None:
        """Reads in a thread, then goes on with what it gave.

        Args:
            doing: What the status line says meanwhile.
            read: Must not touch a widget.
            then: Runs in the screen's handler.
        """
        self.query_one(StatusBar).hint = f"{doing} …"
        self._looks.ask(then, read)

    def warn(self, text: str) -> None:
        """Says why something is not done."""
        self.notify(text, severity="warning")

    @on(Answer)
    def _go_on(self, answer: Answer) -> None:
        self.query_one(StatusBar).hint = ""
        if callable(answer.about):
            answer.about(answer.value)

    @on(NoAnswer)
    def _show_no_answer(self, missed: NoAnswer) -> None:
        self.query_one(StatusBar).hint = ""
        problem, remedy = tasks.in_words(missed.error)
        self.notify(f"{problem}\n{remedy}".strip(), severity="error", timeout=12)
