"""The list of runs: found, sorted, in chosen columns, folded, marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.content import Content
from textual.widgets import Input, Static

from storage.records import Run
from workbench.errors import UsageError
from workbench.tui import feed, settings
from workbench.tui.screens.chooser import Chooser
from workbench.tui.screens.comparison import ComparisonScreen
from workbench.tui.screens.reading import ReadingScreen
from workbench.tui.settings import RunListing
from workbench.tui.views import run_list as views
from workbench.tui.views.run_list import RunsSeen
from workbench.tui.widgets.table import PAGE, Table

if TYPE_CHECKING:
    from workbench.api import Workbench
    from workbench.core.filters import Names

MOST_MARKED = 12
NO_RUN = "No run is selected."
EXAMPLE = "metrics.roc_auc > 0.7 and params.num_leaves = 31   or short: roc_auc>0.7 -state:failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misread:
    """Why the runs that were asked for cannot be found."""

    problem: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Which runs somebody wants to see, and how."""

    query: str
    listing: RunListing | None
    """None: as it is remembered."""
    folds: Mapping[int, bool]
    offset: int
    remembered: Path | None

    def read(self, workbench: Workbench) -> RunsSeen | Misread:
        """The page, or why there is none."""
        listing = self.listing
        if listing is None:
            path = self.remembered
            listing = settings.read_runs(path, workbench.project_dir) if path else RunListing()
        try:
            return self._found(workbench, listing)
        except UsageError as error:
            if self.listing is None and listing.sort is not None:
                # What it was sorted by is gone from the store; the list is not.
                return self._found(workbench, replace(listing, sort=None))
            return Misread(problem=error.problem, remedy=error.remedy)

    def _found(self, workbench: Workbench, listing: RunListing) -> RunsSeen:
        page = workbench.run_page(
            self.query, sort=listing.sort, folds=self.folds, limit=PAGE, offset=self.offset
        )
        fields = tuple(workbench.run_fields(one.run) for one in page.runs)
        return RunsSeen(page=page, fields=fields, listing=listing)


class RunListScreen(ReadingScreen):
    """A mode with a list of runs."""

    DEFAULT_CSS = """
    RunListScreen {
        #wrong { display: none; dock: bottom; height: auto; max-height: 7; padding: 0 1; }
        &.-wrong #wrong { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.seen: RunsSeen | None = None
        self.number: int | None = None
        """The run with the cursor."""
        self.marked: tuple[int, ...] = ()
        """Runs that are to be compared, in the order in which they were marked."""
        self._folds: dict[int, bool] = {}
        self._listing: RunListing | None = None

    @property
    def selected(self) -> Run | None:
        """The run with the cursor."""
        if self.seen is None:
            return None
        return next((one.run for one in self.seen.page.runs if one.run.id == self.number), None)

    def list_ask(self) -> feed.Ask[RunsSeen | Misread]:
        """What the list wants from the store."""
        wish = Wish(
            query=self.query_text,
            listing=self._listing,
            folds=dict(self._folds),
            offset=self.main.offset_wanted,
            remembered=self.host.settings,
        )
        about = (wish.query, wish.listing, tuple(wish.folds.items()), wish.offset)
        return feed.Ask(part="runs", about=about, read=wish.read, show=self.show_runs)

    def show_runs(self, seen: RunsSeen | Misread) -> None:
        """Lists the runs; a condition that cannot be understood leaves those before, and says why."""
        self.set_class(isinstance(seen, Misread), "-wrong")
        if isinstance(seen, Misread):
            told = Content.assemble((f"✕ {seen.problem}", "$error"), (f"\n{seen.remedy}", "$muted"))
            self.query_one("#wrong", Static).update(told)
            return
        self.seen, self._listing = seen, seen.listing
        first = next(iter(self.workbench.config.experiments), "EXPERIMENT")
        self.main.say_when_empty(
            *(
                ["No run matches."]
                if self.query_text.strip()
                else ["No runs yet. n trains one, or:", f"  workbench run {first}"]
            )
        )
        self.show_rows()
        if not seen.page.runs:
            self.number = None
        self.settle(self.main)
        if self.wanted is not None and not self.query_text:
            self._find(self.wanted)

    def show_rows(self) -> None:
        """Draws the list anew, as it was read last."""
        if self.seen is None:
            return
        config, now = self.workbench.config, self.host.now()
        rows = views.run_rows(self.seen, config, now, marked=self.marked)
        total = self.seen.page.total
        self.main.show(rows, total=total, columns=views.columns(self.seen))
        self._entitle()

    def name_of(self, _table: Table, key: object) -> str:
        """Runs have their label."""
        return f"r{key}"

    def on_mount(self) -> None:
        """Says in the filter how to ask."""
        self.query_one("#filter", Input).placeholder = EXAMPLE

    def action_mark(self) -> None:
        """Marks the selected run, or takes the mark away."""
        if self.number is None:
            self.warn(NO_RUN)
        elif self.number in self.marked:
            self.marked = tuple(one for one in self.marked if one != self.number)
        elif len(self.marked) >= MOST_MARKED:
            self.warn(f"{MOST_MARKED} runs are marked; more do not fit beside each other.")
        else:
            self.marked = (*self.marked, self.number)
        self.show_rows()

    def action_unmark(self) -> None:
        """Takes all marks away."""
        self.marked = ()
        self.show_rows()

    def action_compare(self) -> None:
        """Compares the marked runs, or the marked one with the selected one."""
        chosen = self.marked
        if len(chosen) == 1 and self.number is not None and self.number not in chosen:
            chosen = (*chosen, self.number)
        if len(chosen) < 2:
            self.warn("Mark two runs or more with space, then compare them.")
            return
        _ = self.app.push_screen(ComparisonScreen(self.workbench, chosen))

    def action_unfold(self) -> None:
        """Shows the children of the selected run."""
        self._fold(is_open=True)

    def action_fold(self) -> None:
        """Hides the children of the selected run, or of its parent."""
        listed = {one.run.id: one for one in self.seen.page.runs} if self.seen else {}
        one = listed.get(self.number) if self.number is not None else None
        if one is None:
            return
        if not one.is_open and one.run.parent_id in listed and one.depth:
            self.main.select(one.run.parent_id)
            self.number = one.run.parent_id
        self._fold(is_open=False)

    def action_columns(self) -> None:
        """Chooses the columns, and remembers them."""
        if self.seen is None:
            return
        listing = self._listing or RunListing()

        def choose(names: Names) -> None:
            Chooser.ask(
                self.app,
                title="Columns, in the order in which they are picked",
                choices=views.choices(names),
                chosen=listing.columns or views.BEGINNING,
                beginning=views.BEGINNING,
                then=take,
            )

        def take(picked: tuple[str, ...]) -> None:
            chosen = () if picked == views.BEGINNING else picked
            self._list_as(replace(self._listing or listing, columns=chosen))

        self.after("looking for names", self.workbench.run_names, choose)

    def action_sort(self) -> None:
        """Chooses what the runs are sorted by; the same once more turns the order round."""
        if self.seen is None:
            return
        listing = self._listing or RunListing()
        before = (listing.sort or "-run").removeprefix("-")

        def choose(names: Names) -> None:
            Chooser.ask(
                self.app,
                title="Sort by; the same once more turns the order round",
                choices=views.sortable(names),
                chosen=(before,),
                then=take,
            )

        def take(picked: tuple[str, ...]) -> None:
            self._list_as(replace(self._listing or listing, sort=_turned(listing.sort, picked[0])))

        self.after("looking for names", self.workbench.run_names, choose)

    @on(Input.Changed, "#filter")
    def _find_as_typed(self, changed: Input.Changed) -> None:
        # The rows stay while a condition is being typed, so the list is not emptied as in other modes.
        changed.prevent_default()
        self.query_text = changed.value
        self.main.offset_wanted = 0
        self._entitle()
        self.host.look()

    @on(Table.Moved, "#runs")
    def _choose_run(self, moved: Table.Moved) -> None:
        self.number = int(str(moved.key))
        self.host.look()

    def _entitle(self) -> None:
        told = views.title(self.marked, self._listing or RunListing())
        query = self.query_text.strip().replace("[", r"\[")
        self.main.border_title = f"{told}  / {query}" if query else told

    def _fold(self, *, is_open: bool) -> None:
        if self.number is not None:
            self._folds[self.number] = is_open
            self.host.look()

    def _list_as(self, listing: RunListing) -> None:
        self._listing = listing
        self.main.offset_wanted = 0
        path, project = self.host.settings, self.workbench.project_dir
        if path is not None:
            self.after(
                "remembering the list",
                lambda: settings.write_runs(path, project, listing),
                lambda _: None,
            )
        self.host.look()

    def _find(self, wanted: object) -> None:
        """Finds a run that is not on this page: somebody came here for it."""
        self.add_class("-filtering")
        self.query_one("#filter", Input).value = f"run = r{wanted}"


def _turned(sort: str | None, name: str) -> str | None:
    """The order after `name` was picked: the largest first, then the smallest, and newest first as None."""
    if name == "run":
        return "run" if sort is None else None
    return name if sort == f"-{name}" else f"-{name}"
