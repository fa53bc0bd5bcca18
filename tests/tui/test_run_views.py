"""What the Runs screen says of a run, as text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from storage.records import Artifact, CurvePoint, Metric, Run, RunState
from storage.records.reproduction import Reproduction, Sameness
from storage.records.run_cards import RunCard
from tests.tui.shapes import NOW
from workbench.core import run_figures
from workbench.core.leakage import Leak
from workbench.core.run_figures import Loss, RunFigures
from workbench.core.slices import Slice
from workbench.tui.run_seen import Glance, RunSeen
from workbench.tui.views import run_figures as views
from workbench.tui.views import run_pages

RUN = Run(
    id=12,
    uid="0" * 32,
    experiment="late",
    name="늦음",
    recipe="default",
    model="lightgbm.LGBMClassifier",
    state=RunState.FINISHED,
    params={"num_leaves": 31},
    metrics={"roc_auc": Metric(key="roc_auc", value=0.71, step=9, low=0.70, high=0.72)},
    seed=7,
    source_hash="f" * 64,
    dataset="flights",
    version=3,
    train="v3",
    test="the last 14 days",
    environment={"python": "3.11.9", "platform": "Linux " * 12},
    created_by="ann",
    job_id=None,
    parent_id=None,
    cycle_id=None,
    started_at=NOW - timedelta(minutes=5),
    ended_at=NOW - timedelta(minutes=4),
    heartbeat_at=NOW,
    error=None,
)
CARD = RunCard(run=RUN, artifacts=(), children=(), models=())
TRUTH = np.array([0, 0, 1, 1] * 50)
SCORES = np.tile([0.1, 0.6, 0.4, 0.9], 50)


def seen(page="run", *, run=RUN, **known):
    card = replace(CARD, run=run, artifacts=known.pop("artifacts", ()))
    return RunSeen(glance=Glance(run=12, page=page), card=card, job=None, study=None, **known)


def page(of, width=60):
    return "\n".join(line.plain.rstrip() for line in run_pages.page_lines(of, NOW, width))


def figures(**known):
    drawn = run_figures.drawn("binary", TRUTH, SCORES, ("early", "late"))
    return RunFigures(
        task="binary",
        metric="roc_auc",
        confusion=drawn.confusion,
        roc=drawn.roc,
        precision_recall=drawn.precision_recall,
        calibration=drawn.calibration,
        **known,
    )


def test_a_metric_stands_with_its_interval_and_what_a_guess_reaches():
    guess = replace(RUN, id=13, metrics={"roc_auc": Metric(key="roc_auc", value=0.5, step=0)})

    shown = page(seen(baseline=guess))

    assert "metrics  guess r13" in shown
    assert "roc_auc  0.7100     0.700 to 0.720  guess 0.5000" in shown


def test_what_a_machine_was_doing_is_no_metric_of_the_run():
    metrics = RUN.metrics | {"system.cpu": Metric(key="system.cpu", value=99.0, step=1)}

    assert "system.cpu" not in page(seen(run=replace(RUN, metrics=metrics)))


@pytest.mark.parametrize(
    ("sameness", "told"),
    [
        (Sameness.BIT_IDENTICAL, "made again  ✓ bit-identical as r12"),
        (Sameness.DIFFERS, "made again  ✕ differs as r12\nr12 gives other scores.\n· numpy"),
    ],
    ids=["same", "differs"],
)
def test_what_came_of_making_a_run_again_stands_with_it(sameness, told):
    found = Reproduction(
        run=12,
        again=14,
        sameness=sameness,
        sentence="r12 gives other scores.",
        reasons=("numpy was 2.3",),
        largest_difference=0.1,
        rows=10,
        metrics=(),
    )

    assert told in page(seen(remade=((RUN, found),)))


def test_a_failed_run_says_why_and_a_note_is_set_off():
    run = replace(RUN, state=RunState.FAILED, error="dewp is empty.", note="ask ann\n[red]never")

    shown = page(seen(run=run))

    assert "✕ failed  1 min 00 s\ndewp is empty." in shown
    assert "▎ ask ann\n▎ [red]never" in shown


def test_a_long_value_goes_on_beneath_and_files_have_their_size():
    kept = (Artifact(path="model.bin", blob="a" * 64, size_bytes=1500),)

    shown = page(seen("made with", artifacts=kept), 40)

    assert "model.bin  1.50 kB" in shown
    assert max(map(len, shown.splitlines())) <= 40


def test_a_run_of_a_script_has_no_log_and_says_so():
    assert "a script logs to it" in page(seen("log"))


def test_a_metric_that_was_measured_once_is_not_drawn():
    once = (("auc", (CurvePoint(step=1, value=0.7, low=0.7, high=0.7, count=1),)),)

    assert "It has been measured at one step only." in page(seen(curves=once))
    assert "No metric has two steps yet" in page(seen("curves", curves=once))


@pytest.mark.parametrize("width", [40, 76, 150], ids=str)
def test_all_figures_of_a_run_are_drawn_within_the_width(width):
    known = figures(
        importances={"dest": 0.7, "carrier": 0.3},
        permutation={"dest": Loss(mean=0.2, low=0.1, high=0.3)},
        slices=(Slice(column="origin", value="JFK", rows=120, metric=0.7, low=0.6, high=0.8),),
        folds=(run_figures.fold_scores("roc_auc", [0.7, 0.72]),),
        leaks=(Leak(kind="duplicates", column="", measure=3.0, sentence="3 rows are in both."),),
    )

    lines = views.figure_lines("r12", known, width)
    shown = "\n".join(line.plain for line in lines)

    assert shown.startswith("▲ 3 rows are in both.")
    assert max(line.cell_length for line in lines) <= width
    for title in ("confusion", "ROC", "calibration", "what the model looks at", "slices"):
        assert title in shown


def test_figures_that_cannot_be_read_are_told_where_they_would_be():
    assert "blob a1 is damaged" in page(seen("figures", problem="blob a1 is damaged"))
