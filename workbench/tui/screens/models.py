"""Models: versions with their proof and verdict, the selected one page by page, and who is champion."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from storage.records import ModelVersion
from workbench.core import words
from workbench.tui import actions, feed, model_lists, model_seen
from workbench.tui.model_lists import ModelsSeen, VersionsSeen
from workbench.tui.model_seen import PAGES, Glance, ModelSeen
from workbench.tui.screens.model_card import CardScreen
from workbench.tui.screens.model_deeds import ModelDeedsScreen
from workbench.tui.screens.model_diff import ModelDiffScreen
from workbench.tui.views import model_pages
from workbench.tui.views import models as views
from workbench.tui.widgets.choices import Choices
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table


class ModelsScreen(ModelDeedsScreen):
    """Models and versions on the left, the selected version on the right, page by page."""

    DEFAULT_CSS = """
    ModelsScreen {
        #lists { width: 56%; }
        #models { height: 7; }
        #versions { height: 1fr; }
        #version { width: 1fr; }
        #page { height: 1fr; }
        &.-narrow #lists { width: 1fr; }
        &.-low #models { height: 5; }
    }
    """
    BINDINGS = actions.bindings("models")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "models"

    def __init__(self) -> None:
        super().__init__()
        self.card: CardScreen | None = None
        """The card, while it lies over this screen."""
        self.page = PAGES[0]
        self.page_seen: ModelSeen | None = None
        self.marked: tuple[int, ...] = ()
        """Versions that are to be held against each other, at most two."""
        self._model: str | None = None
        self._seen: VersionsSeen | None = None
        self._wanted_model: str | None = None

    @property
    def model(self) -> str | None:
        """The model that is looked at; None: there is none."""
        return self._model

    @property
    def selected(self) -> ModelVersion | None:
        """The version with the cursor; None: there is none."""
        versions = self._seen.versions if self._seen else ()
        return next((one for one in versions if one.number == self.main.selected), None)

    def panes(self) -> Iterable[Widget]:
        """Lists, then the pages of a version."""
        with Horizontal():
            with Vertical(id="lists", classes="main"):
                yield Table("Models", views.MODELS, id="models")
                yield Table("Versions", views.columns(), id="versions", classes="first")
            with Vertical(id="version", classes="side"):
                yield Choices()
                yield Sheet("Version", id="page")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """Models; versions and reviews of the selected one; the open page of the selected version."""
        yield feed.Ask(part="models", read=model_lists.models_seen, show=self.show_models)
        if self._followed:
            yield self.followed_ask()
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
            read=lambda w: model_lists.versions_seen(w, model, rows(w)),
            show=self.show_versions,
        )
        version = self.selected
        if version is not None:
            glance = Glance(model=model, number=version.number, page=self.page)
            yield feed.Ask(
                part="page",
                about=glance,
                read=lambda w: model_seen.read(w, glance),
                show=self.show_page,
            )

    def show_models(self, found: ModelsSeen) -> None:
        """Lists the models."""
        table = self.query_one("#models", Table)
        table.say_when_empty("No model yet.")
        self.main.say_when_empty(
            *(
                ["No version matches."]
                if self.query_text.strip()
                else [
                    "No versions yet. n makes one of a finished run, or:",
                    f"  workbench model register RUN --as {self._usual_name()}",
                ]
            )
        )
        table.show(views.model_rows(found))
        if self._wanted_model is not None and table.select(self._wanted_model):
            self._wanted_model = None
        if not found.models:
            self._model = self._seen = None
            self.main.show([])
            self._show_nothing()

    def show_versions(self, seen: VersionsSeen) -> None:
        """Lists the versions, and asks for the page of the selected one."""
        if seen.model != self._model:
            return
        self._seen = seen
        self._show_rows()
        self.settle(self.main)
        if not seen.versions:
            self._show_nothing()
        elif self.page_seen is None:
            self.host.look()

    def show_page(self, seen: ModelSeen) -> None:
        """Fills the right side and the card, unless another version or page is wanted by now."""
        version, glance = self.selected, seen.glance
        if version is None or (glance.number, glance.page) != (version.number, self.page):
            return
        before, self.page_seen = self.page_seen, seen
        sheet, now = self.query_one("#page", Sheet), self.host.now()
        sheet.border_title = model_pages.title(seen.card)
        if before is None or before.glance != glance:
            sheet.scroll_home(animate=False)
        sheet.show(lambda width, _height: model_pages.page_lines(seen, now, width))
        self._show_tabs()
        if self.card is not None:
            self.card.show_page(seen)

    def reveal(self, key: object) -> None:
        """Selects a model by name, or a version by its label."""
        model, _, number = str(key).partition("@v")
        self.wanted = int(number) if number.isdigit() else None
        if not self.query_one("#models", Table).select(model):
            self._wanted_model = model
        elif self.wanted is not None and self.main.select(int(number)):
            self.wanted = None

    def name_of(self, table: Table, key: object) -> str:
        """Versions are named with their model."""
        return f"{self._model}@v{key}" if table is self.main else str(key)

    def open_row(self, table: Table, _key: object) -> None:
        """Goes from a model to its versions and from a version to its card."""
        if table is not self.main:
            self.main.focus()
        elif self.selected is not None:
            self.open_card()

    def open_card(self) -> None:
        """Shows the open page of the selected version on a screen of its own."""
        if self.card is None:
            self.card = CardScreen(self.workbench, self)
            _ = self.app.push_screen(self.card, self._close_card)

    def open_page(self, page: str) -> None:
        """Shows a page of the selected version."""
        self.page = page
        self._show_tabs()
        self.host.look()

    def action_turn(self, amount: int) -> None:
        """Opens another page of the version."""
        self.open_page(PAGES[(PAGES.index(self.page) + amount) % len(PAGES)])
        if self.has_class("-narrow") and self.selected is not None:
            self.open_card()

    def action_mark(self) -> None:
        """Marks the selected version, or takes the mark away; of three the first is forgotten."""
        version = self.meant()
        if version is None:
            return
        if version.number in self.marked:
            self.marked = tuple(one for one in self.marked if one != version.number)
        else:
            self.marked = (*self.marked, version.number)[-2:]
        self._show_rows()

    def action_compare(self) -> None:
        """Holds the marked versions against each other, or the selected one against the champion."""
        seen, version = self._seen, self.meant()
        if seen is None or version is None:
            return
        others = {*self.marked} if self.marked else {seen.champion}
        pair = sorted(
            one for one in ({*others, version.number} if len(others) < 2 else others) if one
        )
        if len(pair) < 2:
            self.warn("Mark two versions with space, or select another than the champion.")
            return
        first, second = (words.versioned(seen.model, one) for one in pair)
        _ = self.app.push_screen(ModelDiffScreen(self.workbench, first, second))

    @on(Choices.Clicked)
    def _show_clicked(self, clicked: Choices.Clicked) -> None:
        self.open_page(clicked.key)

    @on(Table.Moved, "#models")
    def _choose_model(self, moved: Table.Moved) -> None:
        self._model, self._seen, self.marked = str(moved.key), None, ()
        self.main.restart()
        self.host.look()

    @on(Table.Moved, "#versions")
    def _choose_version(self) -> None:
        self.host.look()

    def _close_card(self, _nothing: None) -> None:
        self.card = None

    def _show_rows(self) -> None:
        seen = self._seen
        if seen is None:
            return
        reviews = {review.challenger: review for review in reversed(seen.reviews)}
        rows = views.version_rows(
            seen.versions, reviews, seen.metric, self.host.now(), marked=self.marked
        )
        query = self.query_text.strip().replace("[", r"\[")
        title = views.title(seen.model, self.marked)
        self.main.border_title = f"{title}  / {query}" if query else title
        self.main.show(rows, columns=views.columns(seen.metric, seen.versions))

    def _show_tabs(self) -> None:
        tabs = self.query_one(Choices)
        tabs.names, tabs.chosen = {page: page for page in PAGES}, self.page

    def _show_nothing(self) -> None:
        self.page_seen = None
        sheet = self.query_one("#page", Sheet)
        sheet.border_title = "Version"
        sheet.say("")

    def _usual_name(self) -> str:
        return self._model or next(iter(self.workbench.config.models), "NAME")
