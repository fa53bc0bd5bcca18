"""The order in which metrics are listed."""

from __future__ import annotations

import pytest

from workbench.core.metric_order import in_order, is_lower_better


def test_metrics_that_experiments_are_judged_by_come_first():
    assert in_order(["training_rows", "log_loss", "roc_auc"])[0] == "roc_auc"
    assert in_order(["training_rows", "test_rows"]) == ["training_rows", "test_rows"]


@pytest.mark.parametrize(
    "name",
    ["log_loss", "ece", "rmse", "mape", "pinball_10", "cv_pinball_90", "cv_roc_auc_sd", "val/Loss"],
)
def test_less_of_an_error_is_better(name):
    assert is_lower_better(name)


@pytest.mark.parametrize(
    "name", ["roc_auc", "pr_auc", "accuracy", "balanced_accuracy", "f1_macro", "r2", "cv_roc_auc"]
)
def test_more_of_a_score_is_better(name):
    assert not is_lower_better(name)
