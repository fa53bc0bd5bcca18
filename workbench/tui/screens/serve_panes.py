"""What the Serve screen has been told, and how its panes are filled with it."""

from __future__ import annotations

from textual.content import Content

from storage.records import ApiKey, ModelVersion
from workbench.tui.request_log import LogReader, LogSeen
from workbench.tui.screens.serve_deeds import ServeDeedsScreen
from workbench.tui.serve_seen import PAGES, ModelsServed, QualitySeen, TrafficReader, TrafficSeen
from workbench.tui.traffic import SHARES, ModelTraffic, VersionTraffic
from workbench.tui.views import request_log as log_views
from workbench.tui.views import serving as views
from workbench.tui.views import serving_charts as charts
from workbench.tui.views import serving_compared as compared
from workbench.tui.views import serving_quality as quality
from workbench.tui.views import serving_tables as tables
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table


class ServePanesScreen(ServeDeedsScreen):
    """A mode with models, and pages of what is known about the selected one."""

    def __init__(self) -> None:
        super().__init__()
        self.page = next(iter(PAGES))
        """The open one."""
        self.share = SHARES[-1]
        """The percentile that is drawn."""
        self._model: str | None = None
        self.served: ModelsServed | None = None
        """Who takes part; None: not read yet."""
        self.reader = TrafficReader()
        self.log_reader = LogReader()
        self.is_following = True
        """Whether the request log goes on."""
        self.wanted_model: str | None = None
        """A model that somebody came for and that has not been read yet."""

    @property
    def model(self) -> str | None:
        """The model that is looked at; None: there is none."""
        return self._model

    @property
    def selected(self) -> ModelVersion | None:
        """The version with the cursor; None: there is none."""
        found = self.served.versions.get(self._model or "", ()) if self.served else ()
        number = self.query_one("#versions", Table).selected
        return next((one for one in found if one.number == number), None)

    def show_served(self, served: ModelsServed) -> None:
        """Takes over who takes part; what they do is read next."""
        self.served = served
        if self._model not in served.names:
            self._model = next(iter(served.names), None)
        self.show_versions()
        self.host.look()

    def show_traffic(self, seen: TrafficSeen) -> None:
        """Fills the models and the charts."""
        served, now = self.served, self.host.now()
        if served is None:
            return
        self.seen = seen
        table = self.main
        low = 2 if self.has_class("-low") else 5
        table.styles.height = 3 + (min(low, len(seen.models)) or 2)
        table.border_title = Content.assemble(
            "Endpoints  ", views.standing_line(seen.standing, seen.record, now)
        )
        table.say_when_empty(*views.no_model(self.workbench.config))
        table.show(tables.endpoint_rows(seen.models, seen.standing, served.since, now))
        if self.wanted_model is not None and table.select(self.wanted_model):
            self.wanted_model = None
        self.show_page()

    def show_page(self) -> None:
        """Fills the open page with what the endpoint does at the moment."""
        if self.page == "traffic":
            self.show_versions()
            # Drawn in a turn of the loop of its own: a key that was pressed meanwhile comes first.
            self.call_later(self.show_charts)
        elif self.page == "processes" and self.seen is not None:
            self._show_processes(self.seen)
            self._show_endpoint(self.seen)

    def show_log(self, seen: LogSeen) -> None:
        """Fills the request log."""
        log = self.query_one("#log", Table)
        log.say_when_empty(*log_views.nothing(self.query_text, is_running=bool(self.address)))
        log.show(log_views.rows(seen.lines, self.host.now()))
        self.title_log(seen)

    def show_quality(self, seen: QualitySeen) -> None:
        """Fills the page of realised performance."""
        if seen.model != self._model:
            return
        found = seen.evaluations
        table, chart = self.query_one("#evaluations", Table), self.query_one("#chart", Sheet)
        table.say_when_empty("Shown once labelled rows have come for what was predicted.")
        table.show(quality.evaluation_rows(found))
        name = f"Realised {found[0].metric} of {seen.model}" if found else "Realised performance"
        table.border_title = name
        chart.border_subtitle = quality.quality_legend() if found else ""
        chart.show(lambda width, height: quality.quality_lines(found, width, height))
        labels = self.query_one("#labels", Sheet)
        labels.border_title = f"Labels of {seen.model}"
        labels.show(lambda width, _height: quality.label_lines(seen.summary, seen.address, width))

    def show_keys(self, found: tuple[ApiKey, ...]) -> None:
        """Fills the page of the keys."""
        self.api_keys = found
        table = self.query_one("#api-keys", Table)
        active = sum(one.is_active for one in found)
        table.border_title = f"API keys  {active}" if active else "API keys"
        table.say_when_empty("No key: whoever reaches the endpoint is answered. n makes one.")
        table.show(tables.key_rows(found, self.host.now()))
        about = self.query_one("#about-keys", Sheet)
        about.show(lambda width, _height: views.key_lines(found, self.address, width))

    def _traffic(self) -> ModelTraffic | None:
        return self.seen.of(self._model) if self.seen is not None else None

    def _compared(self, found: ModelTraffic) -> VersionTraffic | None:
        """Who is held against the champion: the selected version where it takes part, else the first other one."""
        selected = self.query_one("#versions", Table).selected
        chosen = [one for one in found.others if one.place.number == selected]
        return next(iter((*chosen, *found.others)), None)

    def show_versions(self) -> None:
        """Lists the versions of the selected model."""
        served, model, table = self.served, self._model, self.query_one("#versions", Table)
        if served is None or model is None:
            table.say_when_empty("No version yet.")
            table.show([])
            return
        found, metric = self._traffic(), served.metrics.get(model, "")
        is_new = not table.rows
        colours = charts.styles(found) if found is not None else {}
        table.border_title = f"Versions of {model}"
        table.show(
            tables.version_rows(served.versions[model], found, colours, metric, self.host.now()),
            columns=tables.version_columns(metric),
        )
        places = served.places.get(model, ())
        if is_new and len(places) > 1:
            _ = table.select(places[1].number)

    def show_charts(self) -> None:
        """Draws latency and scores, and holds the others against the champion."""
        latency, scores, comparison = (
            self.query_one(f"#{name}", Sheet) for name in ("latency", "scores", "comparison")
        )
        found, share = self._traffic(), self.share
        latency.border_title = charts.latency_title(found, share)
        if found is None or self.seen is None:
            for one in (latency, scores, comparison):
                one.say("No model yet.")
            return
        champion, other = found.champion, self._compared(found)
        shifts = self.seen.shifts.get(found.model, {})
        latency.show(lambda width, height: charts.latency_lines(found, share, width, height))
        scores.border_subtitle = charts.score_legend(champion, other)
        scores.show(lambda width, height: charts.score_lines(champion, other, width, height))
        comparison.border_title = compared.comparison_title(found)
        comparison.show(
            lambda width, _height: compared.comparison_lines(found, other, width, shifts=shifts)
        )

    def _show_processes(self, seen: TrafficSeen) -> None:
        services = self.query_one("#services", Table)
        services.say_when_empty("No process of this project runs. Start them: workbench up")
        shown = tables.process_rows(seen.services, seen.record, self.host.now())
        services.styles.height = 3 + max(1, min(10, len(shown)))
        services.show(shown)

    def _show_endpoint(self, seen: TrafficSeen) -> None:
        served, model = self.served, self._model
        summaries = served.summaries if served is not None else ()
        summary = next((one for one in summaries if one.model.name == model), None)
        config, now = self.workbench.config.serve, self.host.now()
        self.query_one("#endpoint", Sheet).show(
            lambda width, _height: views.endpoint_lines(
                seen.standing, seen.record, config, summary, now, width
            )
        )

    def title_log(self, seen: LogSeen | None) -> None:
        """Says over the request log what is asked, and whether it is held."""
        self.query_one("#log", Table).border_title = log_views.title(
            seen, is_following=self.is_following, query=self.query_text
        )
