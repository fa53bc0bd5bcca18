"""Shows the demo as it happens: what is going on, how far it is, how long it still takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from storage.records import Job, ModelHistory, Run
from workbench.core import words
from workbench.demo.results import Month, Result

MARKS = {
    "promoted": ("▲", "green"),
    "rejected": ("✕", "red"),
    "held": ("◐", "yellow"),
    "failed": ("!", "red"),
    "open": ("…", "yellow"),
    "none": ("·", "dim"),
}


class Narrator:
    """Prints to standard output, or to standard error when a program reads the output."""

    def __init__(self, *, to_stderr: bool, steps: int) -> None:
        self._console = Console(stderr=to_stderr, highlight=False, soft_wrap=True)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=28),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            console=self._console,
            transient=True,
        )
        self._steps = steps
        self._whole = self._progress.add_task("starting the services", total=steps, left="")
        self._job = self._progress.add_task("", total=1.0, left="", visible=False)
        self._stage = ""

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def stage(self, what: str) -> None:
        """Says what is happening now."""
        self._stage = what
        self._progress.update(self._whole, description=what)

    def step_done(self) -> None:
        """One of the steps lies behind."""
        self._progress.advance(self._whole)
        whole = self._progress.tasks[self._whole]
        left = (whole.elapsed or 0.0) / max(whole.completed, 1) * (self._steps - whole.completed)
        self._progress.update(self._whole, left=f"about {words.duration(left)} left")

    def job(self, job: Job | None) -> None:
        """Shows how far the running job is; None hides it."""
        if job is None:
            self._progress.update(self._job, visible=False)
            return
        self._progress.update(
            self._job,
            description=f"  {job.label} {job.kind} {job.subject}",
            completed=job.progress or 0.0,
            left=job.message,
            visible=True,
        )

    def say(self, text: str) -> None:
        """Prints a sentence of the story."""
        self._console.print(Text(text))

    def runs(self, runs: Sequence[Run], best: Run) -> None:
        """Prints how the recipes compare."""
        for run in runs:
            metric = run.metrics["roc_auc"]
            interval = words.interval(metric.low, metric.high)
            mark = "▲" if run.id == best.id else " "
            self._console.print(
                Text(
                    f"  {mark} {run.label}  {run.recipe:<8} {run.model:<40} "
                    f"roc_auc {words.metric(metric.value)} ({interval})  "
                    f"{words.took(run.started_at, run.ended_at)}"
                )
            )

    def month(self, month: Month) -> None:
        """Prints the line of a month."""
        mark, colour = MARKS[month.decision]
        line = Text()
        line.append(f"{name_of(month.month)}  ", style="bold")
        line.append(f"{words.count(month.rows):>7} rows  ")
        frozen, champion = (words.short(one, 3) for one in (month.auc_frozen, month.auc_champion))
        line.append(f"AUC frozen {frozen}  champion {champion}  ")
        line.append(f"{mark} {_decision(month)}", style=colour)
        self._console.print(line)
        drifted = ", ".join(
            f"{one.name} {words.short(one.effect)} (limit {words.short(one.limit)})"
            for one in month.drifted
        )
        self._console.print(Text(f"          drift: {drifted or 'none'}", style="dim"))
        self._console.print(Text(f"          {month.reason}", style="dim"))

    def end(self, result: Result, history: ModelHistory) -> None:
        """Prints the last table and where the report lies."""
        table = Table(title="A year of flights, ROC AUC by month", title_justify="left")
        for heading in ("month", "rows", "drifted", "frozen", "champion", "decided", "serves"):
            is_number = heading in {"rows", "frozen", "champion"}
            table.add_column(
                heading,
                justify="right" if is_number else "left",
                no_wrap=heading != "drifted",
            )
        for month in result.months:
            mark, colour = MARKS[month.decision]
            table.add_row(
                name_of(month.month),
                words.count(month.rows),
                ", ".join(one.name for one in month.drifted) or words.NOTHING,
                words.short(month.auc_frozen, 3),
                words.short(month.auc_champion, 3),
                Text(f"{mark} {month.decision}", style=colour),
                f"v{month.champion_version}",
            )
        self._console.print(table)
        requests = result.requests
        if requests.first_failure is not None:
            self.say(f"The first request that failed: {requests.first_failure}")
        self._console.print(
            Text(
                f"{words.count(requests.rows)} rows in {words.count(requests.sent)} requests, "
                f"{requests.failed} failed, over {_swaps(result)} swaps of the model.\n"
                f"{len(history.versions)} versions, each proved: largest difference between model and "
                f"ONNX {words.number(result.parity.max_abs_diff, digits=2)}, "
                f"{words.plural(result.parity.flips, 'label')} flipped.\n"
                f"Took {words.duration(result.seconds)}. Report: {result.report}"
            )
        )


def name_of(month: str) -> str:
    """`Apr 2013` for `2013-04`."""
    return f"{date.fromisoformat(f'{month}-01'):%b %Y}"


def _decision(month: Month) -> str:
    if month.decision == "none":
        return f"no action, v{month.champion_version} serves on"
    return f"challenger {month.decision}, v{month.champion_version} serves"


def _swaps(result: Result) -> int:
    return sum(month.decision == "promoted" for month in result.months)
