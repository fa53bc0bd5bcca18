from __future__ import annotations

import json

import pytest
from textual.widgets import Input

from storage.records import JobState, NewEvent
from tests.tui.playing import NARROW, ROOMY, fill, play, press, settled, shown
from tests.tui.served import serving
from tests.tui.stock import Stocking, new_project, processes, reopened
from workbench.tui.actions import MODES
from workbench.tui.screens.confirm import Confirm
from workbench.tui.screens.missing import MissingScreen
from workbench.tui.screens.reader import Reader
from workbench.tui.widgets.frame import FooterBar, HeaderBar, StatusBar
from workbench.tui.widgets.table import PAGE, STEP, Table

SIZES = pytest.mark.parametrize("size", [ROOMY, NARROW], ids=["120x36", "80x24"])


@pytest.mark.parametrize(
    ("which", "size"),
    [
        pytest.param("stocked", ROOMY, id="stocked 120x36"),
        pytest.param("stocked", NARROW, id="stocked 80x24"),
        pytest.param("empty", ROOMY, id="empty 120x36"),
        pytest.param("empty", NARROW, id="empty 80x24", marks=pytest.mark.slow),
    ],
)
def test_every_mode_reads_and_shows_its_store(which, size, request):
    async def scenario(pilot):
        for number, mode in enumerate(MODES, 1):
            await press(pilot, str(number))
            assert mode == pilot.app.screen.MODE
            assert pilot.app.screen.query_one(StatusBar).trouble == ""
            assert pilot.app.screen.focused is pilot.app.screen.main

    play(scenario, request.getfixturevalue(which), size=size)


@SIZES
def test_home_says_what_is_served_and_what_needs_somebody(size, project):
    async def scenario(pilot):
        serving, needs = shown(pilot, "#serving"), shown(pilot, "#needs")
        assert "late@v6  champion" in serving
        assert "roc_auc 0.7040" in serving
        assert "http://127.0.0.1:8080" in serving
        assert needs.count(" min") == 3
        assert "62 %" in shown(pilot, "#running")
        assert "drift" in shown(pilot, "#health")

    with processes(project):
        play(scenario, project, size=size)


def test_home_says_so_when_no_endpoint_answers(stocked):
    async def scenario(pilot):
        assert "no endpoint is running" in shown(pilot, "#serving")

    play(scenario, stocked)


def test_an_empty_project_names_the_next_command(empty):
    async def scenario(pilot):
        assert "workbench data add flights FILE" in shown(pilot, "#serving")
        await press(pilot, "3")
        assert "workbench run late" in shown(pilot, "#runs")
        await press(pilot, "6")
        assert "inbox/flights/*" in shown(pilot, "#files")

    play(scenario, empty)


def test_acknowledging_takes_an_alert_off_the_list(project):
    async def scenario(pilot):
        await press(pilot, "j", "a")

        assert "is held" not in shown(pilot, "#needs")
        assert "2 need you" in pilot.app.screen.query_one(StatusBar).render().plain

    play(scenario, project)
    assert len(reopened(project).alerts()) == 2


def test_an_alert_opens_as_a_text_to_read(stocked):
    async def scenario(pilot):
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Reader)
        assert "Column carrier is missing." in shown(pilot, "Sheet")
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "home"

    play(scenario, stocked)


def test_a_running_job_opens_on_its_own_screen(stocked):
    async def scenario(pilot):
        await press(pilot, "tab", "tab", "down", "enter")

        assert pilot.app.screen.MODE == "jobs"
        assert "▌" in shown(pilot, "#jobs")
        assert "drift flights@v12" in shown(pilot, "#job")

    play(scenario, stocked)


@SIZES
def test_details_fold_away_where_there_is_no_room(size, stocked):
    async def scenario(pilot):
        await press(pilot, "3")
        screen = pilot.app.screen
        detail = screen.query_one("#run")
        is_roomy = size == ROOMY
        assert bool(detail.size) is is_roomy
        await press(pilot, "enter")
        assert screen.focused is detail
        assert bool(screen.main.size) is is_roomy
        await press(pilot, "escape")
        assert screen.focused is screen.main
        assert bool(detail.size) is is_roomy

    play(scenario, stocked, size=size)


def test_moving_the_cursor_shows_another_run(stocked):
    async def scenario(pilot):
        await press(pilot, "3")
        assert "r19 late-19" in shown(pilot, "#run")
        await press(pilot, *"jjjjjj")
        assert "dewp' has no values" in shown(pilot, "#run")
        await press(pilot, "G")
        assert "r1 late-1" in shown(pilot, "#run")

    play(scenario, stocked)


def test_the_next_metric_is_drawn_on_request(stocked):
    async def scenario(pilot):
        await press(pilot, "3")
        assert "roc_auc by step" in shown(pilot, "#run")
        await press(pilot, "m")
        assert "log_loss by step" in shown(pilot, "#run")

    play(scenario, stocked)


def test_a_difference_is_only_shown_between_runs_on_the_same_test_rows(stocked):
    async def scenario(pilot):
        await press(pilot, "3")
        assert "beside late@v6, other test rows" in shown(pilot, "#run")
        assert "▼" not in shown(pilot, "#run")
        await press(pilot, *"jjjj")
        assert "beside late@v6, same test rows" in shown(pilot, "#run")
        assert "▲+0." in shown(pilot, "#run")

    play(scenario, stocked)


def test_a_challengers_run_is_held_against_the_champion_it_challenged(stocked):
    async def scenario(pilot):
        await press(pilot, "3", *"jjjjj")
        shown_run = shown(pilot, "#run")
        assert "r14 late-14" in shown_run
        assert "beside late@v5" in shown_run
        assert "gate  ✓ pass  roc_auc ▲+0.0240 on 28 796 rows" in shown_run

    play(scenario, stocked)


def test_the_run_of_the_champion_itself_is_beside_nobody(project):
    reopened(project).promote("late", 1, expected=6, why="the first one has no review")

    async def scenario(pilot):
        await press(pilot, "3", "slash")
        await fill(pilot, "run:r4")
        assert "metrics  of late@v1, the champion" in shown(pilot, "#run")
        assert "=" not in shown(pilot, "#run")

    play(scenario, project)


def test_a_filter_keeps_what_matches_until_it_is_left(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "slash")
        await fill(pilot, "state:failed")
        screen = pilot.app.screen
        assert [row.key for row in screen.main.rows] == [13]
        await press(pilot, "enter")
        assert screen.focused is screen.main
        await press(pilot, "escape")
        assert len(screen.main.rows) == 19

    play(scenario, stocked)


@pytest.mark.slow
def test_a_number_typed_into_the_filter_is_no_change_of_mode(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "slash", "7")

        assert pilot.app.screen.MODE == "runs"
        assert pilot.app.screen.query_one("#filter", Input).value == "7"

    play(scenario, stocked)


def test_promoting_says_what_will_happen_and_keeps_the_reason(project):
    async def scenario(pilot):
        await press(pilot, "4", "P")
        assert isinstance(pilot.app.screen, Confirm)
        await fill(pilot, "held for too long")
        await press(pilot, "enter")
        assert "● v8" in shown(pilot, "#models")

    play(scenario, project)
    moved = reopened(project).events(limit=1)[0]
    assert moved.message == "late v8 is champion; was v6: held for too long"


def test_leaving_the_question_changes_nothing(project):
    async def scenario(pilot):
        await press(pilot, "4", "P", "escape", "B", "escape")

    play(scenario, project)
    assert reopened(project).model_version("late@champion").number == 6


@pytest.mark.parametrize("key", ["P", "B"])
def test_a_champion_that_moved_meanwhile_is_told_in_the_errors_words(key, project):
    async def scenario(pilot):
        await press(pilot, "4", key)
        reopened(project).promote("late", 5, expected=6, why="somebody else")
        await press(pilot, "enter")
        told = [notification.message for notification in pilot.app._notifications]
        assert any("expected at v6 but is at v5; nothing was changed" in text for text in told)

    play(scenario, project)
    assert reopened(project).model_version("late@champion").number == 5


def test_rolling_back_gives_its_reason(project):
    async def scenario(pilot):
        await press(pilot, "4", "B", "enter")
        assert "● v5" in shown(pilot, "#models")

    play(scenario, project)
    assert "rolled back: by hand in the terminal UI" in reopened(project).events(limit=1)[0].message


def test_the_champion_itself_is_not_promoted_again(stocked):
    async def scenario(pilot):
        await press(pilot, "4", "j", "j", "P")

        assert not isinstance(pilot.app.screen, Confirm)

    play(scenario, stocked)


def test_data_shows_checks_and_a_column_over_the_version_before(stocked):
    async def scenario(pilot):
        await press(pilot, "2")
        assert "carrier categories" in shown(pilot, "#checks")
        assert "28 135" in shown(pilot, "#checks")
        assert "was 61.2" in shown(pilot, "#column")
        screen = pilot.app.screen
        screen.query_one("#columns", Table).focus()
        await press(pilot, "G", "k")
        assert "서울" in shown(pilot, "#column")

    play(scenario, stocked)


def test_a_damaged_blob_is_told_in_the_status_line(project):
    store = Stocking(project).store
    with store.read() as tx:
        blob = tx.datasets.profile_blob(tx.datasets.latest(tx.datasets.get("flights")))
    store.blobs.path(blob).unlink()
    store.close()

    async def scenario(pilot):
        await press(pilot, "2")
        assert "blob" in pilot.app.screen.query_one(StatusBar).trouble
        await press(pilot, "j", "j")
        assert pilot.app.screen.query_one(StatusBar).trouble == ""

    play(scenario, project)


def test_inbox_reads_out_why_a_file_is_in_quarantine(stocked):
    async def scenario(pilot):
        await press(pilot, "6", "j", "enter")
        assert "reason: column carrier is missing" in shown(pilot, "Sheet")

    play(scenario, stocked)


def test_inbox_names_the_files_that_wait_and_what_followed_drift(stocked):
    async def scenario(pilot):
        await press(pilot, "6")
        assert "flights-2014-01.csv" in shown(pilot, "#files")
        assert "columns drifted" in shown(pilot, "#story")
        await press(pilot, "left_square_bracket")
        assert "v8: gain +0.0004" in shown(pilot, "#story")
        assert "flights@v11" in str(pilot.app.screen.query_one("#columns").border_title)
        await press(pilot, "right_square_bracket")
        assert "flights@v12" in str(pilot.app.screen.query_one("#columns").border_title)

    play(scenario, stocked)


def test_a_job_is_cancelled_after_a_question(project):
    async def scenario(pilot):
        await press(pilot, "7", "x")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "enter")
        assert "cancelled" in shown(pilot, "#job")

    play(scenario, project)
    assert reopened(project).jobs(limit=1)[0].state is JobState.CANCELLED


@pytest.mark.slow
def test_the_log_of_a_job_is_shown_to_its_end(stocked):
    async def scenario(pilot):
        await press(pilot, "7", "j", "j")
        assert "[236] valid roc_auc" in shown(pilot, "#log")

    play(scenario, stocked)


@pytest.mark.slow
def test_only_a_job_that_ended_is_tried_again(project):
    async def scenario(pilot):
        await press(pilot, "7", "r", "slash")
        await fill(pilot, "state:failed")
        await press(pilot, "enter", "r")

    before = reopened(project).jobs()
    play(scenario, project)
    waits = [job for job in reopened(project).jobs() if job.state is JobState.QUEUED]
    assert len(waits) == 1 + sum(job.state is JobState.QUEUED for job in before)


def test_events_page_on_without_losing_the_place(stocked):
    async def scenario(pilot):
        await press(pilot, "8")
        table = pilot.app.screen.main
        newest = table.selected
        assert len(table.rows) == PAGE
        await press(pilot, "G")
        assert table.offset_wanted == STEP
        assert table.selected == newest - PAGE + 1
        await press(pilot, "j")
        assert table.selected == newest - PAGE
        await press(pilot, "g")
        assert table.selected == newest

    play(scenario, stocked)


def test_new_events_do_not_move_the_cursor(project):
    async def scenario(pilot):
        await press(pilot, "8", "j")
        table = pilot.app.screen.main
        selected, newest = table.selected, table.rows[0].key
        with Stocking(project).moment(seconds=0) as tx:
            tx.events.add(NewEvent(kind="test", subject="it", message="happened"))
        pilot.app.look()
        await settled(pilot)
        assert table.rows[0].key == newest + 1
        assert table.selected == selected

    play(scenario, project)


@pytest.mark.parametrize("mode", ["1", "8"], ids=["home", "logs"])
def test_a_list_of_events_that_nobody_moved_in_shows_the_newest(mode, project):
    async def scenario(pilot):
        await press(pilot, mode)
        with Stocking(project).moment(seconds=0) as tx:
            tx.events.add(NewEvent(kind="test", subject="it", message="happened"))
        pilot.app.look()
        await settled(pilot)
        table = pilot.app.screen.query_one("#events", Table)
        assert table.selected == table.rows[0].key
        assert "happened" in shown(pilot, "#events").splitlines()[1]

    play(scenario, project)


def test_an_event_that_was_asked_for_is_kept_while_others_come(project):
    async def scenario(pilot):
        newest = pilot.app.screen.query_one("#events", Table).selected
        pilot.app.go_to("logs", newest)
        await settled(pilot)
        with Stocking(project).moment(seconds=0) as tx:
            tx.events.add(NewEvent(kind="test", subject="it", message="happened"))
        pilot.app.look()
        await settled(pilot)
        assert pilot.app.screen.main.selected == newest

    play(scenario, project)


@pytest.mark.parametrize("width", [120, 100, 80])
def test_the_header_names_what_is_shown_and_has_room_for_all_modes(width, stocked):
    async def scenario(pilot):
        await press(pilot, "8")
        header = pilot.app.screen.query_one(HeaderBar).render().plain
        assert len(header) <= width
        assert all(str(number) in header for number in range(1, 9))
        assert "8 Logs" in header
        assert ("1 Home" in header) is (width >= 100)
        assert header.rstrip().endswith("○ watch off")

    with processes(stocked):
        play(scenario, stocked, size=(width, 24))


def test_the_palette_goes_to_a_run_by_name(stocked):
    async def scenario(pilot):
        await press(pilot, "colon", *"r13")
        await press(pilot, "enter")
        assert pilot.app.screen.MODE == "runs"
        assert pilot.app.screen.main.selected == 13

    play(scenario, stocked)


@pytest.mark.slow
def test_help_opens_over_any_screen(stocked):
    async def scenario(pilot):
        await press(pilot, "4", "question_mark")
        assert isinstance(pilot.app.screen, Reader)
        await press(pilot, "q")
        assert pilot.app.screen.MODE == "models"

    play(scenario, stocked)


@pytest.mark.slow
def test_zoom_gives_a_pane_the_screen_and_takes_it_back(stocked):
    async def scenario(pilot):
        await press(pilot, "z")
        screen = pilot.app.screen
        assert screen.maximized is screen.main
        assert screen.query_one(FooterBar).size
        await press(pilot, "escape")
        assert screen.maximized is None

    play(scenario, stocked)


def test_the_header_goes_to_a_mode_by_mouse(stocked):
    async def scenario(pilot):
        await pilot.click(HeaderBar, offset=(25, 0))
        await settled(pilot)
        assert pilot.app.screen.MODE == "data"

    play(scenario, stocked)


def test_a_missing_project_is_told_with_what_to_do(tmp_path):
    folder = tmp_path / "later"

    async def scenario(pilot):
        assert isinstance(pilot.app.screen, MissingScreen)
        text = pilot.app.export_screenshot().replace("&#160;", " ")
        assert "There is no Workbench project" in text
        assert "workbench demo" in text
        new_project(folder)
        await press(pilot, "r")
        assert "No model yet" in shown(pilot, "#serving")

    play(scenario, folder)


@pytest.mark.slow
def test_the_theme_that_was_chosen_is_remembered(tmp_path, stocked):
    settings = tmp_path / "tui.json"

    async def choose(pilot):
        pilot.app.theme = "workbench-light"
        await press(pilot)

    async def look(pilot):
        assert pilot.app.theme == "workbench-light"

    play(choose, stocked, settings=settings)
    assert json.loads(settings.read_text()) == {"theme": "workbench-light"}
    play(look, stocked, settings=settings)


def test_home_says_what_is_asked_of_a_model_at_this_moment(project):
    async def scenario(pilot):
        line = next(one for one in shown(pilot, "#serving").splitlines() if "p99" in one)
        assert "37/s" in line
        assert "p99 3.5 ms" in line
        assert "▲ 0.02 %" in line

    with serving(project):
        play(scenario, project)
