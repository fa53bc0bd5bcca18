from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.app import App
from textual.content import Content

from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.columns import Column, Row
from workbench.tui.widgets.table import PAGE, STEP, Table

COLUMNS = (
    Column(label="run"),
    Column(label="value", align="right"),
    Column(label="says", stretches=True, drop=1),
    Column(label="made", drop=2),
)

LEAVES = Column(label="num_leaves", align="right")


def row(key, value="0.71", says="finished"):
    return Row(key=key, cells=(f"r{key}", value, says, "3 min ago"))


def widths(width, rows):
    return layout.measure(COLUMNS, rows, width)


def test_columns_share_the_width_they_get():
    assert widths(40, [row(1)]) == [3, 5, 17, 9]


def test_columns_go_in_the_order_of_their_importance():
    assert [bool(width) for width in widths(25, [row(1)])] == [True, True, True, False]
    assert [bool(width) for width in widths(12, [row(1)])] == [True, True, False, False]


@given(st.integers(10, 200), st.lists(st.text("ab 서울", max_size=50), max_size=20))
def test_a_line_is_never_wider_than_its_table(width, texts):
    rows = [row(index, says=text) for index, text in enumerate(texts)]

    found = widths(width, rows)

    assert all(layout.line(COLUMNS, found, one.cells).cell_length <= width for one in rows)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a", "a", True),
        ("a", "b", False),
        (Content.styled("a", "$error"), Content.styled("a", "$success"), False),
        (Content.styled("a", "$error"), Content.styled("a", "$error"), True),
    ],
)
def test_two_cells_look_the_same_only_in_the_same_colour(one, other, same):
    assert layout.is_same(one, other) is same


class Harness(App[None]):
    """One table on its own."""

    def __init__(self) -> None:
        super().__init__()
        self.moves: list[object] = []

    def get_theme_variable_defaults(self):
        names = ("line", "muted", "cursor", "cursor-blurred")
        return dict.fromkeys(names, "#444444")

    def compose(self):
        yield Table("Runs", COLUMNS)

    def on_table_moved(self, moved):
        self.moves.append(moved.key)


class Painted(Table):
    """Counts what is painted anew."""

    def __init__(self) -> None:
        self.regions: list[tuple[int, int, int]] = []
        super().__init__("Runs", COLUMNS)

    def refresh(self, *regions, **how):
        self.regions += [(region.x, region.y, region.width) for region in regions]
        return super().refresh(*regions, **how)


def test_only_the_cells_that_changed_are_painted():
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            await app.query_one(Table).remove()
            table = Painted()
            await app.mount(table)
            table.show([row(1), row(2), row(3)])
            await pilot.pause()
            table.regions.clear()
            table.show([row(1), row(2, value="0.72"), row(3)])
            return [region for region in table.regions if region[1] == 2]

    changed = asyncio.run(run())

    assert [(x, width) for x, _y, width in changed] == [(6, 5)]


def test_the_cursor_stays_on_its_row_when_others_come_above():
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            table = app.query_one(Table)
            table.show([row(key) for key in range(50, 0, -1)])
            table.focus()
            await pilot.press("pagedown", "pagedown", "j")
            selected, top = table.selected, table.scroll_offset.y
            table.show([row(key) for key in range(53, 0, -1)])
            await pilot.pause()
            return selected, top, table.selected, table.scroll_offset.y

    selected, top, selected_after, top_after = asyncio.run(run())

    assert selected_after == selected
    assert top_after == top + 3


@pytest.mark.parametrize(
    ("keys", "is_followed"),
    [([], True), (["j"], False), (["j", "g"], True)],
    ids=["untouched", "moved", "moved back"],
)
def test_a_list_that_is_followed_stays_at_its_first_row(keys, is_followed):
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            await app.query_one(Table).remove()
            table = Table("Events", COLUMNS, follows=True)
            await app.mount(table)
            table.show([row(key) for key in range(50, 0, -1)])
            table.focus()
            await pilot.press(*keys)
            selected = table.selected
            table.show([row(key) for key in range(53, 0, -1)])
            await pilot.pause()
            return selected, table.selected, table.scroll_offset.y

    selected, selected_after, top = asyncio.run(run())

    assert selected_after == (53 if is_followed else selected)
    assert (top == 0) is (is_followed or selected_after == selected)


def test_moving_tells_what_the_cursor_is_on():
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            table = app.query_one(Table)
            table.show([row(1), row(2), row(3)])
            table.focus()
            await pilot.press("j", "G", "g")
            return app.moves

    assert asyncio.run(run()) == [1, 2, 3, 1]


def test_a_row_is_chosen_by_mouse():
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            app.query_one(Table).show([row(1), row(2), row(3)])
            await pilot.pause()
            await pilot.click(Table, offset=(10, 4))
            await pilot.pause()
            return app.query_one(Table).selected

    assert asyncio.run(run()) == 3


def test_going_to_the_first_row_from_a_later_page_moves_no_cursor_before_it_is_read():
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            table = app.query_one(Table)
            table.show([row(key) for key in range(PAGE)])
            table.focus()
            await pilot.press("G", "g")
            return app.moves, table.offset_wanted

    moves, offset = asyncio.run(run())

    assert moves == [0, PAGE - 1]
    assert offset == 0


def test_parts_of_a_row_do_not_count_as_rows_of_the_list():
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            table = app.query_one(Table)
            parts = [replace(row(PAGE + key), is_part=True) for key in range(20)]
            table.show([row(0), *parts, *(row(key) for key in range(1, PAGE))], total=1000)
            table.focus()
            await pilot.press("G")
            return table.border_subtitle, table.offset_wanted

    assert asyncio.run(run()) == ("200 of 1 000", STEP)


def test_a_table_takes_other_columns_with_its_rows():
    async def run():
        app = Harness()
        async with app.run_test(size=(60, 10)) as pilot:
            table = app.query_one(Table)
            table.show([row(1)])
            await pilot.pause()
            table.show([Row(key=1, cells=("r1", "63"))], columns=(Column(label="run"), LEAVES))
            await pilot.pause()
            return [table.render_line(y).text.strip(" ▌").split() for y in range(2)]

    assert asyncio.run(run()) == [["run", "num_leaves"], ["r1", "63"]]
