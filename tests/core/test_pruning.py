from __future__ import annotations

import optuna
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.core import pruning

CURVES = {n: {5: 0.6 + n / 100, 10: 0.7 + n / 100} for n in range(5)}


def test_a_trial_below_the_median_is_behind():
    assert pruning.limit_at(5, CURVES) == pytest.approx(0.62)
    assert pruning.is_behind(5, {5: 0.61}, CURVES, is_maximized=True)
    assert not pruning.is_behind(5, {5: 0.62}, CURVES, is_maximized=True)


def test_where_smaller_is_better_a_trial_above_the_median_is_behind():
    assert pruning.is_behind(10, {5: 0.9, 10: 0.73}, CURVES, is_maximized=False)
    assert not pruning.is_behind(10, {5: 0.9, 10: 0.72}, CURVES, is_maximized=False)


def test_the_best_value_so_far_counts_and_not_the_latest():
    assert not pruning.is_behind(10, {5: 0.9, 10: 0.1}, CURVES, is_maximized=True)


def test_nothing_is_pruned_before_five_trials_have_ended():
    few = {n: CURVES[n] for n in range(4)}

    assert not pruning.is_behind(5, {5: 0.0}, few, is_maximized=True)


def test_a_step_that_no_other_trial_reached_prunes_nothing():
    assert not pruning.is_behind(15, {15: 0.0}, CURVES, is_maximized=True)


@pytest.mark.parametrize(
    ("step", "is_looked_at"),
    [(5, False), (15, False), (20, True), (21, False), (195, True), (200, False)],
    ids=["first", "still warming up", "a tenth", "between", "last but one", "end"],
)
def test_a_trial_of_200_steps_is_looked_at_after_its_first_tenth(step, is_looked_at):
    assert pruning.is_looked_at(step, 200) is is_looked_at


values = st.floats(0, 1).map(lambda value: round(value, 3))
one_curve = st.lists(values, min_size=1, max_size=4).map(
    lambda found: {5 * (at + 1): value for at, value in enumerate(found)}
)


@settings(max_examples=60, deadline=None)
@given(st.lists(one_curve, min_size=5, max_size=8), one_curve, st.booleans())
def test_it_decides_as_the_median_pruner_of_optuna_does(others, mine, is_maximized):
    study = optuna.create_study(
        direction="maximize" if is_maximized else "minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=pruning.STARTUP_TRIALS),
    )
    for curve in others:
        study.add_trial(
            optuna.trial.create_trial(value=curve[max(curve)], intermediate_values=curve)
        )
    trial = study.ask()
    for step, value in mine.items():
        trial.report(value, step)
    curves = dict(enumerate(others))

    found = pruning.is_behind(max(mine), mine, curves, is_maximized=is_maximized)
    assert found == trial.should_prune()
