"""What the Logs & events screen says."""

from __future__ import annotations

import json
from datetime import datetime

from textual.content import Content

from storage.records import Event
from workbench.core import words
from workbench.tui import filters
from workbench.tui.theme import state_word
from workbench.tui.views.parts import Lines, dim, facts, heading
from workbench.tui.widgets.cells import wrapped


def event_fields(event: Event) -> filters.Fields:
    """What a filter can ask of an event."""
    return {
        "kind": event.kind,
        "about": event.subject,
        "says": event.message,
        "severity": event.severity.value,
        "id": event.id,
    }


def event_lines(event: Event, now: datetime, width: int) -> Lines:
    """One event in full."""
    lines = [
        Content.assemble(heading(event.kind), f"  {event.subject}  ", state_word(event.severity)),
        *wrapped(event.message, width),
        dim(f"event {event.id}, {words.moment(event.at)}, {words.ago(event.at, now)}"),
    ]
    known = [(key, json.dumps(value, ensure_ascii=False)) for key, value in event.payload.items()]
    return [*lines, *facts(known)]
