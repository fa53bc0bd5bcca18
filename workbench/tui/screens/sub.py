"""What screens over a mode share: the mode's frame, their own keys, and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget

from workbench.tui import actions, tasks
from workbench.tui.latest import Latest
from workbench.tui.widgets.frame import ROOMY, Bar, FooterBar, HeaderBar, StatusBar, Surroundings

if TYPE_CHECKING:
    from workbench.api import Workbench

Result = TypeVar("Result")


class SubScreen(Screen[Result]):
    """A screen that is opened from a mode and goes back to it."""

    DEFAULT_CSS = """
    SubScreen {
        background: $background;
        #body { height: 1fr; }
        &.-narrow .side { display: none; }
    }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (ROOMY, "-roomy")]
    MODE: ClassVar[str]
    """The scope of its keys."""
    OVER: ClassVar[str] = "data"
    """The mode that it belongs to."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__()
        self.workbench = workbench
        self.latest = Latest(self, self.run_worker)
        self.tasks = tasks.Tasks(self, self.run_worker)

    def compose(self) -> ComposeResult:
        """The frame around the screen's own panes."""
        yield HeaderBar(self.OVER)
        with Container(id="body"):
            yield from self.panes()
        yield StatusBar()
        yield FooterBar(*actions.scopes_of(self.MODE))

    def panes(self) -> Iterable[Widget]:
        """The screen's own panes."""
        raise NotImplementedError

    def on_mount(self) -> None:
        """Takes over what the frame of the mode beneath says, now and later."""
        beneath = self.app.screen_stack[0].query(Bar)
        if beneath:
            self.watch(beneath.first(), "surroundings", self._show_surroundings)

    @on(tasks.Failed)
    def _show_failure(self, failed: tasks.Failed) -> None:
        problem, remedy = tasks.in_words(failed.error)
        title = f"{failed.title}: not done"
        self.notify(f"{problem}\n{remedy}".strip(), title=title, severity="error", timeout=12)

    @on(tasks.Done)
    def _show_done(self, done: tasks.Done) -> None:
        self.notify(done.value if isinstance(done.value, str) else f"{done.title}: done")

    def trouble(self, error: Exception | None) -> None:
        """Says in the status line what cannot be read; None: nothing."""
        told = " ".join(tasks.in_words(error)) if error is not None else ""
        self.query_one(StatusBar).trouble = told

    def action_back(self) -> None:
        """Goes back to the mode."""
        _ = self.dismiss(None)

    def _show_surroundings(self, known: Surroundings | None) -> None:
        for bar in self.query(Bar):
            bar.surroundings = known
