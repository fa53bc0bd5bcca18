"""Models mode: the lists, the pages of a version, and what is done with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import Input

from tests.tui.playing import NARROW, ROOMY, fill, play, press, settled, shown
from tests.tui.registry import (
    FAILED,
    FILED,
    REASON,
    finish,
    verified,
    with_another_model,
    with_file,
)
from tests.tui.stock import reopened
from workbench.tui.model_seen import PAGES
from workbench.tui.screens.chooser import Chooser
from workbench.tui.screens.confirm import Confirm
from workbench.tui.screens.form import Form
from workbench.tui.screens.model_card import CardScreen
from workbench.tui.screens.model_diff import ModelDiffScreen
from workbench.tui.screens.prompt import Prompt

SIZES = pytest.mark.parametrize("size", [ROOMY, NARROW], ids=["120x36", "80x24"])
NEXT, LAST = "right_square_bracket", "left_square_bracket"


def told(pilot):
    return "\n".join(one.message for one in pilot.app._notifications)


def numbers(pilot):
    return [row.key for row in pilot.app.screen.main.rows]


def question(pilot):
    asked = pilot.app.screen._question if isinstance(pilot.app.screen, Confirm) else None
    return asked.sentence if asked else ""


async def write(pilot, text):
    """Writes into the line that is asked for, and agrees."""
    box = pilot.app.screen.query_one(Input)
    box.value = text
    await press(pilot, "enter")


@pytest.mark.slow
@SIZES
def test_a_version_opens_as_a_card_whose_pages_turn(size, stocked):
    async def scenario(pilot):
        await press(pilot, "4", "enter")
        assert isinstance(pilot.app.screen, CardScreen)
        seen = []
        for _ in PAGES:
            seen.append(pilot.app.screen._seen.glance.page)
            await press(pilot, NEXT)
        await press(pilot, "escape")

        assert tuple(seen) == PAGES
        assert pilot.app.screen.MODE == "models"

    play(scenario, stocked, size=size)


def test_the_page_beside_the_list_follows_the_cursor(stocked):
    async def scenario(pilot):
        await press(pilot, "4", NEXT, NEXT, NEXT, NEXT, "j")

        assert "v7 against v6  ✕ reject" in shown(pilot, "#page")

    play(scenario, stocked)


def test_the_filter_asks_for_aliases_tags_and_proofs(project):
    with_file(project)

    async def scenario(pilot):
        await press(pilot, "4")
        found = []
        for query in ("alias:champion", "tags.team=ops", "parity:failed roc_auc>0.7", "-run:r"):
            await press(pilot, "slash")
            await fill(pilot, query)
            found.append(numbers(pilot))
            await press(pilot, "escape")

        assert found == [[6], [FILED], [FILED], [FILED]]

    play(scenario, project)


def test_an_empty_project_says_how_to_get_a_version(empty):
    async def scenario(pilot):
        await press(pilot, "4")
        assert "n makes one of a finished run" in shown(pilot, "#versions")
        await press(pilot, "P", "v", "c", "n", "B", "U")

        assert "No version is selected." in told(pilot)
        assert "No run has finished yet. Go to Runs with 3" in told(pilot)

    play(scenario, empty)


@pytest.mark.slow
def test_two_marked_versions_are_held_against_each_other_the_older_first(stocked):
    async def scenario(pilot):
        await press(pilot, "4", "space", "j", "j", "j", "space", "c")
        assert isinstance(pilot.app.screen, ModelDiffScreen)
        assert "late@v5" in shown(pilot, "#told").splitlines()[0]
        await press(pilot, "s")

        assert "late@v8" in shown(pilot, "#told").splitlines()[0]

    play(scenario, stocked)


@pytest.mark.slow
def test_without_marks_the_selected_version_is_held_against_the_champion(stocked):
    async def scenario(pilot):
        await press(pilot, "4", "c")
        assert pilot.app.screen._labels == ("late@v6", "late@v8")
        await press(pilot, "escape", "j", "j", "c")

        assert "Mark two versions with space" in told(pilot)

    play(scenario, stocked)


def test_a_promotion_tells_what_the_gate_said_and_is_taken_back(project):
    async def scenario(pilot):
        await press(pilot, "4", "j", "P")
        assert question(pilot).startswith("late@v7 becomes champion; v6 answers now. The gate said")
        await press(pilot, "enter")
        assert "late@v7 is champion; was v6. U takes it back." in told(pilot)
        await press(pilot, "U")
        assert question(pilot) == "late@v6 becomes champion again; v7 answers now."
        await press(pilot, "enter")

        assert "late@v6 is champion again; was v7" in told(pilot)
        await press(pilot, "B")
        assert question(pilot) == "late@v5 becomes champion again; v6 answers now."

    play(scenario, project)
    assert reopened(project).model_version("late@champion").number == 6


@pytest.mark.slow
def test_taking_back_goes_to_and_fro(project):
    async def scenario(pilot):
        await press(pilot, "4", "B", "enter", "U", "enter")
        assert "late@v6 is champion again; was v5" in told(pilot)
        await press(pilot, "U", "enter")
        assert "late@v5 is champion again; was v6" in told(pilot)

    play(scenario, project)
    assert reopened(project).model_version("late@champion").number == 5


@pytest.mark.slow
def test_a_move_that_somebody_followed_is_not_taken_back(project):
    async def scenario(pilot):
        await press(pilot, "4", "P", "enter")
        other = reopened(project)
        other.promote("late", 5, expected=8, why="somebody else")
        other.promote("late", 8, expected=5, why="and back")
        await press(pilot, "U")

        assert not isinstance(pilot.app.screen, Confirm)
        assert "has moved champion of late since to v8; nothing is taken back." in told(pilot)

    play(scenario, project)


def test_nothing_moved_here_means_nothing_to_take_back(stocked):
    async def scenario(pilot):
        await press(pilot, "4", "U")

        assert "nothing to take back" in told(pilot)

    play(scenario, stocked)


def test_a_failed_proof_is_overridden_only_with_a_reason_which_is_kept(project):
    with_file(project)

    async def scenario(pilot):
        await press(pilot, "4", "P")
        assert "parity failed: largest difference 0.31, 12 flips" in question(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Confirm)
        await fill(pilot, REASON)
        await press(pilot, "enter")

        assert "overridden" in shown(pilot, "#versions").splitlines()[1]

    play(scenario, project)
    assert reopened(project).model_version(f"late@v{FILED}").override == REASON


def test_a_repeated_proof_that_fails_asks_for_a_reason_too(project):
    verified(project, 8, FAILED)

    async def scenario(pilot):
        await press(pilot, "4", "P")

        assert "parity failed" in question(pilot)

    play(scenario, project)


@pytest.mark.slow
def test_an_alias_that_serves_nothing_needs_no_capital_letter_and_is_taken_away_again(project):
    async def scenario(pilot):
        await press(pilot, "4", "a", "enter")
        assert "late@v8 is challenger. U takes it back." in told(pilot)
        assert "challenger v8" in shown(pilot, "#models")
        await press(pilot, "a", "enter")
        assert "late@v8 is no challenger any more" in told(pilot)
        await press(pilot, "U", "enter")
        assert "challenger v8" in shown(pilot, "#models")
        await press(pilot, "a")
        await write(pilot, "champion")

        assert "P makes a version champion" in told(pilot)

    play(scenario, project)
    assert reopened(project).model_aliases("late") == {"challenger": 8, "champion": 6}


def test_a_run_is_registered_as_a_job_whose_outcome_is_told(project):
    async def scenario(pilot):
        await press(pilot, "4", "n")
        assert isinstance(pilot.app.screen, Chooser)
        assert ("r14", "late deep, roc_auc 0.6901, is late@v6") in pilot.app.screen._choices
        await fill(pilot, "r17")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Prompt)
        assert pilot.app.screen.query_one(Input).value == "late"
        await press(pilot, "enter")
        job = reopened(project).jobs(live=True)[-1]
        assert (job.kind, job.subject) == ("register", "r17 as late")
        finish(project, job.id, {"model": "late", "number": 8})
        pilot.app.look()
        await settled(pilot)

        assert "late@v8 is registered: parity passed" in told(pilot)

    play(scenario, project)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("result", "error", "said"),
    [
        ({"proof": "parity passed", "passed": True}, "", "late@v8 is verified: parity passed"),
        ({}, "No space is left.", "verify late@v8 failed: No space is left."),
    ],
    ids=["proved", "failed"],
)
def test_what_came_of_a_repeated_proof_is_told(result, error, said, project):
    async def scenario(pilot):
        await press(pilot, "4", "v")
        job = reopened(project).jobs(live=True)[-1]
        assert job.kind == "verify"
        finish(project, job.id, result, error=error)
        pilot.app.look()
        await settled(pilot)

        assert said in told(pilot)
        assert pilot.app.screen._followed == ()

    play(scenario, project)


def test_an_export_is_a_job_into_a_folder_of_the_project(project):
    async def scenario(pilot):
        await press(pilot, "4", "e")
        layout = pilot.app.screen.query(Input)[1]
        layout.value = "zip"
        await press(pilot, "enter")
        assert "There is no layout 'zip'." in str(pilot.app.screen.query_one("#wrong").content)
        layout.value = "triton"
        await press(pilot, "enter")
        job = reopened(project).jobs(live=True)[-1]
        finish(project, job.id, {"model": "late@v8", "folder": job.arguments["folder"]})
        pilot.app.look()
        await settled(pilot)

        assert (job.kind, job.arguments["layout"]) == ("export", "triton")
        assert f"late@v8 is in {project / 'exports' / 'late-v8'}" in told(pilot)

    play(scenario, project)


@pytest.mark.slow
def test_tags_and_a_note_are_written_and_shown(project):
    async def scenario(pilot):
        await press(pilot, "4", "t")
        assert isinstance(pilot.app.screen, Form)
        await write(pilot, "team=ops stage=trial")
        await press(pilot, "w")
        await write(pilot, "ask ann ⏎ never on fridays")
        assert "▎ ask ann" in shown(pilot, "#page")
        assert "stage=trial  team=ops" in shown(pilot, "#page")
        await press(pilot, "t")
        await write(pilot, "stage=live")

    play(scenario, project)
    version = reopened(project).model_version("late@v8")
    assert (version.tags, version.note) == ({"stage": "live"}, "ask ann\nnever on fridays")


def test_a_tag_that_cannot_be_is_refused_in_the_services_words(project):
    async def scenario(pilot):
        await press(pilot, "4", "t")
        await write(pilot, "'two words'=1")

        assert isinstance(pilot.app.screen, Form)
        assert "A tag cannot be called 'two words'" in str(
            pilot.app.screen.query_one("#wrong").content
        )

    play(scenario, project)


@pytest.mark.slow
def test_an_alias_protects_a_version_and_others_are_removed_for_good(project):
    async def scenario(pilot):
        await press(pilot, "4", "x")
        assert question(pilot).startswith("late@v8 is removed with its proof; its number is never")
        await press(pilot, "enter")
        assert numbers(pilot)[0] == 7
        await press(pilot, "j", "x", "enter")

        assert "late@v6 is champion, so it is kept." in told(pilot)

    play(scenario, project)
    assert [one.number for one in reopened(project).model_versions("late")] == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.slow
def test_what_is_done_on_the_card_is_shown_on_it(project):
    async def scenario(pilot):
        await press(pilot, "4", "enter", "P", "enter")
        assert isinstance(pilot.app.screen, CardScreen)

        assert "champion v6 → v8" in shown(pilot, "#page")

    play(scenario, project)


@pytest.mark.slow
@SIZES
def test_the_lineage_folds_and_leads_to_the_run(size, stocked):
    async def scenario(pilot):
        await press(pilot, "4", "enter", LAST, LAST)
        assert "▾ what it was made of" in shown(pilot, "#tree")
        await press(pilot, "enter")
        assert "▸ what it was made of" in shown(pilot, "#tree")
        await press(pilot, "enter", "j", "j", "j", "j", "enter")
        assert "flights@v10" in shown(pilot, "#tree")
        await press(pilot, "k", "k", "k", "o")

        assert pilot.app.screen.MODE == "runs"
        assert pilot.app.screen.main.selected == 18

    play(scenario, stocked, size=size)


@pytest.mark.slow
def test_the_line_that_calls_a_version_is_copied_from_its_page(stocked):
    async def scenario(pilot):
        await press(pilot, "4", "enter", "y")
        assert pilot.app.clipboard == "late@v8"
        await press(pilot, LAST, "y")

        assert pilot.app.clipboard.startswith("curl -s http://127.0.0.1:8080/predict/late ")

    play(scenario, stocked)


def test_somebody_who_comes_for_a_version_finds_it(stocked):
    async def scenario(pilot):
        pilot.app.go_to("models", "late@v3")
        await settled(pilot)

        assert pilot.app.screen.main.selected == 3

    play(scenario, stocked)


@pytest.mark.slow
def test_each_model_has_its_own_versions_and_marks(project):
    with_another_model(project)

    async def scenario(pilot):
        pilot.app.go_to("models", "요금")
        await settled(pilot)
        assert numbers(pilot) == [1]
        await press(pilot, "space", "B", "P")
        assert "요금 had no other champion before." in told(pilot)
        assert question(pilot) == "요금@v1 becomes champion; nothing answers now."
        await press(pilot, "enter", "U", "enter")
        assert "요금 has no champion any more" in told(pilot)
        pilot.app.go_to("models", "late")
        await settled(pilot)

        assert pilot.app.screen.marked == ()
        assert numbers(pilot)[0] == 8

    play(scenario, project)
    assert reopened(project).model_aliases("요금") == {}


@pytest.mark.slow
def test_a_version_from_a_file_shows_its_source_and_no_figures(project):
    with_file(project)
    verified(project, FILED, replace(FAILED, packages={**FAILED.packages, "onnxruntime": "1.32.0"}))

    async def scenario(pilot):
        await press(pilot, "4")
        assert "a file  late.onnx, sha256 ab12" in shown(pilot, "#page")
        await press(pilot, NEXT)
        assert "was brought in from late.onnx" in shown(pilot, "#page")
        await press(pilot, NEXT, NEXT, "enter")

        assert "unknown category" in shown(pilot, "#page")
        assert "onnxruntime 1.31.0 to 1.32.0" in shown(pilot, "#page")

    play(scenario, project)
