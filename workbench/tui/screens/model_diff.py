"""Two versions of a model beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from workbench.tui import actions, tasks
from workbench.tui.latest import Answer, NoAnswer
from workbench.tui.screens.sub import SubScreen
from workbench.tui.views import charts
from workbench.tui.views import model_diff as views
from workbench.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from storage.records.model_diff import ModelDiff
    from workbench.api import Workbench

_READING = "reading the test rows …"


class ModelDiffScreen(SubScreen[None]):
    """What differs on the left, what they look at on the right."""

    DEFAULT_CSS = """
    ModelDiffScreen {
        Horizontal { layout: horizontal; }
        #told { width: 1fr; }
        #moved { width: 42%; }
        &.-narrow Horizontal { layout: vertical; }
        &.-narrow #told { width: 1fr; height: 1fr; }
        &.-narrow #moved { width: 1fr; height: 8; }
    }
    """
    BINDINGS = actions.bindings("model_diff")
    MODE = "model_diff"
    OVER = "models"

    def __init__(self, workbench: Workbench, before: str, after: str) -> None:
        """Holds the version `after` against `before`, both by their labels."""
        super().__init__(workbench)
        self._labels = before, after

    def panes(self) -> Iterable[Widget]:
        """What differs, and what moved."""
        with Horizontal():
            yield Sheet(id="told")
            yield Sheet("What they look at", id="moved")

    def on_mount(self) -> None:
        """Compares."""
        super().on_mount()
        self.query_one("#told").focus()
        self._compare()

    @on(Answer)
    def _show(self, answer: Answer) -> None:
        if answer.about not in {(self._labels, True), (self._labels, False)}:
            return
        is_by_row = answer.about == (self._labels, True)
        found: ModelDiff = answer.value  # type: ignore[assignment]
        self.trouble(None)
        rows_are = "" if is_by_row else _READING
        self.query_one("#told", Sheet).show(
            lambda width, _height: views.diff_lines(found, width, rows_are=rows_are)
        )
        moved = self.query_one("#moved", Sheet)
        moved.border_subtitle = charts.legend(views.looks_of(found))
        moved.show(lambda width, _height: views.moved_lines(found, width))
        if not is_by_row:
            self._ask(by_row=True)

    @on(NoAnswer)
    def _show_no_answer(self, missed: NoAnswer) -> None:
        self.trouble(missed.error)
        if missed.about == (self._labels, False):
            self.query_one("#told", Sheet).say(*tasks.in_words(missed.error))

    def action_swap(self) -> None:
        """Compares the other way round."""
        self._labels = self._labels[1], self._labels[0]
        self._compare()

    def action_next_pane(self) -> None:
        """Focuses the other pane."""
        self.focus_next()

    def _compare(self) -> None:
        sheet = self.query_one("#told", Sheet)
        sheet.border_title = f"{self._labels[0]} → {self._labels[1]}"
        sheet.say("comparing …")
        self._ask(by_row=False)

    def _ask(self, *, by_row: bool) -> None:
        """Reads what differs; the test rows take longer, and come after the rest."""
        labels, workbench = self._labels, self.workbench
        self.latest.ask((labels, by_row), lambda: workbench.model_diff(*labels, by_row=by_row))
