"""Nothing to show: why the project cannot be opened, and what to do about it."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol, cast

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from workbench.tui import actions, tasks
from workbench.tui.widgets.frame import FooterBar


class Opener(Protocol):
    """What this screen needs of the app."""

    def open_again(self) -> None:
        """Tries to open the project once more."""


class MissingScreen(Screen[None]):
    """Says what is wrong in the error's own words."""

    DEFAULT_CSS = """
    MissingScreen {
        background: $background;
        align: center middle;
        Vertical { width: 72; max-width: 90%; height: auto; border: round $line; padding: 1 3; }
        Static { width: 100%; height: auto; }
    }
    """
    BINDINGS = actions.bindings("missing")

    def __init__(self, folder: Path, error: Exception) -> None:
        super().__init__()
        self._folder = folder
        self._error = error

    def compose(self) -> ComposeResult:
        """The problem, its remedy, and the two ways to begin."""
        problem, remedy = tasks.in_words(self._error)
        with Vertical():
            yield Static(
                Content.assemble(
                    ("◆ Workbench\n\n", "bold $primary"),
                    (f"{problem}\n\n", "bold $foreground"),
                    remedy,
                    "\n\n",
                    ("workbench init  ", "bold $primary"),
                    ("makes a project in this folder\n", "$muted"),
                    ("workbench demo  ", "bold $primary"),
                    ("plays a whole year of flights in a folder of its own\n\n", "$muted"),
                    (f"looked in {self._folder}", "$muted"),
                )
            )
        yield FooterBar("missing", "app")

    def action_again(self) -> None:
        """Looks for the project once more."""
        cast("Opener", self.app).open_again()
