"""Our two themes, and the glyph and colour of every state: a colour never stands alone."""

from __future__ import annotations

from enum import StrEnum

from textual.content import Content
from textual.theme import Theme

from storage.records import (
    AlertState,
    ArrivalState,
    CycleState,
    DriftVerdict,
    GateVerdict,
    JobState,
    RunState,
    Severity,
    VersionState,
)

DARK = Theme(
    name="workbench-dark",
    primary="#66b7c4",
    secondary="#a58bd0",
    accent="#66b7c4",
    success="#83b97c",
    warning="#d8ab5c",
    error="#dd7770",
    foreground="#c6cfd6",
    background="#0f1317",
    surface="#141a1f",
    panel="#1a2127",
    dark=True,
    variables={
        "line": "#2a333b",
        "muted": "#74818c",
        "faint": "#46525c",
        "cursor": "#22313a",
        "cursor-blurred": "#1a2228",
        "series-1": "#66b7c4",
        "series-2": "#a58bd0",
        "series-5": "#cf7fa5",
        "series-6": "#8fa3d9",
        "series-both": "#4f6f95",
        "scrollbar": "#2a333b",
        "scrollbar-background": "#0f1317",
        "scrollbar-hover": "#46525c",
        "scrollbar-active": "#66b7c4",
        "border": "#66b7c4",
        "input-selection-background": "#66b7c4 35%",
    },
)
LIGHT = Theme(
    name="workbench-light",
    primary="#17707f",
    secondary="#75529f",
    accent="#17707f",
    success="#3d7a37",
    warning="#946200",
    error="#b23a34",
    foreground="#262d33",
    background="#faf9f6",
    surface="#f3f1ec",
    panel="#ebe8e1",
    dark=False,
    variables={
        "line": "#d3cfc6",
        "muted": "#6a737b",
        "faint": "#a5aaae",
        "cursor": "#dcebed",
        "cursor-blurred": "#eeece6",
        "series-1": "#17808f",
        "series-2": "#8a64b8",
        "series-5": "#a8447a",
        "series-6": "#4a62ab",
        "series-both": "#6889b5",
        "scrollbar": "#d3cfc6",
        "scrollbar-background": "#faf9f6",
        "scrollbar-hover": "#a5aaae",
        "scrollbar-active": "#17707f",
        "border": "#17707f",
        "input-selection-background": "#17707f 25%",
    },
)
FALLBACK = {
    "line": "$foreground 18%",
    "muted": "$foreground 60%",
    "faint": "$foreground 35%",
    "cursor": "$primary 25%",
    "cursor-blurred": "$primary 10%",
    "series-1": "$primary",
    "series-2": "$secondary",
    "series-5": "$error",
    "series-6": "$foreground 70%",
    "series-both": "$accent",
}
"""What our own variables mean in a theme that is not ours, in terms of its colours."""

Mark = tuple[str, str]
"""A sign and the colour it has."""

RUNNING: Mark = ("◐", "$primary")
GOOD: Mark = ("✓", "$success")
BAD: Mark = ("✕", "$error")
CAUTION: Mark = ("◐", "$warning")
IDLE: Mark = ("○", "$muted")
ALARM: Mark = ("▲", "$error")


# Members of two enums that share a word are equal and hash alike, so the enum comes first.
_MARKS: dict[type[StrEnum], dict[str, Mark]] = {
    RunState: {"running": RUNNING, "finished": GOOD, "failed": BAD, "killed": IDLE},
    JobState: {
        "queued": IDLE,
        "running": RUNNING,
        "finished": GOOD,
        "failed": BAD,
        "cancelled": IDLE,
        "dead": BAD,
    },
    VersionState: {"pending": RUNNING, "current": GOOD, "quarantined": BAD, "removed": IDLE},
    ArrivalState: {
        "ingested": GOOD,
        "duplicate": IDLE,
        "quarantined": BAD,
        "retried": RUNNING,
        "dropped": IDLE,
    },
    DriftVerdict: {"drift": ALARM, "warn": CAUTION, "stable": GOOD, "insufficient data": IDLE},
    GateVerdict: {"pass": GOOD, "reject": BAD, "hold": CAUTION},
    CycleState: {
        "open": RUNNING,
        "promoted": GOOD,
        "rejected": BAD,
        "held": CAUTION,
        "failed": BAD,
    },
    Severity: {"info": ("·", "$muted"), "warning": ("▲", "$warning"), "error": BAD},
    AlertState: {"open": ("▲", "$warning"), "acknowledged": IDLE, "resolved": GOOD},
}


def glyph(state: StrEnum) -> Content:
    """The sign of a state in its colour."""
    sign, colour = _mark(state)
    return Content.styled(sign, colour)


def state_word(state: StrEnum) -> Content:
    """The sign and the word of a state in its colour: `✓ finished`."""
    sign, colour = _mark(state)
    return Content.styled(f"{sign} {state.value}", colour)


def light(*, is_on: bool) -> Content:
    """A lamp for what runs or does not."""
    return Content.styled("●", "$success") if is_on else Content.styled("○", "$muted")


def variables(theme_variables: dict[str, str]) -> dict[str, str]:
    """Our own variables for a theme that does not define them."""
    resolved = {}
    for name, meaning in FALLBACK.items():
        source, _, alpha = meaning.removeprefix("$").partition(" ")
        resolved[name] = f"{theme_variables.get(source, '#808080')} {alpha}".strip()
    return resolved


def _mark(state: StrEnum) -> Mark:
    return _MARKS[type(state)][state.value]
