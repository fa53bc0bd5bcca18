from __future__ import annotations

from pathlib import Path

import pytest

from workbench.tui import actions
from workbench.tui.app import WorkbenchApp
from workbench.tui.screens.base import ModeScreen
from workbench.tui.screens.chooser import Chooser
from workbench.tui.screens.comparison import ComparisonScreen
from workbench.tui.screens.confirm import Confirm
from workbench.tui.screens.diff import DiffScreen
from workbench.tui.screens.form import Form
from workbench.tui.screens.help import help_lines
from workbench.tui.screens.history import HistoryScreen
from workbench.tui.screens.importing import ImportScreen
from workbench.tui.screens.missing import MissingScreen
from workbench.tui.screens.model_card import CardScreen
from workbench.tui.screens.model_diff import ModelDiffScreen
from workbench.tui.screens.prompt import Prompt
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.rows import RowsScreen
from workbench.tui.screens.shown_once import ShownOnce
from workbench.tui.screens.trying import TryRow
from workbench.tui.widgets.grid import Grid
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

OWNERS = {
    "app": [WorkbenchApp],
    "mode": [ModeScreen],
    "list": [Table, Sheet],
    "table": [Table],
    "missing": [MissingScreen],
    "confirm": [Confirm, Prompt],
    "form": [Form],
    "chooser": [Chooser],
    "reader": [Reader],
    "trying": [TryRow],
    "shown_once": [ShownOnce],
    **{mode: [screen] for mode, screen in WorkbenchApp.MODES.items()},
    "rows": [RowsScreen],
    "grid": [Grid],
    "diff": [DiffScreen],
    "history": [HistoryScreen],
    "importing": [ImportScreen],
    "comparison": [ComparisonScreen],
    "card": [CardScreen],
    "model_diff": [ModelDiffScreen],
}
OVER_MODES = ("rows", "diff", "history", "importing", "comparison", "card", "model_diff")
EVERY = pytest.mark.parametrize("action", actions.ACTIONS, ids=lambda action: action.id)


@EVERY
def test_every_action_resolves_where_it_works(action):
    name = f"action_{action.method.partition('(')[0]}"

    assert all(callable(getattr(owner, name, None)) for owner in OWNERS[action.scope])


@EVERY
def test_every_action_is_bound_where_it_works(action):
    for owner in OWNERS[action.scope]:
        bound = {binding.id for one in owner.__mro__ for binding in _bindings(one)}
        assert action.id in bound


@EVERY
def test_only_capital_letters_that_confirm_change_what_is_served(action):
    if action.changes_serving:
        assert action.keys.isupper()
        assert action.confirm
    elif len(action.keys) == 1:
        assert not action.keys.isupper()


def test_what_changes_who_answers_is_marked_as_such():
    marked = {action.method for action in actions.ACTIONS if action.changes_serving}

    assert marked == {"promote", "roll_back", "undo", "canary", "shadow", "switch"}


@pytest.mark.parametrize("screen", [*actions.MODES, *OVER_MODES, ""])
def test_no_key_means_two_things_on_a_screen(screen):
    found = [
        key
        for action in actions.of_scope(*actions.scopes_of(screen))
        for key in action.keys.split(",")
    ]

    assert len(found) == len(set(found))


@pytest.mark.parametrize("screen", ["models", "serve", *OVER_MODES])
def test_the_help_page_names_every_key_of_its_screen(screen):
    text = "\n".join(line.plain for line in help_lines(screen, 80))

    for action in actions.of_scope(*actions.scopes_of(screen)):
        assert action.keys_shown in text


def test_the_key_table_is_markdown_with_every_action():
    table = actions.key_table()

    assert all(action.tooltip in table for action in actions.ACTIONS)
    assert "| `P` | Makes the selected version champion. |" in table


def test_the_key_table_in_the_docs_is_this_one():
    written = (Path(__file__).parents[2] / "docs" / "KEYS.md").read_text(encoding="utf-8")

    assert written == actions.key_table(), "docs/KEYS.md is what key_table() gives"


def _bindings(owner):
    return [one for one in vars(owner).get("BINDINGS", []) if hasattr(one, "id")]
