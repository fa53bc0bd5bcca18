"""Jobs: what runs, what waits, what failed and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Container
from textual.widget import Widget

from storage.records import Job, JobState
from workbench.tui import actions, feed
from workbench.tui.log_tail import LogTail
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
    Column(label="progress", width=views.PROGRESS, drop=2),
    Column(label="left", align="right", drop=3),
    Column(label="took", align="right", drop=1),
    Column(label="says", stretches=True),
    Column(label="asked", align="right", drop=4),
)
_MAKE_RUNS = ("train", "trial")
_LOOKED_THROUGH = 200
"""Newest runs among which that of a job is looked for."""


class Watched:
    """One job that is looked at; used on the feed's thread only."""

    def __init__(self, job: int) -> None:
        self.job = job
        self._tail = LogTail(job)
        self._run: int | None = None

    def read(self, workbench: Workbench) -> views.JobSeen:
        """The job, the end of its log, and the run that it makes."""
        job = workbench.job(self.job)
        if self._run is None:
            self._run = _run_of(workbench, job)
        return views.JobSeen(job=job, log=self._tail.read(workbench), run=self._run)


class JobsScreen(ModeScreen):
    """The queue on top, the selected job and its log beneath."""

    DEFAULT_CSS = """
    JobsScreen {
        #jobs { height: 1fr; }
        #one { height: 1fr; layout: horizontal; }
        #job { width: 46; }
        #log { width: 1fr; }
        &.-narrow #one { height: 14; layout: vertical; }
        &.-narrow #job { width: 1fr; height: 7; }
        &.-narrow #log { height: 1fr; }
    }
    """
    BINDINGS = actions.bindings("jobs")
    MODE = "jobs"

    def __init__(self) -> None:
        super().__init__()
        self._watched: Watched | None = None
        self._seen: views.JobSeen | None = None
        self._is_live_only = False

    def panes(self) -> Iterable[Widget]:
        """The queue, one job, and its log."""
        yield Table("Jobs", JOBS, id="jobs", classes="first")
        with Container(id="one"):
            yield Sheet("Job", id="job")
            yield Sheet("Log", id="log")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """A page of jobs and how many run and wait; the selected one with its log."""
        table, watched, is_live_only = self.main, self._watched, self._is_live_only
        page = self.page_of(
            lambda w, limit, offset: (
                w.jobs(live=True)[offset : offset + limit]
                if is_live_only
                else w.jobs(limit=limit, offset=offset)
            ),
            views.job_fields,
            table,
        )
        yield feed.Ask(
            part="jobs",
            about=(table.offset_wanted, self.query_text, is_live_only),
            read=lambda w: (page(w), views.queue_words(w.jobs(live=True), w.services())),
            show=self.show_jobs,
        )
        if watched is not None:
            is_live = self._seen is None or self._seen.job.state.is_live
            yield feed.Ask(
                part="job",
                about=watched.job,
                read=watched.read,
                show=self.show_job,
                every_s=1.0 if is_live else 30.0,
            )

    def show_jobs(self, page: tuple[tuple[Job, ...], str]) -> None:
        """Lists the jobs, and says how the queue is."""
        found, queue = page
        self.main.say_when_empty(self._emptiness())
        self.main.show(views.job_rows(found, self.host.now()))
        title = "Jobs, live only" if self._is_live_only else "Jobs"
        query = f"  / {self.query_text}" if self.query_text else ""
        self.main.border_title = f"{title}  {queue}".rstrip() + query
        self.settle(self.main)

    def show_job(self, seen: views.JobSeen) -> None:
        """Shows one job and follows its log."""
        job = seen.job
        if self._watched is None or job.id != self._watched.job:
            return
        is_same = self._seen is not None and self._seen.job.id == job.id
        self._seen, now = seen, self.host.now()
        sheet, log = self.query_one("#job", Sheet), self.query_one("#log", Sheet)
        sheet.border_title, log.border_title = job.label, f"Log of {job.label}, its end"
        if not is_same:
            log.say("")
        sheet.show(lambda width, _height: views.job_lines(seen, now, width))
        log.show(lambda width, _height: views.log_lines(seen, width), follow=job.state.is_live)

    def open_row(self, _table: Table, _key: object) -> None:
        """Goes to the log."""
        self.query_one("#log", Sheet).focus()

    def name_of(self, _table: Table, key: object) -> str:
        """Jobs have their label."""
        return f"j{key}"

    def action_cancel(self) -> None:
        """Asks, then cancels the selected job."""
        job = self._seen.job if self._seen is not None else None
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
        job = self._seen.job if self._seen is not None else None
        if job is None or job.state.is_live or job.state is JobState.FINISHED:
            said = "Only a job that failed, died or was cancelled can be tried again."
            self.notify(said, severity="warning")
            return
        workbench = self.workbench

        def call() -> str:
            waiting = workbench.retry_job(job.id)
            is_itself = waiting.id == job.id
            return (
                f"{job.label} {'waits again' if is_itself else f'waits already as {waiting.label}'}"
            )

        self.tasks.run(f"Retrying {job.label}", call)

    def action_toggle_live(self) -> None:
        """Lists only what runs and waits, or all jobs."""
        self._is_live_only = not self._is_live_only
        self.main.restart()
        self.host.look()

    def action_open_run(self) -> None:
        """Goes to the run that the selected job makes."""
        if self._seen is None or self._seen.run is None:
            self.notify("The selected job makes no run, or has not begun it.", severity="warning")
            return
        self.host.go_to("runs", self._seen.run)

    @on(Table.Moved, "#jobs")
    def _choose_job(self, moved: Table.Moved) -> None:
        self._watched = Watched(int(str(moved.key)))
        self.host.look()

    def title_of_main(self) -> str:
        """The count in the title changes: it is written anew with what is shown."""
        return "Jobs, live only" if self._is_live_only else "Jobs"

    def _emptiness(self) -> str:
        if self.query_text:
            return "No job matches."
        if self._is_live_only:
            return "Nothing runs and nothing waits. l lists all jobs."
        return "No jobs yet. A file that arrives makes some, and so does `workbench run`."


def _run_of(workbench: Workbench, job: Job) -> int | None:
    """The run that a job makes; None when it makes none, or has not begun it."""
    made = (job.result or {}).get("run")
    if isinstance(made, int):
        return made
    if job.kind not in _MAKE_RUNS or job.started_at is None:
        return None
    newest = workbench.runs(limit=_LOOKED_THROUGH)
    return next((run.id for run in newest if run.job_id == job.id), None)
