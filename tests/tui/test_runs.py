"""Runs mode: the list, the pages of a run, and each of its actions."""

from __future__ import annotations

import pytest
from textual.widgets import Input

from storage.records import JobState, StudyState
from tests.tui.playing import NARROW, ROOMY, fill, play, press, settled, shown
from tests.tui.stock import FAILED_RUN, LIVE_JOB, LIVE_RUN, reopened
from tests.tui.studied import BEST, LAST, PARENT, with_study
from workbench.tui.screens.chooser import Chooser
from workbench.tui.screens.comparison import ComparisonScreen
from workbench.tui.screens.confirm import Confirm
from workbench.tui.screens.form import Form

SIZES = pytest.mark.parametrize("size", [ROOMY, NARROW], ids=["120x36", "80x24"])


def labels(pilot):
    return [f"r{row.key}" for row in pilot.app.screen.main.rows]


def told(pilot):
    return "\n".join(one.message for one in pilot.app._notifications)


async def write(pilot, **lines):
    """Writes into the lines of a form, by their names."""
    form = pilot.app.screen
    for line, box in zip(form._form_lines, form.query(Input), strict=True):
        if line.name in lines:
            box.value = lines[line.name]
    await settled(pilot)


async def choose(pilot, key, part):
    """Opens a list of names, narrows it, and takes the first."""
    await press(pilot, key)
    await fill(pilot, part)
    await press(pilot, "enter")


@SIZES
def test_a_running_run_shows_how_far_it_is(size, stocked):
    async def scenario(pilot):
        await press(pilot, "3")

        assert "62 %" in shown(pilot, "#runs").splitlines()[1]

    play(scenario, stocked, size=size)


def test_trials_stand_below_their_study_while_it_runs(project):
    with_study(project)

    async def scenario(pilot):
        await press(pilot, "3")
        assert labels(pilot)[:3] == [f"r{n}" for n in (PARENT, LAST, BEST)]
        assert labels(pilot)[7] == f"r{LIVE_RUN}"
        assert "▾ r20 s1 +6" in shown(pilot, "#runs")
        assert "50 %" in shown(pilot, "#runs")
        await press(pilot, "j", "h")
        assert labels(pilot)[:2] == [f"r{PARENT}", f"r{LIVE_RUN}"]
        await press(pilot, "l")
        assert labels(pilot)[:2] == [f"r{PARENT}", f"r{LAST}"]

    play(scenario, project)


def test_a_study_tells_its_best_and_draws_its_trials(project):
    with_study(project)

    async def scenario(pilot):
        await press(pilot, "3")
        page = shown(pilot, "#run")
        assert "study s1  running" in page
        assert "5 of 10 trials" in page
        assert f"0.7310  trial 4, r{BEST}" in page
        assert "roc_auc by trial" in page

    play(scenario, project)


def test_the_filter_speaks_the_language_of_the_command_line(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "slash")
        await fill(pilot, "metrics.roc_auc > 0.72 and params.num_leaves in (37, 39)")
        assert labels(pilot) == ["r8", "r6"]

    play(scenario, stocked)


@SIZES
def test_a_condition_that_makes_no_sense_is_pointed_at_and_the_rows_stay(size, stocked):
    async def scenario(pilot):
        await press(pilot, "3", "slash")
        await fill(pilot, "roc_acu > 0.7")
        screen = pilot.app.screen
        wrong = screen.query_one("#wrong").render().plain
        assert "Nothing is called 'roc_acu'" in wrong
        assert "Did you mean 'roc_auc'?" in wrong
        assert screen.query_one("#wrong").display
        assert len(screen.main.rows) == 19
        await fill(pilot, "roc_auc > 0.7")
        assert not screen.query_one("#wrong").display
        assert len(screen.main.rows) == 11

    play(scenario, stocked, size=size)


def test_nothing_can_be_done_with_a_run_that_no_longer_matches(project):
    async def scenario(pilot):
        await press(pilot, "3", "slash")
        await fill(pilot, "state = 'nowhere'")
        await press(pilot, "enter", "space", "x", "s")
        assert pilot.app.screen.MODE == "runs"
        assert pilot.app.screen.marked == ()
        assert "No run matches." in shown(pilot, "#runs")
        assert shown(pilot, "#run").strip() == ""

    play(scenario, project)


def test_runs_are_sorted_by_a_name_and_the_other_way_round(stocked):
    async def scenario(pilot):
        await press(pilot, "3")
        await choose(pilot, "o", "metrics.roc_auc")
        assert labels(pilot)[0] == "r9"
        assert labels(pilot)[-1] == f"r{FAILED_RUN}"
        assert "by metrics.roc_auc ▼" in pilot.app.screen.main.border_title
        await choose(pilot, "o", "metrics.roc_auc")
        assert labels(pilot)[0] == "r19"
        assert labels(pilot)[-1] == f"r{FAILED_RUN}"
        await choose(pilot, "o", "run")
        assert labels(pilot)[:2] == ["r19", "r18"]

    play(scenario, stocked)


def test_columns_are_chosen_and_remembered_for_the_project(stocked, tmp_path):
    settings = tmp_path / "tui.json"

    async def chooses(pilot):
        await press(pilot, "3", "v")
        await fill(pilot, "params.num")
        await press(pilot, "space", "enter")
        assert pilot.app.screen.seen.names[-1] == "params.num_leaves"

    async def remembers(pilot):
        await press(pilot, "3")
        assert pilot.app.screen.seen.names[-1] == "params.num_leaves"
        await press(pilot, "v", "ctrl+r", "enter")
        assert "params.num_leaves" not in pilot.app.screen.seen.names

    play(chooses, stocked, settings=settings)
    play(remembers, stocked, settings=settings)


def test_an_order_that_is_gone_from_the_store_leaves_the_list(empty, tmp_path):
    settings = tmp_path / "tui.json"
    settings.write_text(
        f'{{"runs": {{"{empty.resolve()}": {{"columns": [], "sort": "-metrics.gone"}}}}}}'
    )

    async def scenario(pilot):
        await press(pilot, "3")
        assert "No runs yet. n trains one, or:" in shown(pilot, "#runs")
        assert not pilot.app.screen.query_one("#wrong").display

    play(scenario, empty, settings=settings)


def test_marked_runs_are_compared_in_the_order_of_their_marks(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "j", "space", "k", "space")
        assert "2 marked" in pilot.app.screen.main.border_title
        assert shown(pilot, "#runs").count("◉") == 2
        await press(pilot, "c")
        assert isinstance(pilot.app.screen, ComparisonScreen)
        assert pilot.app.screen._runs == (18, 19)
        await press(pilot, "escape")
        await press(pilot, "u")
        assert "marked" not in pilot.app.screen.main.border_title

    play(scenario, stocked)


def test_one_run_alone_is_not_compared(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "c")
        assert "Mark two runs or more with space" in told(pilot)

    play(scenario, stocked)


@SIZES
def test_the_pages_of_a_run_are_turned(size, stocked):
    async def scenario(pilot):
        await press(pilot, "3", "right_square_bracket")
        assert "log_loss by step" in shown(pilot, "#run")
        await press(pilot, "right_square_bracket")
        assert "It kept nothing to draw" in shown(pilot, "#run")
        await press(pilot, "right_square_bracket")
        assert "lightgbm.LGBMClassifier" in shown(pilot, "#run")
        await press(pilot, "right_square_bracket")
        assert "valid roc_auc 0.7195" in shown(pilot, "#run")
        await press(pilot, "left_square_bracket")
        assert "lightgbm.LGBMClassifier" in shown(pilot, "#run")

    play(scenario, stocked, size=size)


def test_a_run_that_is_not_on_the_page_is_found_when_somebody_comes_for_it(project):
    with_study(project)
    with reopened(project) as workbench:
        workbench.stop_study("s1")

    async def scenario(pilot):
        pilot.app.go_to("runs", BEST)
        await settled(pilot)
        await settled(pilot)
        assert labels(pilot) == [f"r{BEST}"]

    play(scenario, project)


def test_a_run_is_started_again_with_changed_params_alone(project):
    async def scenario(pilot):
        await press(pilot, "3", "j", "n")
        assert isinstance(pilot.app.screen, Form)
        await write(pilot, **{"param num_leaves": "63", "more": "min_child_samples=5"})
        await press(pilot, "enter")
        assert "with num_leaves=63, min_child_samples=5" in told(pilot)

    play(scenario, project)
    with reopened(project) as workbench:
        job = workbench.jobs(limit=1)[0]
    assert job.arguments["params"] == {"num_leaves": 63, "min_child_samples": 5}
    assert job.arguments["recipe"] == "default"


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        pytest.param({"recipe": "nope"}, "No recipe is called 'nope'", id="recipe"),
        pytest.param({"data": "flights@v99"}, "v99", id="version"),
        pytest.param({"more": "alpha"}, "'alpha' has no form name=value.", id="param"),
        pytest.param({"more": "a='b"}, "A quote in", id="quote"),
    ],
)
def test_what_is_wrong_with_a_form_is_told_in_it(stocked, lines, problem):
    async def scenario(pilot):
        await press(pilot, "3", "j", "n")
        await write(pilot, **lines)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, Form)
        assert problem in pilot.app.screen.query_one("#wrong").render().plain
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "runs"

    play(scenario, stocked)


def test_a_run_whose_recipe_is_gone_says_so(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "n")
        assert "r19 was logged by a script or by a recipe that is gone" in told(pilot)

    play(scenario, stocked)


def test_the_first_run_of_a_project_is_started_from_the_empty_list(empty):
    async def scenario(pilot):
        await press(pilot, "3", "n", "enter")

    play(scenario, empty)
    with reopened(empty) as workbench:
        assert workbench.jobs(limit=1)[0].subject == "late default"


def test_tuning_without_a_search_says_what_to_write(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "j", "t", "enter")
        wrong = pilot.app.screen.query_one("#wrong").render().plain
        assert "[experiments.late.search.params]" in wrong

    play(scenario, stocked)


def test_a_study_is_started_by_a_form(project):
    search = "[experiments.late.search.params]\nnum_leaves = { low = 4, high = 64 }\n"
    toml = project / "workbench.toml"
    toml.write_text(toml.read_text().replace("[models.late]", f"{search}[models.late]"))

    async def scenario(pilot):
        await press(pilot, "3", "j", "t")
        said = pilot.app.screen.query_one("#said").render().plain
        assert "num_leaves 4 to 64" in said
        await write(pilot, trials="few")
        await press(pilot, "enter")
        assert "'few' is no number" in pilot.app.screen.query_one("#wrong").render().plain
        await write(pilot, trials="3", timeout="5m")
        await press(pilot, "enter")
        assert "s1 looks for better params of late" in told(pilot)

    play(scenario, project)
    with reopened(project) as workbench:
        study = workbench.study("s1")
    assert (study.budget, study.timeout_s) == (3, 300.0)


def test_a_running_run_is_stopped_with_its_job_once_that_is_agreed_to(project):
    async def scenario(pilot):
        await press(pilot, "3", "s")
        assert isinstance(pilot.app.screen, Confirm)
        await press(pilot, "escape")
        await press(pilot, "s", "enter")

    play(scenario, project)
    with reopened(project) as workbench:
        assert workbench.job(LIVE_JOB).cancel_requested


def test_a_study_is_stopped_and_keeps_its_best(project):
    with_study(project)

    async def scenario(pilot):
        await press(pilot, "3", "s", "enter")
        assert "s1 is stopped" in told(pilot)

    play(scenario, project)
    with reopened(project) as workbench:
        study = workbench.study("s1")
    assert (study.state, study.best_run_id) == (StudyState.STOPPED, BEST)


def test_only_what_runs_is_stopped(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "j", "s")
        assert not isinstance(pilot.app.screen, Confirm)
        assert "r18 is finished; only a running run can be stopped." in told(pilot)

    play(scenario, stocked)


def test_a_run_that_kept_no_model_is_not_made_again(stocked):
    async def scenario(pilot):
        await press(pilot, "3", "j", "r")
        assert "r18 kept no model that another could be compared with." in told(pilot)

    play(scenario, stocked)


def test_a_note_is_written_and_taken_away(project):
    async def scenario(pilot):
        await press(pilot, "3", "j", "e")
        await write(pilot, note="the best so far ⏎ 다시 볼 것")
        await press(pilot, "enter")
        assert "▎ 다시 볼 것" in shown(pilot, "#run")
        await press(pilot, "e")
        assert pilot.app.screen.query_one(Input).value == "the best so far ⏎ 다시 볼 것"
        await write(pilot, note="")
        await press(pilot, "enter")
        assert "▎" not in shown(pilot, "#run")

    play(scenario, project)


def test_tags_are_set_and_taken_away(project):
    async def scenario(pilot):
        await press(pilot, "3", "j", "a")
        await write(pilot, tags="team=ops why='a first try'")
        await press(pilot, "enter")
        assert "team=ops  why=a first try" in shown(pilot, "#run")
        await press(pilot, "a")
        await write(pilot, tags="team=ml")
        await press(pilot, "enter")

    play(scenario, project)
    with reopened(project) as workbench:
        assert workbench.get_run(18).tags == {"team": "ml"}


def test_runs_are_removed_once_that_is_agreed_to_but_for_those_that_are_needed(project):
    async def scenario(pilot):
        await press(pilot, "3", "j", "space", "j", "space", "x", "escape")
        assert "2 marked" in pilot.app.screen.main.border_title
        await press(pilot, "x", "enter")
        assert labels(pilot)[:3] == ["r19", "r18", "r16"]
        assert "r17 is removed. r18 is kept: late@v8 was made of r18" in told(pilot)

    play(scenario, project)


@pytest.mark.parametrize("key", [*"cntovsreaxmlhu", "space"])
def test_no_key_of_an_empty_list_does_harm(empty, key):
    async def scenario(pilot):
        await press(pilot, "3", key)
        if isinstance(pilot.app.screen, Form | Chooser):
            await press(pilot, "escape")
        assert pilot.app.screen.MODE == "runs"

    play(scenario, empty)
    with reopened(empty) as workbench:
        assert not [one for one in workbench.jobs() if one.state is not JobState.QUEUED]
