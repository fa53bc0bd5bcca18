"""What the checks of a dataset found, version by version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.widget import Widget

from storage.records import CheckResult, CheckTimeline
from workbench.tui import actions, tasks
from workbench.tui.latest import Answer, NoAnswer
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.sub import SubScreen
from workbench.tui.views import checks as views
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.api import Workbench

VERSIONS = 20
"""Newest versions that are looked at."""


class HistoryScreen(SubScreen[None]):
    """Checks down, versions across; the selected check in words beneath."""

    DEFAULT_CSS = """
    HistoryScreen {
        #timeline { height: 1fr; }
        #results { height: 40%; }
    }
    """
    BINDINGS = actions.bindings("history")
    MODE = "history"

    def __init__(self, workbench: Workbench, dataset: str) -> None:
        super().__init__(workbench)
        self._dataset = dataset
        self._found: CheckTimeline | None = None

    def panes(self) -> Iterable[Widget]:
        """The timeline, once it is read, and one check."""
        yield Vertical(id="timeline")
        yield Sheet("Check", id="results")

    def on_mount(self) -> None:
        """Reads the timeline."""
        super().on_mount()
        dataset, workbench = self._dataset, self.workbench
        self.latest.ask(dataset, lambda: workbench.check_history(dataset, limit=VERSIONS))

    @on(Answer)
    async def _show(self, answer: Answer) -> None:
        if isinstance(answer.value, CheckResult):
            self._show_result(answer.value)
        if not isinstance(answer.value, CheckTimeline):
            return
        self._found = answer.value
        title = f"Checks of {self._dataset}, oldest version first"
        table = Table(title, views.history_columns(self._found), id="history")
        table.say_when_empty(
            "No check has run. Name some in workbench.toml:",
            f"  [datasets.{self._dataset}.checks.columns]",
            "or go back and press s: suggested from what the rows are like.",
        )
        await self.query_one("#timeline", Vertical).mount(table)
        table.show(views.history_rows(self._found))
        table.focus()

    @on(NoAnswer)
    def _show_no_answer(self, missed: NoAnswer) -> None:
        self.trouble(missed.error)
        self.query_one("#results", Sheet).say(*tasks.in_words(missed.error))

    @on(Table.Moved)
    def _show_check(self, moved: Table.Moved) -> None:
        found = self._found
        one = next((one for one in found.checks if one.check == moved.key), None) if found else None
        if found is None or one is None:
            return
        sheet = self.query_one("#results", Sheet)
        sheet.border_title = one.check
        sheet.show(lambda width, _height: views.history_lines(one, found.versions, width))

    @on(Table.Opened)
    def _read_rows(self, opened: Table.Opened) -> None:
        """Reads the rows that the check refused in the newest version with results."""
        found, check = self._found, str(opened.key)
        if found is None or not found.versions:
            return
        newest, workbench = found.versions[-1], self.workbench
        self.latest.ask(
            check,
            lambda: next(
                (one for one in workbench.check_results(newest) if one.check == check), None
            ),
        )

    def _show_result(self, result: CheckResult) -> None:
        _ = self.app.push_screen(
            Reader(result.check, lambda width: views.check_lines(result, width))
        )
