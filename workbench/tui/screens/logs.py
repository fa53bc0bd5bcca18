"""Logs & events: everything that happened, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from textual import on
from textual.widget import Widget

from storage.records import Event
from workbench.tui import actions, feed
from workbench.tui.screens.base import ModeScreen
from workbench.tui.views import logs as views
from workbench.tui.views.home import event_rows
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import STEP, Table

if TYPE_CHECKING:
    from workbench.api import Workbench

EVENTS = (
    Column(label="when"),
    Column(label="", width=1),
    Column(label="kind", most=24, drop=1),
    Column(label="about", most=24),
    Column(label="what happened", stretches=True),
)


class LogsScreen(ModeScreen):
    """Events above, the selected one beneath."""

    DEFAULT_CSS = """
    LogsScreen {
        #events { height: 1fr; }
        #event { height: 9; }
        &.-low #event { height: 6; }
    }
    """
    BINDINGS = actions.bindings("logs")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "logs"

    def __init__(self) -> None:
        super().__init__()
        self._events: dict[int, Event] = {}
        self._before: dict[int, int] = {}
        """Id before which the page at an offset starts: pages keep their place while events come."""

    def panes(self) -> Iterable[Widget]:
        """The list and one event."""
        yield Table("Events", EVENTS, follows=True, id="events", classes="first")
        yield Sheet("Event", id="event")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """A page of events."""
        before = self._before.get(self.main.offset_wanted)

        def fetch(workbench: Workbench, limit: int, offset: int) -> tuple[Event, ...]:
            return workbench.events(limit=limit, before=before if offset else None)

        yield feed.Ask(
            part="events",
            about=(self.main.offset_wanted, self.query_text),
            read=self.page_of(fetch, views.event_fields, self.main),
            show=self.show_events,
        )

    def show_events(self, found: tuple[Event, ...]) -> None:
        """Lists the events."""
        offset = self.main.offset_wanted
        if len(found) > STEP and not self.query_text:
            self._before[offset + STEP] = found[STEP - 1].id
        self._events = {event.id: event for event in found}
        self.main.say_when_empty(
            "No event matches." if self.query_text else "Nothing has happened yet."
        )
        self.main.show(event_rows(found, self.host.now()))
        self.settle(self.main)
        self._show_event()

    def open_row(self, _table: Table, _key: object) -> None:
        """Goes to the event in full."""
        self.query_one("#event", Sheet).focus()

    @on(Table.Moved, "#events")
    def _choose_event(self) -> None:
        self._show_event()

    def _show_event(self) -> None:
        event = next((e for key, e in self._events.items() if key == self.main.selected), None)
        sheet, now = self.query_one("#event", Sheet), self.host.now()
        if event is not None:
            sheet.show(lambda width, _height: views.event_lines(event, now, width))
