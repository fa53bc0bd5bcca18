"""Models: versions with their proof, what the gate said, and who is champion."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from storage.records import GateReview, ModelSummary, ModelVersion
from workbench.core import words
from workbench.tui import actions, feed
from workbench.tui.screens.base import ModeScreen
from workbench.tui.views import models as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.api import Workbench

MODELS = (
    Column(label="model", stretches=True),
    Column(label="champion"),
    Column(label="versions", align="right", drop=1),
    Column(label="quality", width=12, drop=2),
)
VERSIONS = (
    Column(label="", width=1),
    Column(label="version"),
    Column(label="own test", align="right", drop=2),
    Column(label="gate's gain", align="right"),
    Column(label="parity"),
    Column(label="verdict", drop=1),
    Column(label="data", drop=4),
    Column(label="made", align="right", drop=3),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionsSeen:
    """The versions of a model and what was said of them."""

    model: str
    versions: tuple[ModelVersion, ...]
    reviews: tuple[GateReview, ...]
    champion: int | None
    metric: str


class ModelsScreen(ModeScreen):
    """Models and versions on the left, the selected version on the right."""

    DEFAULT_CSS = """
    ModelsScreen {
        #lists { width: 55%; }
        #models { height: 7; }
        #versions { height: 1fr; }
        #version { width: 1fr; }
        #card { height: 1fr; }
        #gate { height: 14; }
        &.-narrow #lists { width: 1fr; }
        &.-low #models { height: 5; }
        &.-low #gate { height: 9; }
    }
    """
    BINDINGS = actions.bindings("models")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "models"

    def __init__(self) -> None:
        super().__init__()
        self._model: str | None = None
        self._seen: VersionsSeen | None = None

    def panes(self) -> Iterable[Widget]:
        """Lists, then the card and the verdict."""
        with Horizontal():
            with Vertical(id="lists", classes="main"):
                yield Table("Models", MODELS, id="models")
                yield Table("Versions", VERSIONS, id="versions", classes="first")
            with Vertical(id="version", classes="side"):
                yield Sheet("Card", id="card")
                yield Sheet("Gate", id="gate")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """Models; versions and reviews of the selected one."""
        yield feed.Ask(part="models", read=lambda w: w.models(), show=self.show_models)
        model, table = self._model, self.main
        if model is None:
            return
        rows = self.page_of(
            lambda w, limit, offset: w.model_versions(model, limit=limit, offset=offset),
            views.version_fields,
            table,
        )
        yield feed.Ask(
            part="versions",
            about=(model, table.offset_wanted, self.query_text),
            read=lambda w: _versions_seen(w, model, rows(w)),
            show=self.show_versions,
        )

    def show_models(self, found: tuple[ModelSummary, ...]) -> None:
        """Lists the models."""
        table = self.query_one("#models", Table)
        table.say_when_empty("No model yet.")
        name = next(iter(self.workbench.config.models), "MODEL")
        self.main.say_when_empty(
            "No versions yet. Register a finished run:",
            f"  workbench model register RUN --model {name}",
        )
        table.show(views.model_rows(found))
        if not found:
            self.main.show([])

    def show_versions(self, seen: VersionsSeen) -> None:
        """Lists the versions and shows the selected one."""
        self._seen = seen
        self.main.border_title = f"Versions of {seen.model}  {seen.metric}"
        reviews = {review.challenger: review for review in reversed(seen.reviews)}
        self.main.show(views.version_rows(seen.versions, reviews, seen.metric, self.host.now()))
        self.settle(self.main)
        self._show_version()

    def reveal(self, key: object) -> None:
        """Selects a model by name."""
        if not self.query_one("#models", Table).select(str(key)):
            super().reveal(key)

    def name_of(self, table: Table, key: object) -> str:
        """Versions are named with their model."""
        return f"{self._model}@v{key}" if table is self.main else str(key)

    def open_row(self, table: Table, key: object) -> None:
        """Goes from a model to its versions and from a version to its card."""
        if table is self.main:
            super().open_row(table, key)
        else:
            self.main.focus()

    def action_promote(self) -> None:
        """Asks, then makes the selected version champion if the champion shown still is."""
        seen, version = self._seen, self._selected()
        if seen is None or version is None:
            return
        if version.number == seen.champion:
            self.notify(f"{version.label} is champion already")
            return
        workbench, expected = self.workbench, seen.champion
        champion = words.versioned(seen.model, expected) if expected else "no version"

        def promote(why: str) -> None:
            def call() -> str:
                workbench.promote(version.model, version.number, expected=expected, why=why)
                return f"{version.label} is champion; was {champion}"

            self.tasks.run(f"Promoting {version.label}", call)

        self.confirm("models.promote", promote, version=version.label, champion=champion)

    def action_roll_back(self) -> None:
        """Asks, then makes the previous champion champion again if the one shown still is."""
        seen = self._seen
        if seen is None or seen.champion is None:
            self.notify("There is no champion to roll back.", severity="warning")
            return
        workbench, model, expected = self.workbench, seen.model, seen.champion
        champion = words.versioned(model, expected)

        def roll_back(why: str) -> None:
            def call() -> str:
                back = workbench.roll_back(model, expected=expected, why=why)
                return f"{back.label} is champion again; was {champion}"

            self.tasks.run(f"Rolling back {champion}", call)

        self.confirm("models.roll_back", roll_back, model=model, champion=champion)

    @on(Table.Moved, "#models")
    def _choose_model(self, moved: Table.Moved) -> None:
        self._model, self._seen = str(moved.key), None
        self.main.restart()
        self.host.look()

    @on(Table.Moved, "#versions")
    def _choose_version(self) -> None:
        self._show_version()

    def _selected(self) -> ModelVersion | None:
        versions = self._seen.versions if self._seen else ()
        return next((one for one in versions if one.number == self.main.selected), None)

    def _show_version(self) -> None:
        version, seen, now = self._selected(), self._seen, self.host.now()
        if version is None or seen is None:
            return
        card, gate = self.query_one("#card", Sheet), self.query_one("#gate", Sheet)
        card.border_title = version.label
        card.show(lambda width, _height: views.card_lines(version, now, width))
        found = [review for review in seen.reviews if review.challenger == version.number]
        gate.border_title = f"Gate of {version.label}"
        if found:
            gate.show(lambda width, _height: views.review_lines(found[0], now, width))
        else:
            gate.say(
                "The gate has not judged this version.",
                "A challenger of a retraining cycle is judged by itself.",
            )


def _versions_seen(
    workbench: Workbench, model: str, versions: tuple[ModelVersion, ...]
) -> VersionsSeen:
    summary = next((one for one in workbench.models() if one.model.name == model), None)
    reviews = workbench.reviews(model)
    experiment = workbench.config.experiments.get(summary.model.experiment) if summary else None
    metric = reviews[0].decision.metric if reviews else (experiment and experiment.metric)
    if metric is None and versions:
        metric = next(iter(versions[0].metrics), None)
    champion = summary.champion.number if summary and summary.champion else None
    return VersionsSeen(
        model=model,
        versions=versions,
        reviews=reviews,
        champion=champion,
        metric=metric or "",
    )
