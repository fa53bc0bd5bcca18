"""The rows of a version on the screen: paged, sorted, kept by a condition, sampled, written out."""

from __future__ import annotations

import pytest

from tests.tui.playing import NARROW, ROOMY, fill, play, press, settled, shown
from tests.tui.shop import ROWS
from tests.tui.stock import reopened
from workbench.tui.screens.prompt import Prompt
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.rows import RowsScreen
from workbench.tui.widgets.frame import StatusBar
from workbench.tui.widgets.grid import Grid
from workbench.tui.widgets.table import PAGE

SIZES = pytest.mark.parametrize(
    "size",
    [pytest.param(ROOMY, id="120x36"), pytest.param(NARROW, id="80x24", marks=pytest.mark.slow)],
)
VERSION, TOTAL = "sales@v2", ROWS[0] + ROWS[1]


async def open_rows(pilot):
    """The rows of the accepted version that is newest."""
    await press(pilot, "2", "j", "r")
    assert isinstance(pilot.app.screen, RowsScreen)
    return pilot.app.screen.query_one(Grid)


def column(grid, name):
    place = grid._held.index(name) + 1
    return [str(row.cells[place]) for row in grid.rows]


@SIZES
def test_the_rows_of_a_version_are_shown_with_their_places(size, open_shop):
    async def scenario(pilot):
        grid = await open_rows(pilot)
        assert f"Rows of {VERSION}" in str(grid.border_title)
        assert "2024-01-00000" in shown(pilot, "#rows").splitlines()[1]
        assert "id  VARCHAR  column 1 of 6" in pilot.app.screen.query_one(StatusBar).hint
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "data"

    play(scenario, open_shop, size=size)


def test_the_last_row_of_a_long_list_is_one_key_away(open_shop):
    async def scenario(pilot):
        grid = await open_rows(pilot)
        await press(pilot, "G")
        assert (grid.selected, len(grid.rows)) == (TOTAL - 1, PAGE)
        await press(pilot, "g")
        assert grid.selected == 0

    play(scenario, open_shop)


@SIZES
def test_columns_out_of_sight_are_read_when_the_cursor_comes_there(size, open_shop):
    async def scenario(pilot):
        grid = await open_rows(pilot)
        await press(pilot, *["right"] * 5)
        assert grid.column == "returned"
        assert "returned" in shown(pilot, "#rows").splitlines()[0]
        assert grid.value in {"0", "1"}
        await press(pilot, *["left"] * 5)
        assert grid.value == "2024-01-00000"

    play(scenario, open_shop, size=size)


def test_a_column_is_found_by_a_part_of_its_name(open_shop):
    async def scenario(pilot):
        grid = await open_rows(pilot)
        await press(pilot, "f")
        await fill(pilot, "지")
        await press(pilot, "enter")
        assert grid.column == "지역"
        assert pilot.app.screen.focused is grid

    play(scenario, open_shop)


def test_rows_are_sorted_up_then_down_then_not_at_all(open_shop):
    async def scenario(pilot):
        grid = await open_rows(pilot)
        before = column(grid, "가격")
        await press(pilot, "right", "right", "o")
        up = [float(one) for one in column(grid, "가격")]
        assert up == sorted(up)
        assert "가격 ▲" in shown(pilot, "#rows").splitlines()[0]
        await press(pilot, "o")
        down = [float(one) for one in column(grid, "가격")]
        assert down == sorted(down, reverse=True)
        await press(pilot, "o")
        assert column(grid, "가격") == before

    play(scenario, open_shop)


@SIZES
def test_a_condition_keeps_rows_and_counts_them(size, open_shop):
    kept = reopened(open_shop).count(VERSION, where="\"지역\" = '서울'")

    async def scenario(pilot):
        grid = await open_rows(pilot)
        await press(pilot, "slash")
        await fill(pilot, "\"지역\" = '서울'")
        await press(pilot, "enter")
        assert f"{kept} of {TOTAL}" in str(grid.border_title)
        assert grid._total == kept
        await press(pilot, "escape")
        assert grid._total == TOTAL
        assert "where" not in str(grid.border_title)

    play(scenario, open_shop, size=size)


def test_a_wrong_condition_is_shown_where_it_is_wrong_and_the_rows_stay(open_shop):
    async def scenario(pilot):
        grid = await open_rows(pilot)
        await press(pilot, "slash")
        await fill(pilot, "nope > 3")
        await press(pilot, "enter")
        told = str(pilot.app.screen.query_one("#wrong").render())
        assert "nope" in told
        assert "^" in told
        assert grid.rows
        await press(pilot, "escape")
        assert "where" not in str(grid.border_title)

    play(scenario, open_shop)


def test_a_condition_that_no_row_meets_names_the_way_back(open_shop):
    async def scenario(pilot):
        await open_rows(pilot)
        await press(pilot, "slash")
        await fill(pilot, "false")
        await press(pilot, "enter")
        assert "No row meets the condition" in shown(pilot, "#rows")

    play(scenario, open_shop)


def test_random_rows_are_others_with_each_press(open_shop):
    async def scenario(pilot):
        grid = await open_rows(pilot)
        await press(pilot, "s")
        first = column(grid, "id")
        await press(pilot, "s")
        assert column(grid, "id") != first
        assert "seed 1" in str(grid.border_title)
        await press(pilot, "escape")
        assert grid._total == TOTAL

    play(scenario, open_shop)


def test_a_row_opens_with_all_its_columns(open_shop):
    async def scenario(pilot):
        await open_rows(pilot)
        await press(pilot, "j", "enter")
        assert isinstance(pilot.app.screen, Reader)
        text = shown(pilot, "Sheet")
        assert "2024-01-00001" in text
        assert "returned" in text

    play(scenario, open_shop)


def test_what_is_looked_at_is_written_to_a_file(open_shop, tmp_path):
    out = tmp_path / "비싼.csv"
    kept = reopened(open_shop).count(VERSION, where='"가격" > 110')

    async def scenario(pilot):
        await open_rows(pilot)
        await press(pilot, "right", "right", "o", "slash")
        await fill(pilot, '"가격" > 110')
        await press(pilot, "enter", "e")
        assert isinstance(pilot.app.screen, Prompt)
        await fill(pilot, str(out))
        await press(pilot, "enter")

    play(scenario, open_shop)
    prices = [float(line.split(",")[2]) for line in out.read_text("utf-8").splitlines()[1:]]
    assert len(prices) == kept
    assert prices == sorted(prices)


def test_rows_in_quarantine_can_be_looked_at(open_shop):
    async def scenario(pilot):
        await press(pilot, "2", "r")
        assert "Rows of sales@v3" in str(pilot.app.screen.query_one(Grid).border_title)
        assert "-1.00" in shown(pilot, "#rows") or pilot.app.screen.query_one(Grid)._total > PAGE

    play(scenario, open_shop)


def test_coming_back_to_the_mode_shows_the_rows_that_were_left(open_shop):
    async def scenario(pilot):
        await open_rows(pilot)
        await press(pilot, "3", "2")
        assert isinstance(pilot.app.screen, RowsScreen)
        pilot.app.go_to("data", "sales")
        await settled(pilot)
        assert pilot.app.screen.MODE == "data"

    play(scenario, open_shop)
