"""Two versions of a dataset beside each other."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from workbench.tui import actions, tasks
from workbench.tui.latest import Answer, NoAnswer
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.sub import SubScreen
from workbench.tui.views import diff as views
from workbench.tui.views import inbox as drift_views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from storage.records import VersionDiff
    from workbench.api import Workbench

MOVED = (
    Column(label="", width=1),
    Column(label="column", stretches=True),
    Column(label="effect", align="right"),
    Column(label="", width=10, drop=2),
    Column(label="PSI", align="right", drop=3),
    Column(label="changed", align="right", drop=1),
    Column(label="nulls", align="right", drop=4),
)


class DiffScreen(SubScreen[None]):
    """What differs on the left, how far the columns moved on the right."""

    DEFAULT_CSS = """
    DiffScreen {
        Horizontal { layout: horizontal; }
        #rows { width: 1fr; }
        #moved { width: 52%; }
        &.-narrow Horizontal { layout: vertical; }
        &.-narrow #rows { width: 1fr; height: 1fr; }
        &.-narrow #moved { width: 1fr; height: 9; }
    }
    """
    BINDINGS = actions.bindings("diff")
    MODE = "diff"

    def __init__(self, workbench: Workbench, before: str, after: str) -> None:
        super().__init__(workbench)
        self._labels = before, after
        self._found: VersionDiff | None = None

    def panes(self) -> Iterable[Widget]:
        """What differs, and what moved."""
        with Horizontal():
            yield Sheet(id="rows")
            yield Table("Values", MOVED, id="moved")

    def on_mount(self) -> None:
        """Compares."""
        super().on_mount()
        self.query_one("#moved").focus()
        self._compare()

    @on(Answer)
    def _show(self, answer: Answer) -> None:
        if answer.about != self._labels:
            return
        found: VersionDiff = answer.value  # type: ignore[assignment]
        self._found = found
        self.query_one("#rows", Sheet).show(
            lambda width, _height: views.summary_lines(found, width)
        )
        moved = self.query_one("#moved", Table)
        moved.say_when_empty("No column of both has values to compare.")
        moved.show(views.moved_rows(found))
        moved.border_title = "How far the values of all rows moved"

    @on(NoAnswer)
    def _show_no_answer(self, missed: NoAnswer) -> None:
        self.query_one("#rows", Sheet).say(*tasks.in_words(missed.error))
        self.trouble(missed.error)

    @on(Table.Opened)
    def _read_column(self, opened: Table.Opened) -> None:
        if self._found is None:
            return
        column = next(one for one in self._found.distribution.columns if one.name == opened.key)
        _ = self.app.push_screen(
            Reader("Column", lambda width: drift_views.column_lines(column, (), width, 24))
        )

    def action_swap(self) -> None:
        """Compares the other way round."""
        self._labels = self._labels[1], self._labels[0]
        self._compare()

    def _compare(self) -> None:
        labels, workbench = self._labels, self.workbench
        sheet = self.query_one("#rows", Sheet)
        sheet.border_title = f"{labels[0]} → {labels[1]}"
        sheet.say("comparing …")
        self.latest.ask(labels, lambda: workbench.diff(*labels))
