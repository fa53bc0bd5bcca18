"""What all modes share: the frame, the asks to the store, panes that fold away, and the filter."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Input

from workbench.tui import actions, feed, filters, tasks
from workbench.tui.screens.confirm import Confirm, Question
from workbench.tui.widgets.frame import ROOMY, Bar, FooterBar, HeaderBar, StatusBar, Surroundings
from workbench.tui.widgets.table import PAGE, Table

if TYPE_CHECKING:
    from workbench.api import Workbench

Record = TypeVar("Record")
SCANNED = 2000
"""How many of the newest rows a filter looks through."""


class Host(Protocol):
    """What a mode needs of the app."""

    feed: feed.Feed
    settings: Path | None
    """Where is remembered what somebody chose; None: nowhere."""

    def now(self) -> datetime:
        """The time that relative times count from."""

    def look(self) -> None:
        """Asks the feed to answer what the visible screen wants, soon."""

    def go_to(self, mode: str, key: object) -> None:
        """Shows a mode with one of its rows selected."""


class ModeScreen(Screen[None]):
    """A mode: a frame with a body of panes, the first of which is the main one."""

    DEFAULT_CSS = """
    ModeScreen {
        background: $background;
        #body { height: 1fr; }
        #filter {
            display: none; height: 1; border: none; padding: 0 1;
            background: $cursor; &:focus { border: none; }
        }
        &.-filtering #filter { display: block; }
        &.-narrow .side { display: none; }
        &.-narrow.-opened .side { display: block; }
        &.-narrow.-opened .main { display: none; }
    }
    """
    BINDINGS = actions.bindings("mode")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (ROOMY, "-roomy")]
    ALLOW_IN_MAXIMIZED_VIEW = "Bar"
    MODE: ClassVar[str]
    FILTERS: ClassVar[bool] = True
    """Whether `/` does something here."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = feed.Memory()
        self.query_text = ""
        self.wanted: object = None
        """What to select once it is there: somebody came here for it."""
        self._troubles: dict[str, str] = {}
        self.tasks = tasks.Tasks(self, self.run_worker)

    def compose(self) -> ComposeResult:
        """The frame around the mode's own panes."""
        yield HeaderBar(self.MODE)
        with Container(id="body"):
            yield from self.panes()
        yield Input(id="filter", placeholder="word  state:failed  -recipe:lgbm  auc>0.7")
        yield StatusBar()
        without = () if self.FILTERS else ("mode.filter",)
        yield FooterBar(self.MODE, "table", "mode", "app", without=without)

    def panes(self) -> Iterable[Widget]:
        """The mode's own panes; the main one carries the class `main`, those that fold away `side`."""
        raise NotImplementedError

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """What the mode wants from the store in its present state."""
        raise NotImplementedError

    @property
    def main(self) -> Table:
        """The list that the mode is about."""
        return self.query_one(".first", Table)

    @property
    def host(self) -> Host:
        """The app, as far as a mode knows it."""
        return cast("Host", self.app)

    @property
    def workbench(self) -> Workbench:
        """The application handle; only reachable once something has been shown."""
        opened = self.host.feed.workbench
        if opened is None:
            raise RuntimeError("The workbench is asked for before it is open.")
        return opened

    def all_asks(self) -> list[feed.Ask[Any]]:
        """The mode's asks and the frame's."""
        frame = feed.Ask(part="frame", read=_surroundings, show=self._show_surroundings)
        return [frame, *self.asks()]

    def reveal(self, key: object) -> None:
        """Selects a row, now or as soon as it has been read."""
        self.wanted = None if self.main.select(cast("Any", key)) else key

    def settle(self, table: Table) -> None:
        """Selects what somebody came for, after `table` has been filled."""
        if self.wanted is not None and table.select(cast("Any", self.wanted)):
            self.wanted = None

    def page_of(
        self,
        fetch: Callable[[Workbench, int, int], tuple[Record, ...]],
        fields: Callable[[Record], filters.Fields],
        table: Table,
    ) -> Callable[[Workbench], tuple[Record, ...]]:
        """A read of the rows that a table wants: one page, or what the filter keeps of the newest rows."""
        offset, query = table.offset_wanted, self.query_text.strip()
        condition = filters.parse(query)

        def read(workbench: Workbench) -> tuple[Record, ...]:
            if not query:
                return fetch(workbench, PAGE, offset)
            scanned = fetch(workbench, SCANNED, 0)
            kept = [record for record in scanned if filters.keeps(condition, fields(record))]
            return tuple(kept[offset : offset + PAGE])

        return read

    def on_mount(self) -> None:
        """Starts on the main list."""
        self.main.focus()

    def on_screen_resume(self) -> None:
        """Catches up with the store."""
        self.host.look()

    @on(feed.Told)
    def _show_told(self, told: feed.Told) -> None:
        told.stop()
        self._note(told.ask.part, "")
        told.ask.show(told.value)

    @on(feed.Unread)
    def _show_unread(self, unread: feed.Unread) -> None:
        unread.stop()
        self._note(unread.ask.part, " ".join(tasks.in_words(unread.error)))

    @on(tasks.Failed)
    def _show_failure(self, failed: tasks.Failed) -> None:
        problem, remedy = tasks.in_words(failed.error)
        title = f"{failed.title}: not done"
        self.notify(f"{problem}\n{remedy}".strip(), title=title, severity="error", timeout=12)
        self.host.look()

    @on(tasks.Done)
    def _show_done(self, done: tasks.Done) -> None:
        said = done.value if isinstance(done.value, str) else f"{done.title}: done"
        self.notify(said)
        self.host.look()

    @on(Table.Opened)
    def _open_row(self, opened: Table.Opened) -> None:
        opened.stop()
        self.open_row(opened.table, opened.key)

    @on(Table.PageWanted)
    def _turn_page(self) -> None:
        self.host.look()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, changed: Input.Changed) -> None:
        self.query_text = changed.value
        self.main.restart()
        self.main.border_title = f"{self.title_of_main()}  / {changed.value}".rstrip(" /")
        self.host.look()

    @on(Input.Submitted, "#filter")
    def _filter_kept(self) -> None:
        self.main.focus()

    def title_of_main(self) -> str:
        """What the main list is called without a filter."""
        return (self.main.border_title or "").partition("  / ")[0]

    def open_row(self, _table: Table, _key: object) -> None:
        """Goes to the details of what was opened."""
        self.add_class("-opened")
        target = next(iter(self.query(".side CellView, CellView.side")), None)
        if target is not None:
            # A pane that was folded away can be focused only once it has been laid out.
            self.call_after_refresh(target.focus)

    def confirm(
        self, action_id: str, then: Callable[[str], None], *, needs: str = "", **fields: str
    ) -> None:
        """Says in one line what an action will do and calls `then` with the reason once it is agreed to.

        Args:
            action_id: The action.
            then: Does it.
            needs: What the reason has to say, without which it is not done; empty: there may be none.
            fields: What stands in the action's line.
        """
        action = actions.named(action_id)
        question = Question(
            title=action.label,
            sentence=action.confirm.format(**fields),
            asks_why=action.changes_serving,
            needs=needs,
        )

        def decide(why: str | None) -> None:
            if why is not None:
                then(why)

        _ = self.app.push_screen(Confirm(question), decide)

    def action_filter(self) -> None:
        """Opens the filter."""
        if self.FILTERS:
            self.add_class("-filtering")
            self.query_one("#filter", Input).focus()

    def action_zoom(self) -> None:
        """Gives the focused pane the whole screen, and back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)

    def action_copy_id(self) -> None:
        """Copies the name of what is selected."""
        table = self.focused if isinstance(self.focused, Table) else self.main
        if table.selected is not None:
            name = self.name_of(table, table.selected)
            self.app.copy_to_clipboard(name)
            self.notify(f"{name} is in the clipboard")

    def name_of(self, _table: Table, key: object) -> str:
        """How people name a row."""
        return str(key)

    def action_next_pane(self) -> None:
        """Focuses the next pane."""
        self.focus_next()

    def action_back(self) -> None:
        """Goes back by one step: zoom, filter, details."""
        if self.maximized is not None:
            self.minimize()
        elif self.has_class("-filtering"):
            self.remove_class("-filtering")
            self.query_one("#filter", Input).value = ""
            self.main.focus()
        else:
            self.remove_class("-opened")
            self.call_after_refresh(self.main.focus)

    def _note(self, part: str, trouble: str) -> None:
        """Keeps what cannot be read at the moment, part by part, and shows the first of it."""
        self._troubles[part] = trouble
        shown = next((one for one in self._troubles.values() if one), "")
        self.query_one(StatusBar).trouble = shown

    def _show_surroundings(self, known: Surroundings) -> None:
        for bar in self.query(Bar):
            bar.surroundings = known


def _surroundings(workbench: Workbench) -> Surroundings:
    return Surroundings(
        project=workbench.config.project,
        services=workbench.services(),
        jobs=workbench.jobs(live=True),
        alerts=len(workbench.alerts()),
    )
