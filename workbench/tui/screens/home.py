"""Home: is production fine, and what needs me?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from textual.containers import Horizontal
from textual.widget import Widget

from storage.records import Alert, Overview
from workbench.core.words import count
from workbench.tui import actions, feed, traffic
from workbench.tui.screens.base import ModeScreen
from workbench.tui.screens.reader import Reader
from workbench.tui.traffic import EVERY_S, ModelTraffic, RateMeter
from workbench.tui.views import home as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

ALERTS = (
    Column(label="", width=1),
    Column(label="what", stretches=True),
    Column(label="last", align="right", drop=1),
)
JOBS = (
    Column(label="", width=1),
    Column(label="job"),
    Column(label="what"),
    Column(label="on", most=30),
    Column(label="progress", width=20, drop=2),
    Column(label="", width=5, align="right"),
    Column(label="left", align="right", width=11, drop=1),
    Column(label="says", stretches=True, drop=3),
)
EVENTS = (
    Column(label="when"),
    Column(label="", width=1),
    Column(label="kind", drop=1),
    Column(label="about", most=22),
    Column(label="what happened", stretches=True),
)


class HomeScreen(ModeScreen):
    """The project at a glance."""

    DEFAULT_CSS = """
    HomeScreen {
        #top { height: 10; }
        #serving { width: 1fr; }
        #needs { width: 1fr; }
        #machine { width: 34; }
        #running { height: 5; }
        #health { height: 2fr; min-height: 3; }
        #events { height: 1fr; min-height: 6; }
        &.-low { #top { height: 8; } #running { height: 4; } #health { height: 3; } }
    }
    """
    BINDINGS = actions.bindings("home")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "home"
    FILTERS = False

    def panes(self) -> Iterable[Widget]:
        """Serving, needs and machine on top; what runs, how it does and what happened beneath."""
        with Horizontal(id="top"):
            yield Sheet("Now serving", id="serving")
            yield Table("Needs you", ALERTS, id="needs", classes="first")
            yield Sheet("Services and disk", id="machine", classes="side")
        yield Table("Running", JOBS, id="running", classes="quiet")
        yield Sheet("Model health", id="health")
        yield Table("Recent events", EVENTS, follows=True, id="events", classes="quiet")

    def __init__(self) -> None:
        super().__init__()
        self._alerts: dict[int, Alert] = {}
        self._meter = RateMeter()
        self._seen: Overview | None = None
        self._traffic: Mapping[str, ModelTraffic] = {}

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """The whole overview in one read, and each second what the endpoint counts."""
        yield feed.Ask(part="overview", read=lambda w: w.overview(), show=self.show_overview)
        models = tuple(one.model.name for one in self._seen.models) if self._seen else ()
        if models:
            meter = self._meter
            yield feed.Ask(
                part="traffic",
                about=models,
                read=lambda w: traffic.of_models(w.figures(), models, meter),
                show=self.show_traffic,
                every_s=EVERY_S,
            )

    def show_overview(self, seen: Overview) -> None:
        """Fills all panes."""
        now = self.host.now()
        if self._seen is None and seen.models:
            self.host.look()
        self._seen = seen
        self._show_needs(seen)
        self._show_serving(seen)
        self.query_one("#machine", Sheet).show(
            lambda _width, _height: views.machine(seen.services, seen.machine, now)
        )
        running = self.query_one("#running", Table)
        running.border_title = f"Running  {len(seen.jobs)}" if seen.jobs else "Running"
        running.say_when_empty("Nothing runs. Jobs start when a file arrives or you ask for a run.")
        running.show(views.job_rows(seen.jobs, now))
        events = self.query_one("#events", Table)
        events.say_when_empty("Nothing has happened yet.")
        events.show(views.event_rows(seen.events, now))

    def show_traffic(self, found: Mapping[str, ModelTraffic]) -> None:
        """Says what is asked of the models at this moment."""
        self._traffic = found
        if self._seen is not None:
            self._show_serving(self._seen)

    def open_row(self, table: Table, key: object) -> None:
        """Reads an alert, or goes to the job or event."""
        if table.id == "running":
            self.host.go_to("jobs", key)
        elif table.id == "events":
            self.host.go_to("logs", key)
        else:
            alert = self._alerts[cast("int", key)]
            _ = self.app.push_screen(Reader(alert.title, alert.text))

    def name_of(self, table: Table, key: object) -> str:
        """Jobs have their label, alerts their key."""
        if table.id == "running":
            return f"j{key}"
        return self._alerts[cast("int", key)].key if table.id == "needs" else str(key)

    def action_acknowledge(self) -> None:
        """Acknowledges the selected alert."""
        alert = self._alerts.get(cast("int", self.main.selected))
        if alert is None:
            return
        workbench = self.workbench

        def acknowledge() -> str:
            workbench.acknowledge(alert.id)
            return f"{alert.title}: acknowledged"

        self.tasks.run(f"Acknowledging {alert.title}", acknowledge)

    def _show_needs(self, seen: Overview) -> None:
        self._alerts = {alert.id: alert for alert in seen.alerts}
        needs = self.main
        needs.border_title = f"Needs you  {count(len(seen.alerts))}" if seen.alerts else "Needs you"
        needs.set_class(bool(seen.alerts), "-calls")
        needs.say_when_empty("Nothing needs you.")
        needs.show(views.alert_rows(seen.alerts, self.host.now()))

    def _show_serving(self, seen: Overview) -> None:
        serving, health = self.query_one("#serving", Sheet), self.query_one("#health", Sheet)
        if seen.models:
            found = self._traffic
            serving.show(lambda _width, _height: views.serving(seen.models, seen.services, found))
            health.show(lambda width, height: views.health(seen.models, width, height))
            return
        config = self.workbench.config
        experiment = next(iter(config.experiments), "EXPERIMENT")
        dataset = next(iter(config.datasets), "DATASET")
        has_rows = any(summary.latest for summary in seen.datasets)
        step = f"workbench run {experiment}" if has_rows else f"workbench data add {dataset} FILE"
        serving.say("No model yet.", "", "Next:", f"  {step}")
        health.say("Shown once a model is served and labelled rows have come.")
