"""The grid: which columns are in sight, and where the cursor is."""

from __future__ import annotations

import asyncio

import pytest
from textual.app import App

from storage.records import Table as Rows
from workbench.tui import theme
from workbench.tui.views import rows as views
from workbench.tui.widgets.grid import Grid

NAMES = tuple(f"열_{number}" for number in range(30))


def table(names=NAMES, rows=5):
    return Rows(
        columns=tuple(names),
        types=("BIGINT",) * len(names),
        rows=tuple(tuple(range(place, place + len(names))) for place in range(rows)),
    )


def show(grid, names=NAMES, *, rows=5, offset=0, total=None):
    page = views.page(table(names, rows), offset=offset, order=None, descending=False)
    grid.show_page(page.columns, page.names, page.rows, total)


def play(scenario, width=60):
    class Holder(App[None]):
        def get_theme_variable_defaults(self):
            return dict.fromkeys(theme.FALLBACK, "#444444")

        def compose(self):
            yield Grid("Rows", id="grid")

    async def run():
        app = Holder()
        async with app.run_test(size=(width, 12)) as pilot:
            grid = app.query_one(Grid)
            grid.know(NAMES)
            show(grid)
            await pilot.pause()
            await scenario(pilot, grid)

    asyncio.run(run())


def header(grid):
    return grid.render_line(0).text


def test_columns_follow_the_cursor_out_of_sight_and_back():
    async def scenario(_pilot, grid):
        assert "열_0" in header(grid)
        assert "열_29" not in header(grid)
        grid.go_to_column(29)
        assert "열_29" in header(grid)
        assert "열_0 " not in header(grid)
        grid.go_to_column(0)
        assert "열_0 " in header(grid)

    play(scenario)


def test_no_line_is_wider_than_the_grid():
    async def scenario(_pilot, grid):
        for place in range(30):
            grid.go_to_column(place)
            assert all(grid.render_line(y).cell_length == grid.line_width for y in range(6))

    play(scenario)


def test_what_is_wanted_reaches_beyond_what_is_in_sight():
    async def scenario(_pilot, grid):
        grid.go_to_column(15)
        wanted = grid.wanted()
        assert "열_15" in wanted
        assert len(wanted) < len(NAMES)
        show(grid, wanted)
        assert not grid.lacks_columns
        assert grid.value == str(NAMES.index(grid.column) - NAMES.index(wanted[0]))

    play(scenario)


def test_narrow_columns_are_asked_for_until_they_fill_the_grid():
    async def scenario(_pilot, grid):
        for _ in range(5):
            show(grid, grid.wanted())
        assert not grid.lacks_columns

    play(scenario, width=200)


def test_columns_that_were_not_read_are_missed():
    async def scenario(_pilot, grid):
        show(grid, NAMES[:20])
        assert not grid.lacks_columns
        grid.go_to_column(25)
        assert grid.lacks_columns
        assert grid.value is None

    play(scenario)


def test_a_click_moves_the_cursor_to_the_cell_and_the_next_one_opens_its_row():
    async def scenario(pilot, grid):
        opened = []
        grid.action_open = lambda: opened.append(grid.selected)
        x = header(grid).index("열_2")
        await pilot.click(Grid, offset=(x + 4, 3))
        assert (grid.column, grid.selected) == ("열_2", 1)
        await pilot.click(Grid, offset=(4 + header(grid).index("열_1"), 3))
        assert (grid.column, opened) == ("열_1", [])
        await pilot.click(Grid, offset=(4 + header(grid).index("열_1"), 3))
        assert opened == [1]

    play(scenario)


@pytest.mark.parametrize("width", [8, 20, 200])
def test_any_width_can_be_drawn(width):
    async def scenario(_pilot, grid):
        grid.go_to_column(12)
        assert grid.render_line(1).cell_length == grid.line_width

    play(scenario, width=width)
