"""Jobs: what runs, what waits, what failed and why."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widget import Widget

from storage.records import Job
from workbench.tui import actions, feed
from workbench.tui.screens.base import ModeScreen
from workbench.tui.views import jobs as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.api import Workbench

JOBS = (
    Column(label="", width=1),
    Column(label="job"),
    Column(label="what"),
    Column(label="on", most=30),
    Column(label="progress", width=views.BAR, drop=2),
    Column(label="left", align="right", drop=3),
    Column(label="took", align="right", drop=1),
    Column(label="says", stretches=True),
    Column(label="asked", align="right", drop=4),
)
LINES_KEPT = 500
"""Lines of a log that are shown, from its end."""


class LogTail:
    """The end of one job's log; used on the feed's thread only."""

    def __init__(self, job: int) -> None:
        self.job = job
        self._next_byte = 0
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._open_line = ""

    def read(self, workbench: Workbench) -> tuple[Job, tuple[str, ...]]:
        """The job, and its log with what was printed since the last time."""
        text, self._next_byte = workbench.job_log(self.job, from_byte=self._next_byte)
        *whole, self._open_line = (self._open_line + text).split("\n")
        self._lines.extend(whole)
        unfinished = (self._open_line,) if self._open_line else ()
        return workbench.job(self.job), (*self._lines, *unfinished)


class JobsScreen(ModeScreen):
    """The queue on top, the selected job beneath."""

    DEFAULT_CSS = """
    JobsScreen {
        #jobs { height: 1fr; }
        #job { height: 1fr; }
    }
    """
    BINDINGS = actions.bindings("jobs")
    MODE = "jobs"

    def __init__(self) -> None:
        super().__init__()
        self._tail: LogTail | None = None
        self._job: Job | None = None

    def panes(self) -> Iterable[Widget]:
        """The queue and one job."""
        yield Table("Jobs", JOBS, id="jobs", classes="first")
        yield Sheet("Job", id="job", classes="side-below")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """A page of jobs; the selected one with its log."""
        table, tail = self.main, self._tail
        yield feed.Ask(
            part="jobs",
            about=(table.offset_wanted, self.query_text),
            read=self.page_of(
                lambda w, limit, offset: w.jobs(limit=limit, offset=offset),
                views.job_fields,
                table,
            ),
            show=self.show_jobs,
        )
        if tail is not None:
            is_live = self._job is None or self._job.state.is_live
            yield feed.Ask(
                part="job",
                about=tail.job,
                read=tail.read,
                show=self.show_job,
                every_s=1.0 if is_live else 30.0,
            )

    def show_jobs(self, found: tuple[Job, ...]) -> None:
        """Lists the jobs."""
        self.main.say_when_empty(
            "No job matches."
            if self.query_text
            else "No jobs yet. A file that arrives makes some, and so does `workbench run`."
        )
        self.main.show(views.job_rows(found, self.host.now()))
        self.settle(self.main)

    def show_job(self, seen: tuple[Job, tuple[str, ...]]) -> None:
        """Shows one job and follows its log."""
        job, log = seen
        if self._tail is None or job.id != self._tail.job:
            return
        is_same = self._job is not None and self._job.id == job.id
        self._job, now = job, self.host.now()
        sheet = self.query_one("#job", Sheet)
        sheet.border_title = f"{job.label}, end of its log"
        if not is_same:
            sheet.say("")
        sheet.show(
            lambda width, _height: views.job_lines(job, log, now, width), follow=job.state.is_live
        )

    def open_row(self, _table: Table, _key: object) -> None:
        """Goes to the log."""
        self.query_one("#job", Sheet).focus()

    def name_of(self, _table: Table, key: object) -> str:
        """Jobs have their label."""
        return f"j{key}"

    def action_cancel(self) -> None:
        """Asks, then cancels the selected job."""
        job = self._job
        if job is None or not job.state.is_live:
            self.notify("Only a queued or running job can be cancelled.", severity="warning")
            return
        workbench = self.workbench

        def cancel(_why: str) -> None:
            def call() -> str:
                return f"{job.label} is {workbench.cancel_job(job.id).state.value}"

            self.tasks.run(f"Cancelling {job.label}", call)

        self.confirm("jobs.cancel", cancel, job=f"{job.label} {job.kind} {job.subject}".strip())

    def action_retry(self) -> None:
        """Queues the selected job again."""
        job = self._job
        if job is None or job.state.is_live:
            self.notify("Only a job that has ended can be tried again.", severity="warning")
            return
        workbench = self.workbench

        def call() -> str:
            return f"{job.label} waits again as {workbench.retry_job(job.id).label}"

        self.tasks.run(f"Retrying {job.label}", call)

    @on(Table.Moved, "#jobs")
    def _choose_job(self, moved: Table.Moved) -> None:
        self._tail = LogTail(int(str(moved.key)))
        self.host.look()
