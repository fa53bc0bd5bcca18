"""Data: datasets, their versions, what the checks said, and what the columns look like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from storage.records import Arrival, DatasetSummary, Version
from workbench.tui import actions, feed, seeing
from workbench.tui.screens.quarantine import Aside, aside
from workbench.tui.screens.versions import VersionsScreen
from workbench.tui.views import checks as check_views
from workbench.tui.views import datasets as views
from workbench.tui.views import profiles
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.services.quarantine import Quarantine

DATASETS = (
    Column(label="dataset", stretches=True),
    Column(label="versions", align="right", drop=2),
    Column(label="rows", align="right"),
    Column(label="added", width=12, drop=3),
    Column(label="", drop=1),
)
VERSIONS = (
    Column(label="", width=1),
    Column(label="version"),
    Column(label="added", align="right"),
    Column(label="", width=6, drop=4),
    Column(label="rows", align="right", drop=1),
    Column(label="event time", drop=2),
    Column(label="made", align="right", drop=3),
)
QUARANTINE = (
    Column(label="", width=1),
    Column(label="in quarantine", most=24),
    Column(label="why", stretches=True),
)
CHECKS = (
    Column(label="", width=1),
    Column(label="check", stretches=True, least=24),
    Column(label="failed", align="right", most=7),
    Column(label="value", align="right", drop=1, most=8),
    Column(label="allowed", drop=3, most=16),
    Column(label="before", align="right", drop=2),
)
COLUMNS = (
    Column(label="column", stretches=True),
    Column(label="is", drop=3),
    Column(label="nulls", align="right"),
    Column(label="distinct", align="right", drop=2),
    Column(label="values", width=profiles.MINI),
    Column(label="mean / top", align="right", drop=1, most=12),
)


class DataScreen(VersionsScreen):
    """Datasets on the left, the selected version on the right."""

    DEFAULT_CSS = """
    DataScreen {
        #lists { width: 48%; }
        #datasets { height: 7; }
        #versions { height: 1fr; }
        #about { height: 7; }
        #quarantine { height: 7; display: none; }
        &.-aside #quarantine { display: block; }
        #version { width: 1fr; }
        #checks { height: 9; }
        #columns { height: 1fr; }
        #column { height: 13; }
        &.-narrow #lists { width: 1fr; }
        &.-low #datasets { height: 5; }
        &.-low #checks { height: 6; }
        &.-low #column { height: 9; }
        &.-low #about { display: none; }
        &.-low #quarantine { height: 5; }
    }
    """
    BINDINGS = actions.bindings("data")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "data"

    def __init__(self) -> None:
        super().__init__()
        self._with_rows: frozenset[str] = frozenset()
        """Datasets that have a version; workbench.toml may name others."""
        self._seen: seeing.Seen | None = None
        self._asides: dict[str, Version | Arrival] = {}

    def panes(self) -> Iterable[Widget]:
        """Lists, then the version."""
        with Horizontal():
            with Vertical(id="lists", classes="main"):
                yield Table("Datasets", DATASETS, id="datasets")
                yield Table("Versions", VERSIONS, follows=True, id="versions", classes="first")
                yield Sheet("Version", id="about")
                yield Table("Quarantine", QUARANTINE, id="quarantine")
            with Vertical(id="version", classes="side"):
                yield Table("Columns", COLUMNS, id="columns")
                yield Sheet("Column", id="column")
                yield Table("Checks", CHECKS, id="checks")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """Datasets; what is set aside; versions of the selected one; the selected version in full."""
        yield feed.Ask(part="datasets", read=lambda w: w.datasets(), show=self.show_datasets)
        yield feed.Ask(part="quarantine", read=lambda w: w.quarantine(), show=self.show_quarantine)
        dataset, number, table = self.dataset, self.number, self.main
        if dataset is None or dataset not in self._with_rows:
            return
        yield feed.Ask(
            part="versions",
            about=(dataset, table.offset_wanted, self.query_text),
            read=self.page_of(
                lambda w, limit, offset: w.versions(dataset, limit=limit, offset=offset),
                views.version_fields,
                table,
            ),
            show=self.show_versions,
        )
        if number is not None:
            yield feed.Ask(
                part="version",
                about=(dataset, number),
                read=lambda w: seeing.version_seen(w, dataset, number),
                show=self.show_version,
            )

    def show_datasets(self, found: tuple[DatasetSummary, ...]) -> None:
        """Lists the datasets."""
        table = self.query_one("#datasets", Table)
        before, self._with_rows = (
            self._with_rows,
            frozenset(one.dataset.name for one in found if one.versions),
        )
        table.say_when_empty("No dataset. Name one in workbench.toml:", "  [datasets.NAME]")
        table.show(views.dataset_rows(found))
        self._say_how_to_begin()
        if before != self._with_rows:
            self.host.look()

    def show_quarantine(self, found: Quarantine) -> None:
        """Lists what is set aside, of all datasets; without any, the list folds away."""
        both: list[Version | Arrival] = [*found.versions, *found.files]
        self._asides = {mark.label: one for one in both if (mark := aside(one)) is not None}
        table = self.query_one("#quarantine", Table)
        table.border_title = f"Quarantine  {len(both)}"
        table.show(views.quarantine_rows(both))
        if not both and table.has_focus:
            self.main.focus()
        self.set_class(bool(both), "-aside")

    def show_versions(self, found: tuple[Version, ...]) -> None:
        """Lists the versions of the selected dataset."""
        self.versions = found
        self.main.show(views.version_rows(found, self.host.now(), marked=self.marked))
        self.settle(self.main)

    def show_version(self, seen: seeing.Seen) -> None:
        """Fills the right side."""
        self._seen, version = seen, seen.version
        failed = sum(not one.passed for one in seen.results)
        checks, columns = self.query_one("#checks", Table), self.query_one("#columns", Table)
        told = f"{len(seen.results) - failed} of {len(seen.results)} passed" if seen.results else ""
        checks.border_title = f"Checks of v{version.number}  {told}".rstrip()
        checks.say_when_empty(version.reason or "None ran. s writes some to begin with.")
        checks.show(seen.checks)
        columns.border_title = f"Columns of the rows v{version.number} added"
        columns.say_when_empty("These rows have no profile yet.")
        columns.show(seen.columns)
        about, now = self.query_one("#about", Sheet), self.host.now()
        about.border_title = version.label
        about.show(lambda width, _height: views.version_lines(version, now, width))
        self._show_column()

    def reveal(self, key: object) -> None:
        """Selects a dataset by name, in front of what lies over this mode."""
        while self.app.screen is not self and len(self.app.screen_stack) > 1:
            _ = self.app.pop_screen()
        if not self.query_one("#datasets", Table).select(str(key)):
            super().reveal(key)

    def name_of(self, table: Table, key: object) -> str:
        """Versions are named with their dataset."""
        return f"{self.dataset}@v{key}" if table is self.main else str(key)

    def open_row(self, table: Table, key: object) -> None:
        """Reads a check or a reason in full, goes from datasets to versions and on to columns."""
        if table.id == "checks" and self._seen is not None:
            result = next(one for one in self._seen.results if one.check == key)
            self.read(result.check, lambda width: check_views.check_lines(result, width))
        elif table.id == "datasets":
            self.main.focus()
        elif table.id == "quarantine":
            found = self._asides[str(key)]
            self.read("Quarantine", lambda width: views.quarantine_lines(found, width))
        elif table is self.main:
            super().open_row(table, key)

    def set_aside(self) -> Aside | None:
        """What has the cursor in the quarantine, or the selected version if it is there."""
        if (chosen := self.chosen_aside()) is not None:
            return chosen
        return aside(self.selected)

    def chosen_aside(self) -> Aside | None:
        """What has the cursor in the quarantine, if that has the focus."""
        table = self.query_one("#quarantine", Table)
        return aside(self._asides.get(str(table.selected))) if self.focused is table else None

    @on(Table.Moved, "#datasets")
    def _choose_dataset(self, moved: Table.Moved) -> None:
        self.choose_dataset(str(moved.key))
        self.main.border_title = f"Versions of {self.dataset}"
        self.main.restart()
        self._say_how_to_begin()
        self.host.look()

    @on(Table.Moved, "#versions")
    def _choose_version(self, moved: Table.Moved) -> None:
        self.number = int(str(moved.key))
        self.host.look()

    @on(Table.Moved, "#columns")
    def _choose_column(self) -> None:
        self._show_column()

    def _say_how_to_begin(self) -> None:
        name = self.dataset or next(iter(self.workbench.config.datasets), "NAME")
        self.main.say_when_empty(
            "No versions yet. i imports a file;",
            "or put one into the inbox, or:",
            f"  workbench data add {name} FILE",
        )

    def _show_column(self) -> None:
        name = self.query_one("#columns", Table).selected
        seen = self._seen
        column = seen.profile.column(str(name)) if seen and seen.profile else None
        if seen is None or column is None:
            return
        before = seen.before.column(str(name)) if seen.before else None
        sheet = self.query_one("#column", Sheet)
        sheet.border_title = str(name)
        sheet.border_subtitle = profiles.column_legend(column, has_before=before is not None)
        sheet.show(lambda width, height: profiles.column_lines(column, before, width, height))
