"""Inbox & drift: which files came, what moved in them, and what followed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, cast

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget

from storage.records import Arrival, BadLine, Cycle, DriftReport, GateReview, InboxStatus
from workbench.tui import actions, feed, tasks
from workbench.tui.latest import Answer, Latest, NoAnswer
from workbench.tui.screens.quarantine import Aside, QuarantineScreen, aside
from workbench.tui.screens.reader import Reader
from workbench.tui.views import arrivals
from workbench.tui.views import inbox as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.api import Workbench

FILES = (
    Column(label="", width=1),
    Column(label="file", most=26),
    Column(label="became", stretches=True, least=12, drop=1),
    Column(label="came", align="right", drop=2),
)
REPORTS = (
    Column(label="", width=1),
    Column(label="version"),
    Column(label="window"),
    Column(label="drift", align="right"),
    Column(label="columns", stretches=True, drop=1),
)
COLUMNS = (
    Column(label="", width=1),
    Column(label="column", most=20),
    Column(label="effect", align="right"),
    Column(label="limit", align="right"),
    Column(label="trend", width=views.TREND),
    Column(label="impact", width=8, drop=1),
    Column(label="p", align="right", drop=2),
    Column(label="PSI", align="right", drop=3),
)
Followed = tuple[tuple[Cycle, ...], tuple[GateReview, ...]]
"""The cycles and reviews of a report's model."""
FilesSeen = tuple[tuple[str, ...], tuple[Arrival, ...], tuple[InboxStatus, ...]]
"""Files that wait, files that came, and how the folders stand."""
REPORTS_HELD = 100


class InboxScreen(QuarantineScreen):
    """Files and reports on the left, the columns of a report and their story on the right."""

    DEFAULT_CSS = """
    InboxScreen {
        #left { width: 42%; }
        #files { height: 1fr; }
        #reports { height: 1fr; }
        #right { width: 1fr; }
        #columns { width: 1fr; }
        #column { width: 40; }
        #story { height: 9; }
        &.-narrow #left { width: 1fr; }
        &.-narrow #column { display: none; }
        &.-low #story { height: 7; }
    }
    InboxScreen.-roomy #column { display: none; }
    InboxScreen.-vast #column { display: block; }
    """
    BINDINGS = actions.bindings("inbox")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-roomy"), (150, "-vast")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "inbox"

    def __init__(self) -> None:
        super().__init__()
        self._arrivals: dict[int, Arrival] = {}
        self._waiting: tuple[str, ...] = ()
        self._reports: tuple[DriftReport, ...] = ()
        self._followed: Followed = ((), ())
        self.latest = Latest(self, self.run_worker)

    def panes(self) -> Iterable[Widget]:
        """Lists, then the report."""
        with Horizontal():
            with Vertical(id="left", classes="main"):
                yield Table("Inbox", FILES, id="files", classes="first")
                yield Table("Drift reports", REPORTS, id="reports")
            with Vertical(id="right", classes="side"):
                with Horizontal():
                    yield Table("Columns", COLUMNS, id="columns")
                    yield Sheet("Column", id="column")
                yield Sheet("What happened next", id="story")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """A page of files; the newest reports; what followed them."""
        table = self.main
        rows = self.page_of(
            lambda w, limit, offset: w.arrivals(limit=limit, offset=offset),
            arrivals.arrival_fields,
            table,
        )
        is_first = table.offset_wanted == 0 and not self.query_text
        yield feed.Ask(
            part="files",
            about=(table.offset_wanted, self.query_text),
            read=lambda w: (w.waiting_files() if is_first else (), rows(w), w.inbox()),
            show=self.show_files,
            every_s=2.0,
        )
        yield feed.Ask(part="reports", read=_reports, show=self.show_reports)

    def show_files(self, seen: FilesSeen) -> None:
        """Lists the files."""
        self._waiting, found, folders = seen
        now = self.host.now()
        self._arrivals = {one.id: one for one in found}
        patterns = [d.files for d in self.workbench.config.datasets.values() if d.files]
        self.main.say_when_empty(
            "No file has come. Put one where it is watched:",
            *(f"  {pattern}" for pattern in patterns[:4]),
        )
        trouble = arrivals.trouble_rows(folders) if not self.main.offset_wanted else []
        self.main.show([*trouble, *arrivals.arrival_rows(self._waiting, found, now)])
        if not self.query_text:
            self.main.border_title = arrivals.inbox_title(folders, now)
        self.settle(self.main)

    def show_reports(self, seen: tuple[tuple[DriftReport, ...], Followed]) -> None:
        """Lists the reports and shows the selected one."""
        self._reports, self._followed = seen
        table = self.query_one("#reports", Table)
        table.say_when_empty(
            "No report yet.", "Made for each version once a model", "is registered."
        )
        table.show(views.report_rows(self._reports))
        self._show_report()

    def open_row(self, table: Table, key: object) -> None:
        """Reads a file, goes from a report to its columns and from a column to its figures."""
        if table is self.main:
            self._read_file(key)
        elif table.id == "columns":
            self._read_column()
        else:
            super().open_row(table, key)

    def set_aside(self) -> Aside | None:
        """The selected file, if it or its rows are in quarantine."""
        return aside(self._arrival)

    def dataset_meant(self) -> str | None:
        """The dataset of the selected file."""
        return self._arrival.dataset if self._arrival else None

    @property
    def _arrival(self) -> Arrival | None:
        key = self.main.selected
        return self._arrivals.get(key) if isinstance(key, int) else None

    def title_of_main(self) -> str:
        """What the list of files is called beside a filter."""
        return "Inbox"

    def action_step_report(self, amount: int) -> None:
        """Shows the report that is so many rows further down."""
        self.query_one("#reports", Table).action_move(amount)

    @on(Table.Moved, "#reports")
    def _choose_report(self) -> None:
        self._show_report()

    @on(Table.Moved, "#columns")
    def _choose_column(self) -> None:
        self._show_column()

    def _selected(self) -> DriftReport | None:
        wanted = self.query_one("#reports", Table).selected
        return next((one for one in self._reports if one.id == wanted), None)

    def _show_report(self) -> None:
        report, now = self._selected(), self.host.now()
        columns, story = self.query_one("#columns", Table), self.query_one("#story", Sheet)
        columns.say_when_empty("No report is selected.")
        if report is None:
            columns.show([])
            story.say("Shown once rows came after a model was registered.")
            return
        cycles, reviews = self._followed
        columns.border_title = (
            f"Columns of {report.dataset}@v{report.version}, largest impact first"
        )
        columns.show(views.column_rows(report, views.trends_until(report, self._reports)))
        story.show(lambda width, _height: views.sentence_lines(report, cycles, reviews, now, width))
        self._show_column()

    def _show_column(self) -> None:
        report, name = self._selected(), self.query_one("#columns", Table).selected
        if report is None:
            return
        column = next((one for one in report.comparison.columns if one.name == name), None)
        if column is not None:
            trend = views.trends_until(report, self._reports)[column.name]
            self.query_one("#column", Sheet).show(
                lambda width, height: views.column_lines(column, trend, width, height)
            )

    def _read_file(self, key: object) -> None:
        """Shows a file in full, with the lines that could not be read."""
        arrival = self._arrivals.get(key) if isinstance(key, int) else None
        if arrival is None:
            waits = key in self._waiting
            self._show_file(f"{key}\nwaits until it has settled." if waits else str(key))
        elif not arrival.bad_lines:
            self._show_file(lambda width: arrivals.arrival_lines(arrival, (), width))
        else:
            workbench = self.workbench
            self.latest.ask(
                arrival, lambda: workbench.bad_lines(arrival.id, limit=arrivals.BAD_LINES)
            )

    @on(Answer)
    def _show_bad_lines(self, answer: Answer) -> None:
        arrival, found = cast("Arrival", answer.about), cast("tuple[BadLine, ...]", answer.value)
        self._show_file(lambda width: arrivals.arrival_lines(arrival, found, width))

    @on(NoAnswer)
    def _show_no_bad_lines(self, missed: NoAnswer) -> None:
        arrival = cast("Arrival", missed.about)
        told = " ".join(tasks.in_words(missed.error))
        self._show_file(
            lambda width: [*arrivals.arrival_lines(arrival, (), width), Content(""), Content(told)]
        )

    def _show_file(self, text: str | Callable[[int], list[Content]]) -> None:
        _ = self.app.push_screen(Reader("File", text))

    def _read_column(self) -> None:
        report, name = self._selected(), self.query_one("#columns", Table).selected
        if report is None:
            return
        column = next(one for one in report.comparison.columns if one.name == name)
        trend = views.trends_until(report, self._reports)[column.name]
        _ = self.app.push_screen(
            Reader("Column", lambda width: views.column_lines(column, trend, width, 24))
        )


def _reports(workbench: Workbench) -> tuple[tuple[DriftReport, ...], Followed]:
    reports = workbench.drift_reports(limit=REPORTS_HELD)
    models = sorted({one.model for one in reports if one.model is not None})
    cycles = tuple(cycle for model in models for cycle in workbench.cycles(model))
    reviews = tuple(review for model in models for review in workbench.reviews(model))
    return reports, (cycles, reviews)
