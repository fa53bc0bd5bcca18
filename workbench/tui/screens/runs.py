"""Runs: which was best, on which data, with what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Static

from storage.records import RunState
from workbench.tui import actions, feed
from workbench.tui.run_seen import PAGES, Glance, RunReader, RunSeen, main_metric, shown_metrics
from workbench.tui.screens.run_deeds import RunDeedsScreen
from workbench.tui.screens.run_list import Misread
from workbench.tui.views import run_pages
from workbench.tui.views.run_list import RunsSeen
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

_LIVE_S, _STILL_S = 1.0, 30.0
"""How often a run is read anew though the store says nothing: its log is a file."""


class RunsScreen(RunDeedsScreen):
    """Runs on the left, the selected one on the right, page by page."""

    DEFAULT_CSS = """
    RunsScreen {
        #runs { width: 55%; }
        #run { width: 1fr; }
        &.-narrow #runs { width: 1fr; }
    }
    """
    BINDINGS = actions.bindings("runs")
    MODE = "runs"

    def __init__(self) -> None:
        super().__init__()
        self._page = PAGES[0]
        self._metric: str | None = None
        self._run: RunSeen | None = None
        self._reader = RunReader()

    def panes(self) -> Iterable[Widget]:
        """The list, one run, and what is wrong with the filter."""
        with Horizontal():
            yield Table("Runs", (Column(label="run"),), id="runs", classes="first main")
            yield Sheet("Run", id="run", classes="side")
        yield Static(id="wrong")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """A page of runs; the page of the selected run that is open."""
        yield self.list_ask()
        if self.number is None:
            return
        glance = Glance(run=self.number, page=self._page, metric=self._metric)
        is_live = self._run is None or self._run.run.state is RunState.RUNNING
        yield feed.Ask(
            part="run",
            about=glance,
            read=lambda w: self._reader.read(w, glance),
            show=self.show_run,
            every_s=_LIVE_S if is_live and self._page == "log" else _STILL_S,
        )

    def show_runs(self, seen: RunsSeen | Misread) -> None:
        """Lists the runs; without any, nothing is left of the run before."""
        super().show_runs(seen)
        if self.number is None and self._run is not None:
            self._run = None
            sheet = self.query_one("#run", Sheet)
            sheet.border_title = "Run"
            sheet.say("")

    def show_run(self, seen: RunSeen) -> None:
        """Fills the right side, unless another run or page is wanted by now."""
        if (seen.glance.run, seen.glance.page) != (self.number, self._page):
            return
        before, self._run = self._run, seen
        sheet, now = self.query_one("#run", Sheet), self.host.now()
        sheet.border_title = f"{seen.run.label}  {_tabs(self._page)}"
        is_same = before is not None and before.glance.run == seen.glance.run
        if not is_same or before is None or before.glance.page != seen.glance.page:
            sheet.say("")
            sheet.scroll_home(animate=False)
        elif before == seen and self._page != PAGES[0]:
            return  # the first page tells how long ago things were, and so moves on
        is_live = seen.run.state is RunState.RUNNING
        sheet.show(
            lambda width, _height: run_pages.page_lines(seen, now, width),
            follow=is_live and self._page == "log",
        )

    def action_turn(self, amount: int) -> None:
        """Opens another page of the run."""
        self._page = PAGES[(PAGES.index(self._page) + amount) % len(PAGES)]
        if self.has_class("-narrow") and not self.has_class("-opened"):
            self.open_row(self.main, self.number)
        self.host.look()

    def action_next_metric(self) -> None:
        """Draws the next metric of the selected run."""
        seen = self._run
        keys = shown_metrics(seen.run) if seen is not None else []
        if seen is None or not keys:
            return
        drawn = self._metric or main_metric(seen.run, self.workbench.config)
        self._metric = keys[(keys.index(drawn) + 1) % len(keys)] if drawn in keys else keys[0]
        self._page = PAGES[0]
        self.host.look()


def _tabs(page: str) -> str:
    """The pages, the open one set off."""
    return " · ".join(f"[$primary]{one}[/]" if one == page else one for one in PAGES)
