"""The import: what would be read is shown while the path is typed, then it is read."""

from __future__ import annotations

import pytest

from storage.records import VersionState
from tests.services.project import month, write_csv
from tests.tui.playing import NARROW, ROOMY, fill, play, press, shown
from tests.tui.shop import ROWS
from tests.tui.stock import reopened
from workbench.tui.screens.importing import ImportScreen
from workbench.tui.widgets.table import Table

SIZES = pytest.mark.parametrize(
    "size",
    [pytest.param(ROOMY, id="120x36"), pytest.param(NARROW, id="80x24", marks=pytest.mark.slow)],
)


@pytest.fixture
def april(tmp_path):
    """A file with other rows."""
    return write_csv(tmp_path / "files" / "4월.csv", month(4, rows=50))


def told(pilot):
    return "\n".join(one.message for one in pilot.app._notifications)


@SIZES
def test_a_file_is_shown_before_it_is_read(size, shop, april):
    async def scenario(pilot):
        await press(pilot, "2", "i")
        assert isinstance(pilot.app.screen, ImportScreen)
        await fill(pilot, str(april))
        assert "enter reads 50 rows of 4월.csv" in " ".join(shown(pilot, "#said").split())
        columns = shown(pilot, "#columns")
        assert "지역" in columns
        assert "varchar" in columns
        assert "2024-04-00000" in columns

    play(scenario, shop, size=size)
    assert len(reopened(shop).versions("sales")) == len(ROWS)


@SIZES
def test_enter_reads_the_file_into_a_pending_version(size, shop, april):
    async def scenario(pilot):
        await press(pilot, "2", "i")
        await fill(pilot, str(april))
        await press(pilot, "enter")
        assert pilot.app.screen.MODE == "data"
        assert "sales@v4 is pending: 50 rows added" in told(pilot)
        assert "v4" in shown(pilot, "#versions")

    play(scenario, shop, size=size)
    assert reopened(shop).version("sales@v4").state is VersionState.PENDING


def test_leaving_reads_nothing(shop, april):
    async def scenario(pilot):
        await press(pilot, "6", "i")
        await fill(pilot, str(april))
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "inbox"

    play(scenario, shop)
    assert len(reopened(shop).versions("sales")) == len(ROWS)


def test_lines_that_cannot_be_read_are_shown_with_the_reason(shop, april):
    _spoil(shop, april)

    async def scenario(pilot):
        await press(pilot, "2", "i")
        await fill(pilot, str(april))
        assert pilot.app.screen.query_one("#bad").size
        assert " 3 " in shown(pilot, "#bad")

    play(scenario, shop)


def test_lines_that_were_set_aside_can_be_read_in_the_inbox(shop, april):
    _spoil(shop, april)
    assert reopened(shop).add("sales", april).rows_added == 49

    async def scenario(pilot):
        await press(pilot, "6")
        pilot.app.screen.main.select(reopened(shop).arrivals(limit=1)[0].id)
        await press(pilot, "enter")
        text = shown(pilot, "Sheet")
        assert "1 line that cannot be read" in text
        assert ",x" in text

    play(scenario, shop)


@SIZES
def test_a_file_that_would_be_refused_says_why_and_is_not_read(size, shop, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("가게,합계\n1,2\n", "utf-8")

    async def scenario(pilot):
        await press(pilot, "2", "i")
        await fill(pilot, str(other))
        assert "✕ other.csv" in shown(pilot, "#said")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ImportScreen)
        assert "other.csv" in told(pilot)

    play(scenario, shop, size=size)
    assert len(reopened(shop).versions("sales")) == len(ROWS)


def test_a_path_is_completed_as_far_as_there_is_one_way(open_shop, april):
    typed = str(april.parent)[:-2]

    async def scenario(pilot):
        await press(pilot, "2", "i")
        await fill(pilot, typed)
        await press(pilot, "tab")
        path = pilot.app.screen.query_one("#path")
        assert path.value == f"{april.parent}/"
        await press(pilot, "tab")
        assert path.value == str(april)

    play(scenario, open_shop)


@SIZES
def test_a_file_is_chosen_from_the_list(size, open_shop, april):
    async def scenario(pilot):
        await press(pilot, "2", "i")
        await fill(pilot, str(april)[:-4])
        assert "4월.csv" in shown(pilot, "#files")
        await press(pilot, "down", "enter")
        assert pilot.app.screen.query_one("#path").value == str(april)

    play(scenario, open_shop, size=size)


def test_a_folder_means_all_its_files(open_shop, april):
    write_csv(april.parent / "5월.csv", month(5, rows=20))

    async def scenario(pilot):
        await press(pilot, "2", "i")
        await fill(pilot, str(april.parent))
        assert "and of 1 other file" in " ".join(shown(pilot, "#said").split())

    play(scenario, open_shop)


def test_another_dataset_has_other_columns(open_shop, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("가게,합계\n1,2\n", "utf-8")

    async def scenario(pilot):
        await press(pilot, "2", "i")
        await fill(pilot, str(other))
        await press(pilot, "ctrl+n")
        assert "into stock" in " ".join(shown(pilot, "#said").split())
        assert isinstance(pilot.app.screen.query_one("#columns"), Table)
        assert "합계" in shown(pilot, "#columns")

    play(scenario, open_shop)


def _spoil(shop, april):
    """Makes a line of a file unreadable, and has the dataset bear that."""
    lines = april.read_text("utf-8").splitlines()
    lines[2] = lines[2].replace(",", ",x", 2)
    april.write_text("\n".join([*lines, ""]), "utf-8")
    toml = shop / "workbench.toml"
    changed = toml.read_text("utf-8").replace('key = ["id"]', 'key = ["id"]\nmax_bad_share = 0.5')
    toml.write_text(changed, "utf-8")
