from __future__ import annotations

import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import BernoulliNB
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from tests.engines.export.proofs import TASKS, nested, proof, scaled


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("is_ensemble", [True, False], ids=["ensemble", "one"])
@pytest.mark.parametrize("method", ["sigmoid", "isotonic", "temperature"])
@pytest.mark.parametrize("member", [LinearSVC(), BernoulliNB()], ids=str)
def test_curves_are_those_that_calibration_learnt(member, method, is_ensemble, task):
    estimator = CalibratedClassifierCV(member, method=method, cv=2, ensemble=is_ensemble)
    found = proof(task, estimator)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-7


def test_a_calibrated_pipeline_takes_raw_columns():
    estimator = CalibratedClassifierCV(nested(LogisticRegression()), cv=2)

    assert proof("binary", estimator, before=[]).max_abs_diff < 1e-14


@pytest.mark.parametrize("out_of_bounds", ["nan", "clip"])
def test_isotonic_regression_draws_straight_lines(out_of_bounds):
    first = scaled(StandardScaler(), texts=False)[0]
    first.set_params(transformers=[(*first.transformers[0][:2], ["x"])])
    estimator = IsotonicRegression(out_of_bounds=out_of_bounds)

    assert proof("regression", estimator, before=[first]).max_abs_diff < 1e-14
