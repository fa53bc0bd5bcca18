"""What can be seen of runs that are compared, and done there."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from storage.records import Artifact, RunState
from storage.store import Store
from tests.tui.playing import NARROW, ROOMY, play, press, settled, shown
from tests.tui.stock import FAILED_RUN, LIVE_RUN, RUNS, reopened
from workbench.core import run_figures
from workbench.core.run_figures import Loss, RunFigures
from workbench.services.figures_of_runs import FIGURES_ARTIFACT
from workbench.tui.latest import NoAnswer
from workbench.tui.screens.comparison import ComparisonScreen
from workbench.tui.widgets.choices import Choices
from workbench.tui.widgets.sheet import Sheet

SIZES = pytest.mark.parametrize(
    "size",
    [pytest.param(ROOMY, id="120x36"), pytest.param(NARROW, id="80x24", marks=pytest.mark.slow)],
)
FIGURES = ("intervals", "curves", "scatter", "roc", "calibration", "confusion", "importance")


def figures(seed):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 2, 400)
    scores = np.clip(truth * 0.2 + rng.uniform(0, 0.8, 400), 0, 1)
    drawn = run_figures.drawn("binary", truth, scores, ("제시간", "늦음"))
    return RunFigures(
        task="binary",
        metric="roc_auc",
        confusion=drawn.confusion,
        roc=drawn.roc,
        precision_recall=drawn.precision_recall,
        calibration=drawn.calibration,
        importances={"temp": 0.7, "바람": 0.3},
        permutation={"temp": Loss(mean=0.03, low=0.02, high=0.04)},
    )


@pytest.fixture
def drawn(project):
    """A project two of whose runs kept figures."""
    store = Store.open(project, program="test")
    for run in (17, 18):
        content = msgspec.json.encode(figures(run))
        kept = Artifact(
            path=FIGURES_ARTIFACT, blob=store.blobs.put(content), size_bytes=len(content)
        )
        with store.write() as tx:
            tx.runs.keep_artifacts(run, [kept])
    store.close()
    return project


async def compare(pilot, *runs):
    """Opens the comparison over the runs."""
    await press(pilot, "3")
    pilot.app.push_screen(ComparisonScreen(pilot.app.feed.workbench, runs))
    await settled(pilot)


def title(pilot):
    return str(pilot.app.screen.query_one("#drawn", Sheet).border_title)


def figure(pilot):
    return pilot.app.screen.query_one(Choices).chosen


def line(pilot, name):
    return next(one for one in shown(pilot, "#told").splitlines() if name in one)


def test_what_differs_comes_before_metrics_and_rows(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        told = shown(pilot, "#told")
        places = [told.index(word) for word in ("what differs", "data", "code", "params")]
        assert places == sorted(places)
        assert told.index("params") < told.index("metrics") < told.index("on the same test rows")
        assert line(pilot, "num_leaves").split() == ["num_leaves", "48", "≠", "49"]

    play(scenario, stocked)


def test_the_first_run_is_what_others_are_held_against(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        assert "+0.0188" in line(pilot, "roc_auc")
        await press(pilot, "b")
        assert "-0.0188" in line(pilot, "roc_auc")
        assert line(pilot, "what differs").split() == ["what", "differs", "▲", "r18", "●", "r17"]

    play(scenario, stocked)


def test_deltas_of_other_test_rows_are_named_as_such(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        assert "r18 was tested on other rows than r17." in shown(pilot, "#told")
        assert "▲ r18  not told: r17 kept no scores" in shown(pilot, "#told")

    play(scenario, stocked)


@SIZES
def test_every_figure_is_reached_by_a_key(drawn, size):
    async def scenario(pilot):
        await compare(pilot, 17, 18, 14)
        seen = []
        for _ in FIGURES:
            seen.append(figure(pilot))
            assert shown(pilot, "#drawn").strip()
            await press(pilot, "right_square_bracket")
        assert tuple(seen) == FIGURES
        assert figure(pilot) == "intervals"
        await press(pilot, "left_square_bracket")
        assert figure(pilot) == "importance"

    play(scenario, drawn, size=size)


def test_figures_stand_side_by_side(drawn):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        await press(pilot, *["right_square_bracket"] * 3)
        assert title(pilot) == "ROC of 늦음"
        assert "● r17 0." in shown(pilot, "#drawn")
        await press(pilot, "m")
        assert title(pilot) == "precision-recall of 늦음"
        await press(pilot, "right_square_bracket", "right_square_bracket")
        assert line_of_drawn(pilot, "● r17").count("▲ r18") == 1
        await press(pilot, "right_square_bracket", "m")
        assert title(pilot) == "loss when shuffled"

    def line_of_drawn(pilot, name):
        return next(one for one in shown(pilot, "#drawn").splitlines() if name in one)

    play(scenario, drawn)


def test_the_metric_that_is_drawn_is_chosen(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        await press(pilot, "right_square_bracket")
        assert title(pilot) == "roc_auc by step"
        await press(pilot, "m")
        assert title(pilot) == "log_loss by step"

    play(scenario, stocked)


def test_a_param_is_drawn_against_a_metric_with_all_runs_of_the_experiment(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        await press(pilot, "p")
        assert title(pilot) == "roc_auc against num_leaves"
        assert "18 of 19 runs have both" in shown(pilot, "#drawn")
        await press(pilot, "p", "m")
        assert title(pilot) == "log_loss against n_estimators"

    play(scenario, stocked)


def test_a_click_on_a_name_draws_its_figure(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        await pilot.click(Choices, offset=(14, 0))
        await settled(pilot)
        assert figure(pilot) == "curves"

    play(scenario, stocked)


@pytest.mark.slow
def test_a_failed_run_is_compared_by_what_it_has(stocked):
    async def scenario(pilot):
        await compare(pilot, FAILED_RUN, 18)
        assert "✕ failed" in shown(pilot, "#told")
        assert line(pilot, "roc_auc").split()[:2] == ["roc_auc", "-"]

    play(scenario, stocked)


def test_what_differs_is_shown_though_the_rows_cannot_be_read(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        pilot.app.screen.post_message(NoAnswer(((17, 18), "rows"), OSError("the disk is gone")))
        await settled(pilot)
        assert "OSError: the disk is gone" in shown(pilot, "#told")
        assert "what differs" in shown(pilot, "#told")

    play(scenario, stocked)


@pytest.mark.slow
def test_trials_stand_among_the_trials_of_their_study(project):
    with reopened(project) as w, w.run("late", name="study") as study:
        for rate in (0.1, 0.2, 0.3):
            with w.run("late", params={"rate": rate}, parent=study.id) as run:
                run.log(step=1, roc_auc=rate)

    async def scenario(pilot):
        await compare(pilot, RUNS + 2, RUNS + 3)
        await press(pilot, "p")
        assert title(pilot) == "roc_auc against rate"
        assert "3 of 3 runs have both" in shown(pilot, "#drawn")

    play(scenario, project)


@pytest.mark.slow
def test_runs_that_are_gone_are_named(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 999)
        assert "No run is called 'r999'." in shown(pilot, "#told")
        await press(pilot, "m", "p", "right_square_bracket", "z", "z")
        assert "There is nothing to draw." in shown(pilot, "#drawn")

    play(scenario, stocked)


def test_a_run_that_goes_on_is_followed(project):
    async def scenario(pilot):
        await compare(pilot, LIVE_RUN, 18)
        assert "◐ running" in shown(pilot, "#told")
        store = Store.open(project, program="test")
        with store.write() as tx:
            tx.runs.end(LIVE_RUN, state=RunState.FINISHED, error=None)
        store.close()
        pilot.app.screen._follow()
        await settled(pilot)
        assert "◐ running" not in shown(pilot, "#told")
        assert "r19 kept no scores" in shown(pilot, "#told")

    play(scenario, project)


def test_a_pane_is_zoomed_and_left_before_the_screen(stocked):
    async def scenario(pilot):
        await compare(pilot, 17, 18)
        await press(pilot, "tab", "z")
        assert pilot.app.screen.maximized is pilot.app.screen.query_one("#drawn")
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, ComparisonScreen)
        await press(pilot, "escape")
        assert pilot.app.screen.MODE == "runs"

    play(scenario, stocked)


@pytest.mark.slow
@pytest.mark.parametrize("size", [ROOMY, NARROW], ids=["120x36", "80x24"])
def test_twelve_runs_fit_with_the_first_in_every_group(stocked, size):
    async def scenario(pilot):
        await compare(pilot, *range(1, 13))
        sheet = pilot.app.screen.query_one("#told", Sheet)
        headings = sheet._lines
        assert all(one.cell_length <= sheet.line_width for one in headings)
        groups = [one.plain for one in headings if one.plain.startswith("what differs")]
        assert all("● r1 " in one for one in groups)
        assert all(any(f"r{run}" in one.split() for one in groups) for run in range(1, 13))

    play(scenario, stocked, size=size)
