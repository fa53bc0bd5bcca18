"""Data: datasets, their versions, what the checks said, and what the columns look like."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from storage.records import CheckResult, DatasetSummary, Profile, Version
from workbench.tui import actions, feed
from workbench.tui.screens.base import ModeScreen
from workbench.tui.screens.reader import Reader
from workbench.tui.views import datasets as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

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
CHECKS = (
    Column(label="", width=1),
    Column(label="check", stretches=True, least=24),
    Column(label="failed", align="right", most=7),
    Column(label="value", align="right", drop=1, most=8),
    Column(label="allowed", drop=2, most=16),
)
COLUMNS = (
    Column(label="column", stretches=True),
    Column(label="is", drop=3),
    Column(label="nulls", align="right"),
    Column(label="distinct", align="right", drop=2),
    Column(label="values", width=views.MINI),
    Column(label="mean / top", align="right", drop=1, most=12),
)
Seen = tuple[Version, tuple[CheckResult, ...], Profile | None, Profile | None]
"""A version, its check results, its profile and that of the version before."""


class DataScreen(ModeScreen):
    """Datasets on the left, the selected version on the right."""

    DEFAULT_CSS = """
    DataScreen {
        #lists { width: 48%; }
        #datasets { height: 7; }
        #versions { height: 1fr; }
        #version { width: 1fr; }
        #checks { height: 9; }
        #columns { height: 1fr; }
        #column { height: 13; }
        &.-narrow #lists { width: 1fr; }
        &.-low #datasets { height: 5; }
        &.-low #checks { height: 6; }
        &.-low #column { height: 9; }
    }
    """
    BINDINGS = actions.bindings("data")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "data"

    def __init__(self) -> None:
        super().__init__()
        self._dataset: str | None = None
        self._number: int | None = None
        self._with_rows: frozenset[str] = frozenset()
        """Datasets that have a version; workbench.toml may name others."""
        self._seen: Seen | None = None

    def panes(self) -> Iterable[Widget]:
        """Lists, then the version."""
        with Horizontal():
            with Vertical(id="lists", classes="main"):
                yield Table("Datasets", DATASETS, id="datasets")
                yield Table("Versions", VERSIONS, id="versions", classes="first")
            with Vertical(id="version", classes="side"):
                yield Table("Columns", COLUMNS, id="columns")
                yield Sheet("Column", id="column")
                yield Table("Checks", CHECKS, id="checks")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """Datasets; versions of the selected one; the selected version in full."""
        yield feed.Ask(part="datasets", read=lambda w: w.datasets(), show=self.show_datasets)
        dataset, number, table = self._dataset, self._number, self.main
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
                read=lambda w: _version_in_full(w, dataset, number),
                show=self.show_version,
            )

    def show_datasets(self, found: tuple[DatasetSummary, ...]) -> None:
        """Lists the datasets."""
        table = self.query_one("#datasets", Table)
        before, self._with_rows = (
            self._with_rows,
            frozenset(one.dataset.name for one in found if one.versions),
        )
        table.say_when_empty("No dataset. Name one in workbench.toml: [datasets.NAME]")
        table.show(views.dataset_rows(found))
        self._say_how_to_begin()
        if before != self._with_rows:
            self.host.look()

    def show_versions(self, found: tuple[Version, ...]) -> None:
        """Lists the versions of the selected dataset."""
        self.main.show(views.version_rows(found, self.host.now()))
        self.settle(self.main)

    def show_version(self, seen: Seen) -> None:
        """Fills the right side."""
        version, results, profile, _before = self._seen = seen
        failed = sum(not one.passed for one in results)
        checks, columns = self.query_one("#checks", Table), self.query_one("#columns", Table)
        told = f"{len(results) - failed} of {len(results)} passed" if results else ""
        checks.border_title = f"Checks of v{version.number}  {told}".rstrip()
        checks.say_when_empty(
            version.reason or "None ran. Name some under [datasets.NAME.checks] in workbench.toml."
        )
        checks.show(views.check_rows(results))
        columns.border_title = f"Columns of the rows v{version.number} added"
        columns.say_when_empty("These rows have no profile yet.")
        columns.show(views.column_rows(profile) if profile else [])
        self._show_column()

    def reveal(self, key: object) -> None:
        """Selects a dataset by name."""
        if not self.query_one("#datasets", Table).select(str(key)):
            super().reveal(key)

    def name_of(self, table: Table, key: object) -> str:
        """Versions are named with their dataset."""
        return f"{self._dataset}@v{key}" if table is self.main else str(key)

    def open_row(self, table: Table, key: object) -> None:
        """Reads a check in full, goes from a dataset to its versions and from a version to its columns."""
        if table.id == "checks" and self._seen is not None:
            result = next(one for one in self._seen[1] if one.check == key)
            _ = self.app.push_screen(Reader(result.check, views.check_text(result)))
        elif table.id == "datasets":
            self.main.focus()
        elif table is self.main:
            super().open_row(table, key)

    @on(Table.Moved, "#datasets")
    def _choose_dataset(self, moved: Table.Moved) -> None:
        self._dataset, self._number = str(moved.key), None
        self.main.border_title = f"Versions of {self._dataset}"
        self.main.restart()
        self._say_how_to_begin()
        self.host.look()

    @on(Table.Moved, "#versions")
    def _choose_version(self, moved: Table.Moved) -> None:
        self._number = int(str(moved.key))
        self.host.look()

    @on(Table.Moved, "#columns")
    def _choose_column(self) -> None:
        self._show_column()

    def _say_how_to_begin(self) -> None:
        name = self._dataset or next(iter(self.workbench.config.datasets), "NAME")
        self.main.say_when_empty(
            "No versions yet. Put a file into the inbox, or:",
            f"  workbench data add {name} FILE",
        )

    def _show_column(self) -> None:
        name = self.query_one("#columns", Table).selected
        if self._seen is None or name is None:
            return
        _version, _results, profile, profile_before = self._seen
        column = profile.column(str(name)) if profile else None
        before = profile_before.column(str(name)) if profile_before else None
        if column is None:
            return
        sheet = self.query_one("#column", Sheet)
        sheet.border_title = str(name)
        sheet.border_subtitle = views.column_legend(column, has_before=before is not None)
        sheet.show(lambda width, height: views.column_lines(column, before, width, height))


def _version_in_full(workbench: Any, dataset: str, number: int) -> Seen:
    version: Version = workbench.version(f"{dataset}@v{number}")
    before = None
    if version.parent is not None:
        before = workbench.profile(workbench.version(f"{dataset}@v{version.parent}"))
    return version, workbench.check_results(version), workbench.profile(version), before
