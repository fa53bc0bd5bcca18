"""Every key of the terminal UI in one table: bindings, footer, help, palette and docs are made from it."""

from __future__ import annotations

from collections.abc import Iterable

from textual.binding import Binding, BindingType

from workbench.tui import (
    comparison_actions,
    data_actions,
    jobs_actions,
    models_actions,
    runs_actions,
    serve_actions,
)
from workbench.tui.action import Action

MODES: dict[str, str] = {
    "home": "Home",
    "data": "Data",
    "runs": "Runs",
    "models": "Models",
    "serve": "Serve",
    "inbox": "Inbox & drift",
    "jobs": "Jobs",
    "logs": "Logs & events",
}
"""The modes in the order of their number keys, by their names."""
SCOPES: dict[str, str] = {
    "app": "Everywhere",
    "mode": "On every screen",
    "list": "In lists and details",
    "table": "In lists",
    "missing": "Where no project is open",
    "confirm": "Before something is done",
    "form": "In forms",
    "chooser": "Where names are picked",
    "reader": "While reading a text",
    "trying": "While trying a row",
    "shown_once": "While a new key is shown",
    **MODES,
    "rows": "Rows of a version",
    "grid": "In rows",
    "diff": "Two versions",
    "history": "History of checks",
    "importing": "Import",
    "comparison": "Runs compared",
    "card": "Card of a model version",
    "model_diff": "Two model versions",
}
"""Where a key works, in words."""
_OVER_MODES: dict[str, tuple[str, ...]] = {
    "rows": ("rows", "grid", "table", "list"),
    "diff": ("diff", "table", "list"),
    "history": ("history", "table", "list"),
    "importing": ("importing",),
    "comparison": ("comparison", "list"),
    "card": ("card", "table", "list"),
    "model_diff": ("model_diff", "list"),
}
"""The scopes of screens that lie over a mode."""


def _modes() -> Iterable[Action]:
    for number, (mode, name) in enumerate(MODES.items(), 1):
        yield Action(
            id=f"app.{mode}",
            keys=str(number),
            tooltip=f"Goes to {name}.",
            method=f"go('{mode}')",
        )


def _moves() -> Iterable[Action]:
    for name, keys, shown, tooltip, method in (
        ("down", "j,down", "j ↓", "One line down.", "move(1)"),
        ("up", "k,up", "k ↑", "One line up.", "move(-1)"),
        ("page_down", "pagedown,ctrl+d", "pgdn ctrl+d", "One screenful down.", "move_page(1)"),
        ("page_up", "pageup,ctrl+u", "pgup ctrl+u", "One screenful up.", "move_page(-1)"),
        ("first", "g,home", "g home", "To the first line.", "move_edge('first')"),
        ("last", "G,end", "G end", "To the last line.", "move_edge('last')"),
    ):
        yield Action(id=f"list.{name}", keys=keys, shown=shown, tooltip=tooltip, method=method)


ACTIONS: tuple[Action, ...] = (
    Action(
        id="home.acknowledge",
        keys="a",
        label="Acknowledge",
        tooltip="Takes the selected alert off the list of what needs somebody.",
        method="acknowledge",
    ),
    *data_actions.DATA,
    *runs_actions.RUNS,
    *models_actions.MODELS,
    *serve_actions.SERVE,
    *data_actions.INBOX,
    Action(
        id="inbox.older",
        keys="left_square_bracket",
        shown="[",
        label="Older",
        tooltip="Shows the next older drift report.",
        method="step_report(1)",
    ),
    Action(
        id="inbox.newer",
        keys="right_square_bracket",
        shown="]",
        label="Newer",
        tooltip="Shows the next newer drift report.",
        method="step_report(-1)",
    ),
    *jobs_actions.JOBS,
    *data_actions.ROWS,
    *data_actions.GRID,
    *data_actions.OTHERS,
    *runs_actions.OTHERS,
    *comparison_actions.COMPARISON,
    *models_actions.CARD,
    *models_actions.MODEL_DIFF,
    *serve_actions.TRYING,
    Action(
        id="confirm.agree",
        keys="enter",
        label="Do it",
        tooltip="Does what the line says.",
        method="agree",
    ),
    Action(
        id="confirm.leave",
        keys="escape",
        shown="esc",
        label="Leave it",
        tooltip="Changes nothing.",
        method="leave",
    ),
    Action(
        id="reader.leave",
        keys="escape,q,enter,question_mark",
        shown="esc q",
        label="Back",
        tooltip="Goes back to the screen.",
        method="leave",
    ),
    Action(
        id="missing.again",
        keys="r",
        label="Try again",
        tooltip="Looks for the project once more.",
        method="again",
    ),
    Action(
        id="table.open",
        keys="enter",
        label="Open",
        tooltip="Opens what is under the cursor.",
        method="open",
    ),
    *_moves(),
    Action(
        id="mode.filter",
        keys="slash",
        shown="/",
        label="Filter",
        tooltip="Keeps the rows that match: `word`, `state:failed`, `-state:failed`, `auc>0.7`.",
        method="filter",
    ),
    Action(
        id="mode.zoom",
        keys="z",
        label="Zoom",
        tooltip="Gives the focused pane the whole screen, and back.",
        method="zoom",
    ),
    Action(
        id="mode.copy",
        keys="y",
        label="Copy",
        tooltip="Copies the name of what is selected.",
        method="copy_id",
    ),
    Action(
        id="mode.back",
        keys="escape",
        shown="esc",
        tooltip="Goes back: out of a pane, a zoom or a filter.",
        method="back",
    ),
    Action(
        id="mode.next_pane",
        keys="tab",
        tooltip="Goes to the next pane; shift+tab to the one before.",
        method="next_pane",
    ),
    *_modes(),
    Action(
        id="app.palette",
        keys="ctrl+p,colon",
        shown=": ctrl+p",
        label="Go to",
        tooltip="Finds screens, datasets, runs, models and actions by name.",
        method="command_palette",
    ),
    Action(
        id="app.theme",
        keys="ctrl+t",
        tooltip="Chooses the colours; the choice is remembered.",
        method="change_theme",
    ),
    Action(
        id="app.help",
        keys="question_mark",
        shown="?",
        label="Help",
        tooltip="Shows every key that works here.",
        method="help",
    ),
    Action(
        id="app.quit",
        keys="q",
        label="Quit",
        tooltip="Leaves the terminal UI; jobs and the endpoint go on.",
        method="quit",
    ),
)


def of_scope(*scopes: str) -> tuple[Action, ...]:
    """The actions of some scopes, in the order of the table."""
    return tuple(action for action in ACTIONS if action.scope in scopes)


def scopes_of(screen: str) -> tuple[str, ...]:
    """The scopes whose keys work on a screen, its own first.

    Args:
        screen: A mode, or the scope of a screen over one; empty where no project is open.
    """
    if screen in _OVER_MODES:
        return (*_OVER_MODES[screen], "app")
    return (
        (screen, "table", "list", "mode", "app") if screen else ("missing", "table", "list", "app")
    )


def bindings(scope: str) -> list[BindingType]:
    """The key bindings of a scope, for a class's BINDINGS."""
    return [
        Binding(
            action.keys,
            action.method,
            action.label or action.tooltip,
            show=bool(action.label),
            key_display=action.keys_shown,
            tooltip=action.tooltip,
            id=action.id,
        )
        for action in of_scope(scope)
    ]


def named(action_id: str) -> Action:
    """The action with an id; KeyError when there is none."""
    for action in ACTIONS:
        if action.id == action_id:
            return action
    raise KeyError(action_id)


def key_table() -> str:
    """All keys as Markdown, for docs/KEYS.md."""
    parts = ["# Keys", "", "Made from `workbench/tui/actions.py`. The mouse works everywhere too."]
    for scope, title in SCOPES.items():
        rows = [
            f"| {' '.join(f'`{key}`' for key in action.keys_shown.split())} | {action.tooltip} |"
            for action in of_scope(scope)
        ]
        if rows:
            parts += ["", f"## {title}", "", "| Key | What it does |", "|---|---|", *rows]
    return "\n".join(parts) + "\n"
