"""Serve: who answers, how fast and how well, request by request; the processes and the keys behind it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input

from workbench.tui import actions, feed, serve_seen
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.serve_panes import ServePanesScreen
from workbench.tui.serve_seen import PAGES
from workbench.tui.traffic import EVERY_S, SHARES
from workbench.tui.views import request_log as log_views
from workbench.tui.views import serving_quality as quality
from workbench.tui.views import serving_tables as tables
from workbench.tui.widgets.choices import Choices
from workbench.tui.widgets.frame import FooterBar
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

_OF_KEYS = frozenset({"serve.new_key", "serve.revoke_key"})
_OF_TRAFFIC = frozenset({"serve.follow", "serve.percentile"})
_OF_VERSIONS = frozenset(
    {"serve.promote", "serve.roll_back", "serve.undo", "serve.canary", "serve.shadow"}
)
_IDLE = {
    "traffic": _OF_KEYS,
    "quality": _OF_KEYS | _OF_TRAFFIC,
    "processes": _OF_KEYS | _OF_TRAFFIC,
    "keys": _OF_TRAFFIC | _OF_VERSIONS,
}
"""Keys that the footer leaves out on a page, since what they are about is on another one."""


class ServeScreen(ServePanesScreen):
    """Models on top, and beneath them one page of what is known about the selected one."""

    DEFAULT_CSS = """
    ServeScreen {
        #endpoints { height: 5; }
        .page { display: none; height: 1fr; }
        &.-traffic #traffic, &.-quality #quality { display: block; }
        &.-processes #processes, &.-keys #keys { display: block; }
        #charts { height: 1fr; }
        #lists { height: 1fr; }
        #latency, #scores, #comparison { width: 1fr; }
        #versions { width: 2fr; }
        #log { width: 3fr; }
        #evaluations { width: 1fr; }
        #realised { height: 1fr; }
        #chart { width: 1fr; }
        #labels { height: 7; }
        #services { height: 7; }
        #endpoint { height: 1fr; }
        #api-keys { height: 1fr; }
        #about-keys { height: 8; }
        &.-narrow.-opened .main, &.-narrow.-opened #charts .main { display: none; }
        &.-narrow.-opened #traffic .side { display: block; }
        &.-low { #labels { height: 5; } #about-keys { height: 5; } }
    }
    """
    BINDINGS = actions.bindings("serve")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "serve"

    def panes(self) -> Iterable[Widget]:
        """Models, then the pages by name and all of them."""
        yield Table("Endpoints", tables.ENDPOINTS, id="endpoints", classes="first")
        yield Choices()
        with Vertical(id="traffic", classes="page"):
            with Horizontal(id="charts"):
                yield Sheet(id="latency", classes="main")
                yield Sheet("Scores", id="scores", classes="main")
                yield Sheet(id="comparison", classes="side")
            with Horizontal(id="lists"):
                yield Table("Versions", tables.version_columns(""), id="versions", classes="side")
                yield Table(
                    "Requests", log_views.COLUMNS, follows=True, id="log", classes="main quiet"
                )
        with Vertical(id="quality", classes="page"):
            with Horizontal(id="realised"):
                yield Table("Realised performance", quality.EVALUATIONS, id="evaluations")
                yield Sheet("by window", id="chart", classes="side")
            yield Sheet("Labels", id="labels")
        with Vertical(id="processes", classes="page"):
            yield Table("Processes", tables.PROCESSES, id="services")
            yield Sheet("Endpoint", id="endpoint")
        with Vertical(id="keys", classes="page"):
            yield Table("API keys", tables.KEYS, id="api-keys")
            yield Sheet("What a key opens", id="about-keys")

    def on_mount(self) -> None:
        """Starts on the models and the first page."""
        super().on_mount()
        self.query_one("#filter", Input).placeholder = log_views.PLACEHOLDER
        self.open_page(self.page)

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """Who takes part, what the endpoint counts, and what the open page shows besides."""
        yield feed.Ask(part="served", read=serve_seen.models_served, show=self.show_served)
        served, model = self.served, self._model
        if served is None:
            return
        reader = self.reader
        yield feed.Ask(
            part="traffic",
            about=id(served),
            read=lambda w: reader.read(w, served),
            show=self.show_traffic,
            every_s=EVERY_S,
        )
        if self.page == "traffic" and self.is_following:
            log, query = self.log_reader, self.query_text
            yield feed.Ask(
                part="log",
                about=(model, query),
                read=lambda w: log.read(w, model, query),
                show=self.show_log,
                every_s=EVERY_S,
            )
        if self.page == "quality" and model is not None:
            yield feed.Ask(
                part="quality",
                about=model,
                read=lambda w: serve_seen.quality_seen(w, model),
                show=self.show_quality,
            )
        if self.page == "keys":
            yield feed.Ask(part="keys", read=serve_seen.keys_seen, show=self.show_keys)

    def reveal(self, key: object) -> None:
        """Selects a model by name."""
        model = str(key).partition("@")[0]
        if not self.main.select(model):
            self.wanted_model = model

    def name_of(self, table: Table, key: object) -> str:
        """Versions are named with their model, requests by their id."""
        if table.id == "versions":
            return f"{self._model}@v{key}"
        return str(key)

    def open_row(self, table: Table, key: object) -> None:
        """Goes to the versions of a model, to a version's card, to a request or to the data of a window."""
        if table is self.main:
            self.open_page("traffic")
            self.add_class("-opened")
            self.call_after_refresh(self.query_one("#versions").focus)
        elif table.id == "versions":
            self.host.go_to("models", f"{self._model}@v{key}")
        elif table.id == "evaluations":
            self.host.go_to("data", key)
        elif table.id == "services":
            self.host.go_to("logs", None)
        elif table.id == "log":
            self._open_request(key)

    def open_page(self, page: str) -> None:
        """Shows a page."""
        self.page = page
        for one in PAGES:
            self.set_class(one == page, f"-{one}")
        tabs = self.query_one(Choices)
        tabs.names, tabs.chosen = PAGES, page
        self.query_one(FooterBar).without = _IDLE[page]
        focused = self.focused
        if focused is not None and focused is not self.main:
            self.main.focus()
        self.show_page()
        self.host.look()

    def action_turn(self, amount: int) -> None:
        """Opens another page."""
        names = list(PAGES)
        self.open_page(names[(names.index(self.page) + amount) % len(names)])

    def action_show_keys(self) -> None:
        """Opens the page of the keys."""
        self.open_page("keys")
        self.call_after_refresh(self.query_one("#api-keys").focus)

    def action_percentile(self) -> None:
        """Draws another percentile."""
        place = SHARES.index(self.share)
        self.share = SHARES[(place - 1) % len(SHARES)]
        self.show_charts()

    def action_follow(self) -> None:
        """Holds the request log still, and follows it again."""
        self.is_following = not self.is_following
        self.title_log(self.log_reader.seen)
        self.host.look()

    def action_filter(self) -> None:
        """Opens the filter of the request log."""
        self.open_page("traffic")
        super().action_filter()

    @on(Input.Changed, "#filter")
    def _filter_log(self, changed: Input.Changed) -> None:
        changed.prevent_default()
        self.query_text = changed.value
        self.is_following = True
        self.query_one("#log", Table).restart()
        self.host.look()

    @on(Input.Submitted, "#filter")
    def _keep_filter(self, submitted: Input.Submitted) -> None:
        submitted.prevent_default()
        self.query_one("#log", Table).focus()

    @on(Choices.Clicked)
    def _open_clicked(self, clicked: Choices.Clicked) -> None:
        self.open_page(clicked.key)

    @on(Table.Moved, "#endpoints")
    def _choose_model(self, moved: Table.Moved) -> None:
        if moved.key != self._model:
            self._model = str(moved.key)
            self.query_one("#versions", Table).restart()
            self.query_one("#log", Table).restart()
            self.is_following = True
            self.show_page()
            self.host.look()

    @on(Table.Moved, "#versions")
    def _choose_version(self) -> None:
        self.show_charts()

    def _open_request(self, key: object) -> None:
        seen = self.log_reader.seen
        line = next((one for one in seen.lines if one.key == key), None) if seen else None
        if line is not None:
            title = f"Request {line.request}"
            _ = self.app.push_screen(Reader(title, lambda width: log_views.told(line, width)))
