from __future__ import annotations

import pytest
from textual.theme import BUILTIN_THEMES

from storage import records
from workbench.tui import theme

STATES = [
    records.RunState,
    records.JobState,
    records.VersionState,
    records.ArrivalState,
    records.DriftVerdict,
    records.GateVerdict,
    records.CycleState,
    records.Severity,
    records.AlertState,
]


@pytest.mark.parametrize("states", STATES, ids=lambda states: states.__name__)
def test_every_state_has_a_sign_beside_its_colour(states):
    signs = [theme.glyph(state) for state in states]

    assert all(sign.cell_length == 1 and sign.spans for sign in signs)


@pytest.mark.parametrize("name", ["nord", "textual-light", "dracula"])
def test_our_colours_exist_in_themes_that_are_not_ours(name):
    generated = BUILTIN_THEMES[name].to_color_system().generate()

    assert set(theme.variables(generated)) == set(theme.FALLBACK)


def test_our_two_themes_name_the_same_colours():
    assert set(theme.DARK.variables) == set(theme.LIGHT.variables)
    assert set(theme.FALLBACK) <= set(theme.DARK.variables)
