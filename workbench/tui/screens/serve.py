"""Serve: what runs, who answers, and how good the answers turned out to be."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual.containers import Horizontal
from textual.widget import Widget

from storage.records import Evaluation, ModelSummary, ServiceStatus
from workbench.tui import actions, feed
from workbench.tui.screens.base import ModeScreen
from workbench.tui.views import serving as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.api import Workbench

SERVICES = (
    Column(label="", width=1),
    Column(label="process"),
    Column(label="is"),
    Column(label="does", drop=4),
    Column(label="address"),
    Column(label="for", align="right", drop=1),
    Column(label="pid", align="right", drop=3),
    Column(label="restarts", align="right", drop=2),
)
EVALUATIONS = (
    Column(label="window"),
    Column(label="champion"),
    Column(label="value", align="right"),
    Column(label="95 %", drop=3),
    Column(label="frozen", align="right", drop=2),
    Column(label="gain", align="right"),
    Column(label="rows", align="right", drop=1),
    Column(label="from", drop=4),
)
ServeSeen = tuple[tuple[ServiceStatus, ...], tuple[ModelSummary, ...], tuple[Evaluation, ...]]
"""The processes, the models, and the evaluations of the first model."""


class ServeScreen(ModeScreen):
    """Processes on top, models and their realised performance beneath."""

    DEFAULT_CSS = """
    ServeScreen {
        #services { height: 8; }
        #endpoint { height: 1fr; min-height: 5; max-height: 9; }
        #quality { height: 2fr; }
        #evaluations { width: 1fr; }
        #chart { width: 1fr; }
    }
    """
    BINDINGS = actions.bindings("serve")
    MODE = "serve"
    FILTERS = False

    def panes(self) -> Iterable[Widget]:
        """Processes, models, quality."""
        yield Table("Processes", SERVICES, id="services", classes="first")
        yield Sheet("Models served", id="endpoint")
        with Horizontal(id="quality"):
            yield Table("Realised performance", EVALUATIONS, id="evaluations")
            yield Sheet("by window", id="chart", classes="side")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """Everything in one read."""
        return [feed.Ask(part="serving", read=_serving, show=self.show_serving)]

    def show_serving(self, seen: ServeSeen) -> None:
        """Fills all panes."""
        services, models, found = seen
        self.main.say_when_empty("No process of this project runs. Start them: workbench up")
        self.main.show(views.service_rows(services, self.host.now()))
        endpoint = self.query_one("#endpoint", Sheet)
        if models:
            endpoint.show(lambda width, _height: views.endpoint_lines(models, services, width))
        else:
            endpoint.say("No model yet. Register a finished run: 3, then workbench model register")
        table, chart = self.query_one("#evaluations", Table), self.query_one("#chart", Sheet)
        table.say_when_empty("Shown once labelled rows have come for what was predicted.")
        table.show(views.evaluation_rows(found))
        if found:
            table.border_title = f"Realised {found[0].metric} of {found[0].model}"
            chart.border_subtitle = views.quality_legend()
        chart.show(lambda width, height: views.quality_lines(found, width, height))

    def open_row(self, table: Table, key: object) -> None:
        """Goes to the data of a window."""
        if table.id == "evaluations":
            self.host.go_to("data", key)


def _serving(workbench: Workbench) -> ServeSeen:
    models = workbench.models()
    found = workbench.evaluations(models[0].model.name) if models else ()
    return workbench.services(), models, found
