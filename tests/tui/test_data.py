"""What can be seen of versions and done to them on the Data screen."""

from __future__ import annotations

import os

import pytest

from storage.records import ArrivalState, VersionState
from tests.tui.playing import NARROW, ROOMY, fill, play, press, settled, shown
from tests.tui.shop import BROKEN, ROWS
from tests.tui.stock import reopened
from workbench.tui.screens.confirm import Confirm
from workbench.tui.screens.diff import DiffScreen
from workbench.tui.screens.history import HistoryScreen
from workbench.tui.screens.reader import Reader
from workbench.tui.widgets.table import Table

SIZES = pytest.mark.parametrize(
    "size",
    [pytest.param(ROOMY, id="120x36"), pytest.param(NARROW, id="80x24", marks=pytest.mark.slow)],
)


def states(project):
    return {one.number: one.state for one in reopened(project).versions("sales")}


def told(pilot):
    return "\n".join(one.message for one in pilot.app._notifications)


def question(pilot):
    assert isinstance(pilot.app.screen, Confirm)
    return pilot.app.screen._question.sentence


async def in_quarantine(pilot, name):
    """Puts the cursor on something in the quarantine."""
    table = pilot.app.screen.query_one("#quarantine", Table)
    table.focus()
    table.select(name)
    await settled(pilot)


@SIZES
def test_the_quarantine_is_listed_with_its_reasons(size, open_shop):
    async def scenario(pilot):
        await press(pilot, "2")
        listed = shown(pilot, "#quarantine")
        assert "sales@v3" in listed
        assert BROKEN in listed
        await in_quarantine(pilot, "sales@v3")
        await press(pilot, "enter")
        assert "가격 min" in shown(pilot, "Sheet")
        assert "a accepts its rows" in shown(pilot, "Sheet")

    play(scenario, open_shop, size=size)


def test_nothing_in_quarantine_takes_no_room(shop):
    w = reopened(shop)
    w.drop("sales@v3")
    w.drop(f"a{w.quarantine().files[0].id}")

    async def scenario(pilot):
        await press(pilot, "2")
        assert not pilot.app.screen.query_one("#quarantine").size

    play(scenario, shop)


@SIZES
def test_accepting_asks_why_and_keeps_the_reason(size, shop):
    async def scenario(pilot):
        await press(pilot, "2", "a")
        assert f"The {ROWS[2]} rows of sales@v3 become current as a new version" in question(pilot)
        await fill(pilot, "환불이다")
        await press(pilot, "enter")
        assert "sales@v4 is current" in told(pilot)

    play(scenario, shop, size=size)
    made = reopened(shop).version("sales")
    assert (made.number, made.rows) == (4, sum(ROWS))
    assert "환불이다" in made.reason


def test_what_could_not_be_read_has_no_rows_to_accept(open_shop):
    async def scenario(pilot):
        await press(pilot, "2")
        await in_quarantine(pilot, f"a{reopened(open_shop).quarantine().files[0].id}")
        await press(pilot, "a")
        assert "no rows to accept" in told(pilot)
        await press(pilot, "r")
        assert "no rows to show" in told(pilot)

    play(scenario, open_shop)


@SIZES
def test_trying_again_checks_the_rows_of_a_version_anew(size, shop):
    async def scenario(pilot):
        await press(pilot, "2", "f")
        assert "checked again with today's workbench.toml" in question(pilot)
        await press(pilot, "enter")
        assert "its checks are queued" in told(pilot)

    play(scenario, shop, size=size)
    assert states(shop)[4] is VersionState.PENDING


def test_trying_again_puts_a_file_back_into_its_folder(shop):
    async def scenario(pilot):
        await press(pilot, "2")
        await in_quarantine(pilot, f"a{reopened(shop).quarantine().files[0].id}")
        await press(pilot, "f", "enter")
        assert "lies in its folder again" in told(pilot)

    play(scenario, shop)
    assert (shop / "inbox" / "sales" / BROKEN).is_file()


@SIZES
def test_dropping_forgets_what_is_in_quarantine(size, shop):
    async def scenario(pilot):
        await press(pilot, "2", "x")
        assert "are forgotten" in question(pilot)
        await press(pilot, "enter")
        await in_quarantine(pilot, f"a{reopened(shop).quarantine().files[0].id}")
        await press(pilot, "x", "enter")

    play(scenario, shop, size=size)
    left = reopened(shop).quarantine()
    assert (left.versions, left.files) == ((), ())


@SIZES
def test_a_version_is_undone_by_a_new_one(size, shop):
    async def scenario(pilot):
        await press(pilot, "2", "j", "u")
        assert f"without the {ROWS[1]} rows that v2 added" in question(pilot)
        await press(pilot, "enter")
        assert "without the rows of sales@v2" in told(pilot)

    play(scenario, shop, size=size)
    assert reopened(shop).version("sales@v4").undoes == 2


def test_leaving_the_question_changes_nothing(shop):
    before = states(shop)

    async def scenario(pilot):
        await press(pilot, "2")
        for key in "afxjux":
            await press(pilot, key, "escape")

    play(scenario, shop)
    assert states(shop) == before


@SIZES
def test_a_version_that_is_needed_stays_with_the_reason(size, shop):
    async def scenario(pilot):
        await press(pilot, "2", "j", "x")
        assert "sales@v2 is removed, unless" in question(pilot)
        await press(pilot, "enter")
        assert "sales@v2" in told(pilot)

    play(scenario, shop, size=size)
    assert states(shop)[2] is VersionState.CURRENT


def test_a_version_that_nothing_needs_is_removed(shop):
    w = reopened(shop)
    w.drop("sales@v3")
    for job in w.jobs(live=True):
        w.cancel_job(job.id)

    async def scenario(pilot):
        await press(pilot, "2", "j", "x", "enter")
        assert "sales@v2 is removed; a sweep frees its bytes" in told(pilot)

    play(scenario, shop)
    assert states(shop)[2] is VersionState.REMOVED


def test_a_dataset_is_removed_from_its_own_list(shop):
    async def scenario(pilot):
        await press(pilot, "2")
        pilot.app.screen.query_one("#datasets").focus()
        await press(pilot, "x")
        assert "sales is removed with all its versions" in question(pilot)

    play(scenario, shop)


@SIZES
def test_two_marked_versions_are_compared(size, open_shop):
    async def scenario(pilot):
        await press(pilot, "2", "space", "j", "j", "space")
        assert shown(pilot, "#versions").count("◉") == 2
        await press(pilot, "c")
        assert isinstance(pilot.app.screen, DiffScreen)
        assert "sales@v1 → sales@v3" in str(pilot.app.screen.query_one("#rows").border_title)
        added = ROWS[1] + ROWS[2]
        assert f"{added} added" in shown(pilot, "#rows")
        assert "가격" in shown(pilot, "#moved")
        await press(pilot, "s")
        assert f"{added} removed" in shown(pilot, "#rows")
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "data"

    play(scenario, open_shop, size=size)


def test_a_version_is_compared_with_its_parent_when_none_is_marked(open_shop):
    async def scenario(pilot):
        await press(pilot, "2", "j", "d")
        assert "sales@v1 → sales@v2" in str(pilot.app.screen.query_one("#rows").border_title)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Reader)

    play(scenario, open_shop)


def test_the_first_version_has_nothing_to_be_compared_with(open_shop):
    async def scenario(pilot):
        await press(pilot, "2", "j", "j", "c")
        assert "has no parent" in told(pilot)

    play(scenario, open_shop)


@SIZES
def test_the_history_of_checks_stands_version_by_version(size, open_shop):
    async def scenario(pilot):
        await press(pilot, "2", "h")
        assert isinstance(pilot.app.screen, HistoryScreen)
        table = shown(pilot, "#history")
        assert "v3" in table.splitlines()[0]
        assert "5.0% ✕" in table
        pilot.app.screen.query_one("#history", Table).select("가격 min")
        await press(pilot, "enter")
        assert "rows that fail" in shown(pilot, "Sheet")
        assert "-1.0" in shown(pilot, "Sheet")

    play(scenario, open_shop, size=size)


def test_a_check_shows_what_it_found_in_the_versions_before(open_shop):
    async def scenario(pilot):
        await press(pilot, "2")
        line = next(one for one in shown(pilot, "#checks").splitlines() if "가격 min" in one)
        assert line.rstrip(" █").endswith("✓✓✕")
        await press(pilot, "j")
        line = next(one for one in shown(pilot, "#checks").splitlines() if "가격 min" in one)
        assert line.rstrip(" █").endswith(" ✓✓")

    play(scenario, open_shop)


@SIZES
def test_the_checks_of_today_are_tried_and_nothing_is_kept(size, shop):
    toml = shop / "workbench.toml"
    toml.write_text(toml.read_text("utf-8").replace("{ min = 0 }", "{ min = -5 }"), "utf-8")
    before = states(shop)

    async def scenario(pilot):
        await press(pilot, "2", "t")
        assert isinstance(pilot.app.screen, Reader)
        assert "checks passed" in shown(pilot, "Sheet")
        assert "✓ 가격 min: 0 of" in shown(pilot, "Sheet")

    play(scenario, shop, size=size)
    assert states(shop) == before


def test_checks_are_suggested_as_toml(open_shop):
    async def scenario(pilot):
        await press(pilot, "2", "s")
        assert "[datasets.sales.checks" in shown(pilot, "Sheet")

    play(scenario, open_shop)


def test_a_version_is_exported(open_shop, tmp_path):
    out = tmp_path / "all.parquet"

    async def scenario(pilot):
        await press(pilot, "2", "j", "e")
        await fill(pilot, str(out))
        await press(pilot, "enter")
        assert f"{ROWS[0] + ROWS[1]} rows of sales@v2 are in" in told(pilot)

    play(scenario, open_shop)
    assert out.is_file()


def test_a_file_that_cannot_be_written_is_told_in_the_errors_words(open_shop, tmp_path):
    async def scenario(pilot):
        await press(pilot, "2", "j", "e")
        await fill(pilot, str(tmp_path / "no" / "such.parquet"))
        await press(pilot, "enter")
        assert "Name a file in a folder that exists." in told(pilot)

    play(scenario, open_shop)


@SIZES
def test_verifying_names_what_is_damaged_and_who_needs_it(size, shop):
    blobs = sorted((shop / ".workbench" / "blobs").rglob("*"), key=lambda one: -one.stat().st_size)
    damaged = next(one for one in blobs if one.is_file())
    damaged.chmod(0o644)
    damaged.write_bytes(b"other bytes")

    async def scenario(pilot):
        await press(pilot, "2", "v")
        assert "are read again and compared" in question(pilot)
        await press(pilot, "enter")
        assert "has other bytes than it had" in shown(pilot, "Sheet")
        assert "needed by sales@v1" in shown(pilot, "Sheet")

    play(scenario, shop, size=size)


@SIZES
def test_a_sweep_says_what_it_frees_before_it_does(size, shop):
    reopened(shop).drop("sales@v3")
    for blob in (shop / ".workbench" / "blobs").rglob("*"):
        os.utime(blob, (0, 0))

    async def scenario(pilot):
        await press(pilot, "2", "w")
        assert "are freed" in question(pilot)
        await press(pilot, "enter")
        assert "freed" in told(pilot)
        await press(pilot, "w")
        assert "Nothing can be freed" in told(pilot)

    play(scenario, shop, size=size)


def test_the_version_says_where_its_rows_came_from(open_shop):
    async def scenario(pilot):
        await press(pilot, "2", "j")
        about = shown(pilot, "#about")
        assert "✓ current, on v1" in about
        assert "001.csv" in about

    play(scenario, open_shop)


@SIZES
def test_the_inbox_has_the_same_actions(size, shop):
    async def scenario(pilot):
        await press(pilot, "6")
        assert BROKEN in shown(pilot, "#files")
        await press(pilot, "a")
        assert "no rows to accept" in told(pilot)
        await press(pilot, "x")
        assert "the file stays where it lies" in question(pilot)
        await press(pilot, "enter")

    play(scenario, shop, size=size)
    w = reopened(shop)
    assert w.quarantine().files == ()
    assert w.arrivals(limit=1)[0].state is ArrivalState.DROPPED
    assert (shop / "inbox" / "sales" / "quarantine" / BROKEN).is_file()
