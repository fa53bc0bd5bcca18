"""The order in which metrics are listed."""

from __future__ import annotations

from workbench.core.metric_order import in_order


def test_metrics_that_experiments_are_judged_by_come_first():
    assert in_order(["training_rows", "log_loss", "roc_auc"])[0] == "roc_auc"
    assert in_order(["training_rows", "test_rows"]) == ["training_rows", "test_rows"]
