from __future__ import annotations

from dataclasses import replace

import pytest

from storage.layout import Layout
from storage.records import Degradation, Routing
from tests.http.project import make_project
from tests.tui.playing import NARROW, ROOMY, fill, play, press, settled, shown
from tests.tui.served import NOW_US, REFUSED, answer, ask, record, request, serving
from tests.tui.stock import reopened
from workbench.engines import wishes
from workbench.tui.screens.confirm import Confirm
from workbench.tui.screens.form import Form
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.shown_once import ShownOnce
from workbench.tui.serve_seen import PAGES

SIZES = pytest.mark.parametrize("size", [ROOMY, NARROW], ids=["120x36", "80x24"])


@SIZES
def test_a_model_stands_there_with_what_is_asked_of_it_and_how_fast_it_answers(size, project):
    async def scenario(pilot):
        await press(pilot, "5")
        endpoints = shown(pilot, "#endpoints")
        assert "v6 100 %" in endpoints
        assert "● up" in endpoints
        assert "ms" in endpoints
        assert "▲ 0.02 %" in endpoints
        assert "http://127.0.0.1:8080" in str(pilot.app.screen.main.border_title)
        assert "━ v6 p50" in shown(pilot, "#latency")
        assert "rows" in shown(pilot, "#scores")

    with serving(project):
        play(scenario, project, size=size)


@pytest.mark.slow
@SIZES
def test_every_page_shows_its_own_panes_and_says_what_is_missing(size, project):
    expected = {
        "traffic": ("#log", "No request yet."),
        "quality": ("#labels", "has no key column"),
        "processes": ("#services", "serve"),
        "keys": ("#api-keys", "n makes one"),
    }

    async def scenario(pilot):
        await press(pilot, "5")
        for page in PAGES:
            pane, said = expected[page]
            assert pilot.app.screen.page == page
            assert said in shown(pilot, pane)
            await press(pilot, "right_square_bracket")
        await press(pilot, "left_square_bracket", "left_square_bracket")
        assert pilot.app.screen.page == "processes"

    with serving(project):
        play(scenario, project, size=size)


@pytest.mark.slow
def test_several_processes_of_the_endpoint_stand_beneath_it(project):
    async def scenario(pilot):
        await press(pilot, "5", *["right_square_bracket"] * 2)
        services = shown(pilot, "#services")
        assert "serve 0" in services
        assert "serve 1" in services
        assert "131 MB" in services
        assert "processes    2" in shown(pilot, "#endpoint")

    with serving(project, record(workers=2)):
        play(scenario, project)


@pytest.mark.slow
def test_m_draws_another_percentile(project):
    async def scenario(pilot):
        await press(pilot, "5")
        titles = []
        for _ in range(4):
            titles.append(str(pilot.app.screen.query_one("#latency").border_title)[:3])
            await press(pilot, "m")
        assert titles == ["p99", "p90", "p50", "p99"]

    with serving(project):
        play(scenario, project)


@pytest.mark.slow
def test_where_there_is_no_model_the_next_step_is_named(empty):
    async def scenario(pilot):
        await press(pilot, "5")
        assert "No model yet." in shown(pilot, "#endpoints")
        assert "4, then n" in shown(pilot, "#endpoints")

    play(scenario, empty)


def test_where_the_endpoint_is_off_it_says_how_to_start_it(stocked):
    async def scenario(pilot):
        await press(pilot, "5")
        assert "off, E starts it" in str(pilot.app.screen.main.border_title)
        assert "○ off" in shown(pilot, "#endpoints")
        assert "E starts it" in shown(pilot, "#log")

    play(scenario, stocked)


@pytest.mark.slow
def test_stopping_says_what_will_happen_and_has_the_supervisor_leave_it_down(project):
    async def scenario(pilot):
        await press(pilot, "5", "E")
        assert isinstance(pilot.app.screen, Confirm)
        assert "late (v6) is answered for by nobody" in pilot.app.screen._question.sentence
        await press(pilot, "escape")
        assert not wishes.is_off(locks, "serve")

    locks = Layout(project).locks
    with serving(project):
        play(scenario, project)


@pytest.mark.slow
def test_the_endpoint_is_started_and_stopped_from_here(tmp_path):
    project = make_project(tmp_path)
    handle = reopened(project)

    async def scenario(pilot):
        await press(pilot, "5", "E")
        assert "no model has a champion yet" in pilot.app.screen._question.sentence
        await press(pilot, "enter")
        assert "http://127.0.0.1:" in str(pilot.app.screen.main.border_title)
        await press(pilot, "E", "enter")
        assert "off, E starts it" in str(pilot.app.screen.main.border_title)

    try:
        play(scenario, project)
    finally:
        handle.stop_endpoint(why="the test is over")
        handle.close()


@pytest.mark.slow
def test_promoting_from_here_moves_the_champion_and_u_takes_it_back(project):
    async def scenario(pilot):
        await press(pilot, "5", "enter", "P")
        assert "late@v8 becomes champion; v6 answers now." in pilot.app.screen._question.sentence
        await fill(pilot, "the canary did well")
        await press(pilot, "enter")
        assert reopened(project).model_aliases("late")["champion"] == 8
        assert "v8 100 %" in shown(pilot, "#endpoints")
        await press(pilot, "U", "enter")

    play(scenario, project)
    assert reopened(project).model_aliases("late")["champion"] == 6


@pytest.mark.slow
def test_rolling_back_makes_the_champion_before_answer(project):
    async def scenario(pilot):
        await press(pilot, "5", "B", "enter")

    play(scenario, project)
    assert reopened(project).model_aliases("late")["champion"] == 5


def test_a_canary_gets_its_share_and_gives_it_back(project):
    async def scenario(pilot):
        await press(pilot, "5", "enter", "C")
        await fill(pilot, "20 %")
        await press(pilot, "enter")
        said = pilot.app.screen._question.sentence
        assert said == "late@v8 answers 20 % of the requests, none now; v6 answers what is left."
        await fill(pilot, "it looks better")
        await press(pilot, "enter")
        assert "v6 80 %" in shown(pilot, "#endpoints")
        assert "v8 20 %" in shown(pilot, "#endpoints")
        assert "challenger 20 %" in shown(pilot, "#versions")
        await press(pilot, "C")
        await fill(pilot, "0")
        await press(pilot, "enter", "enter")
        assert "v6 100 %" in shown(pilot, "#endpoints")

    play(scenario, project)
    assert reopened(project).routing("late").routing == Routing()
    (first, *_) = reopened(project).model_moves("late", "challenger")
    assert (first.to_number, first.why) == (8, "it looks better")


@pytest.mark.slow
def test_a_shadow_sees_copies_until_it_is_told_not_to(project):
    async def scenario(pilot):
        await press(pilot, "5", "enter", "S", "enter")
        assert "shadow" in shown(pilot, "#versions")
        assert "Against v6" in str(pilot.app.screen.query_one("#comparison").border_title)
        assert reopened(project).routing("late").routing.shadows == ("shadow",)
        await press(pilot, "S")
        assert "sees no copies" in pilot.app.screen._question.sentence
        await press(pilot, "enter")

    play(scenario, project)
    assert reopened(project).routing("late").routing.shadows == ()


@pytest.mark.slow
@pytest.mark.parametrize("written", ["all", "101"])
def test_a_share_that_is_none_is_refused_before_anything_is_asked(written, stocked):
    async def scenario(pilot):
        await press(pilot, "5", "enter", "C")
        await fill(pilot, written)
        await press(pilot, "enter")
        assert pilot.app.screen.MODE == "serve"
        assert any("is no share" in one.message for one in pilot.app._notifications)

    play(scenario, stocked)


@pytest.mark.slow
def test_a_share_that_others_have_is_refused_in_words(project):
    handle = reopened(project)
    handle.promote("late", 7, expected=None, why="", alias="trial")
    handle.set_routing("late", Routing(answers={"champion": 40, "trial": 60}), why="a trial")

    async def scenario(pilot):
        await press(pilot, "5", "enter", "g", "C")
        await fill(pilot, "50")
        await press(pilot, "enter", "enter")
        assert any("at most 40 %" in one.message for one in pilot.app._notifications)

    play(scenario, project)
    assert reopened(project).routing("late").routing.share("trial") == 0.6


@pytest.mark.slow
def test_the_champion_takes_no_other_part(stocked):
    async def scenario(pilot):
        await press(pilot, "5", "enter", "j", "j", "C")
        assert pilot.app.screen.MODE == "serve"
        assert any("late@v6 is champion" in one.message for one in pilot.app._notifications)

    play(scenario, stocked)


def test_a_new_key_is_shown_once_and_opens_what_was_asked(project):
    async def scenario(pilot):
        await press(pilot, "5", "a", "n")
        assert isinstance(pilot.app.screen, Form)
        await fill(pilot, "nightly")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, ShownOnce)
        await press(pilot, "y")
        assert len(pilot.app.clipboard) > 20
        await press(pilot, "escape")
        keys = shown(pilot, "#api-keys")
        assert "nightly" in keys
        assert "answers, labels" in keys
        assert pilot.app.clipboard not in keys

    play(scenario, project)
    (key,) = reopened(project).api_keys()
    assert (key.name, key.scope.value, key.is_active) == ("nightly", "predict", True)


@pytest.mark.slow
def test_a_key_that_opens_nothing_known_is_refused_in_words(project):
    async def scenario(pilot):
        await press(pilot, "5", "a", "n")
        await fill(pilot, "nightly")
        await press(pilot, "tab", "ctrl+u", *"all", "enter")
        assert "cannot open 'all" in str(pilot.app.screen.query_one("#wrong").render())

    play(scenario, project)


@pytest.mark.slow
def test_revoking_the_last_key_says_that_the_door_is_open_then(project):
    reopened(project).add_key("nightly")

    async def scenario(pilot):
        await press(pilot, "5", "a", "x")
        assert "is the last one" in pilot.app.screen._question.sentence
        await press(pilot, "enter")
        assert "revoked" in shown(pilot, "#api-keys")

    play(scenario, project)
    assert not reopened(project).api_keys()[0].is_active


@pytest.mark.slow
def test_enter_on_a_version_goes_to_its_card_in_models(project):
    async def scenario(pilot):
        await press(pilot, "5", "enter", "enter")
        assert pilot.app.screen.MODE == "models"
        assert pilot.app.screen.selected.label == "late@v8"

    play(scenario, project)


@pytest.mark.slow
def test_on_a_narrow_screen_enter_opens_the_versions_and_esc_goes_back(project):
    async def scenario(pilot):
        await press(pilot, "5")
        versions, log = (pilot.app.screen.query_one(one) for one in ("#versions", "#log"))
        assert (bool(versions.size), bool(log.size)) == (False, True)
        await press(pilot, "enter")
        assert (bool(versions.size), bool(log.size)) == (True, False)
        assert pilot.app.screen.focused is versions
        await press(pilot, "escape")
        assert bool(log.size)

    play(scenario, project, size=NARROW)


def test_requests_are_followed_held_and_filtered(project):
    refused = request(3, version=0, status=400, error=REFUSED, rows=0)
    ask(project, refused, request(2), request(1, version=8))

    async def scenario(pilot):
        await press(pilot, "5")
        log = pilot.app.screen.query_one("#log")
        assert [row.key[0] for row in log.rows] == ["ab-1", "ab-2", "ab-3"]
        await press(pilot, "f")
        ask(project, request(0))
        await look(pilot)
        assert len(log.rows) == 3
        assert "held" in str(log.border_title)
        await press(pilot, "f")
        await look(pilot)
        assert log.rows[0].key[0] == "ab-0"
        await press(pilot, "slash")
        await fill(pilot, "status>=400")
        assert [row.key[0] for row in log.rows] == ["ab-3"]
        assert "1 of the newest 4" in str(log.border_title)
        await press(pilot, "enter", "enter")
        assert isinstance(pilot.app.screen, Reader)
        assert "대한항공" in shown(pilot, "Sheet")
        await press(pilot, "escape", "escape")
        assert len(log.rows) == 4

    with serving(project):
        play(scenario, project)


def test_an_answer_is_told_with_its_label_and_opens_with_its_row(project):
    ask(project, request(1), request(2))
    answer(project, number=1)
    answer(project, number=1, version=7, role="shadow", score=0.4, rows=1)

    async def scenario(pilot):
        await press(pilot, "5")
        log = pilot.app.screen.query_one("#log")
        assert [row.key for row in log.rows] == [
            ("ab-1", "answer", 6),
            ("ab-1", "shadow", 7),
            ("ab-2", "answer", 6),
        ]
        told = shown(pilot, "#log")
        assert "true p=.82" in told
        assert "false p=.60" in told
        assert "not kept" in told
        log.focus()
        await press(pilot, "enter")
        told = shown(pilot, "Sheet")
        assert "flight_id  UA-1" in told
        assert "거리       733" in told

    with serving(project):
        play(scenario, project)


@pytest.mark.slow
def test_requests_of_other_models_are_left_out(project):
    ask(project, request(2, model="요금"), request(1), request(3, model="", version=0, status=404))

    async def scenario(pilot):
        await press(pilot, "5")
        log = pilot.app.screen.query_one("#log")
        assert [row.key[0] for row in log.rows] == ["ab-1", "ab-3"]

    with serving(project):
        play(scenario, project)


async def look(pilot):
    """Reads everything anew, as after a second."""
    pilot.app.screen.memory.forget()
    pilot.app.look()
    await settled(pilot)


@pytest.mark.slow
def test_a_problem_of_the_endpoint_is_told(project):
    text = "late@v8 cannot be served: its graph is damaged."

    async def scenario(pilot):
        await press(pilot, "5", *["right_square_bracket"] * 2)
        assert "▲ 1 problem" in str(pilot.app.screen.main.border_title)
        assert f"▲ {text}" in shown(pilot, "#endpoint")

    with serving(project, replace(record(), problems=(_problem(text),))):
        play(scenario, project)


def _problem(text):
    return Degradation(kind="model:late", text=text, since=NOW_US)
