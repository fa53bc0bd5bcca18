"""Points that are drawn of a model, against scikit-learn and by their laws."""

from __future__ import annotations

import numpy as np
import pytest
import sklearn.metrics as sk

from workbench.core import curves


@pytest.fixture
def binary():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 2, size=3000)
    return truth, np.round(np.clip(0.3 * truth + 0.7 * rng.random(3000), 0, 1), 3)


def test_a_roc_curve_goes_through_the_points_of_scikit_learn(binary):
    (curve,) = curves.roc(*binary, ("no", "yes"))
    x, y, _ = sk.roc_curve(*binary, drop_intermediate=False)

    assert curve.label == "yes"
    assert (curve.x[0], curve.y[0], curve.x[-1], curve.y[-1]) == (0, 0, 1, 1)
    points = np.stack([x, y], axis=1)
    for point in zip(curve.x, curve.y, strict=True):
        assert np.abs(points - point).max(axis=1).min() < 1e-5


def test_the_area_is_of_the_whole_curve_and_the_points_are_few(binary):
    (curve,) = curves.roc(*binary, ("no", "yes"))

    assert curve.area == pytest.approx(sk.roc_auc_score(*binary))
    assert len(curve.x) == len(curve.y) == len(curve.thresholds) <= curves.POINTS + 2
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(curve.area, abs=1e-3)


def test_a_precision_recall_curve_is_right_at_each_of_its_thresholds(binary):
    truth, scores = binary
    (curve,) = curves.precision_recall(truth, scores, ("no", "yes"))

    assert curve.area == pytest.approx(sk.average_precision_score(truth, scores))
    for recall, precision, threshold in zip(curve.x, curve.y, curve.thresholds, strict=True):
        flagged = scores >= threshold - 1e-9
        assert precision == pytest.approx(truth[flagged].mean(), abs=1e-5)
        assert recall == pytest.approx(truth[flagged].sum() / truth.sum(), abs=1e-5)


def test_several_classes_have_a_curve_each_and_one_without_rows_has_none():
    rng = np.random.default_rng(1)
    scores = rng.dirichlet(np.ones(4), size=200)
    truth = rng.integers(0, 3, size=200)

    assert [one.label for one in curves.roc(truth, scores, ("a", "b", "c", "d"))] == ["a", "b", "c"]


def test_rows_of_one_class_have_no_curve(binary):
    truth, scores = binary

    assert curves.roc(truth[truth == 1], scores[truth == 1], ("no", "yes")) == ()


def test_the_table_of_classes_is_scikit_learns(binary):
    truth, scores = binary
    table = curves.confusion(truth, scores, ("no", "yes"))

    assert table is not None
    assert np.array_equal(table.rows, sk.confusion_matrix(truth, scores > 0.5))


def test_too_many_classes_have_no_table():
    classes = tuple(map(str, range(curves.MOST_CLASSES + 1)))

    assert curves.confusion(np.array([0]), np.eye(len(classes))[:1], classes) is None


def test_the_tenths_of_confidence_hold_every_row_once(binary):
    truth, scores = binary
    found = curves.calibration(truth, scores)

    assert sum(one.rows for one in found) == truth.size
    assert sum(one.rows * one.outcome for one in found) == pytest.approx(truth.sum())
    assert sum(one.rows * one.confidence for one in found) == pytest.approx(scores.sum())


def test_residuals_are_truth_minus_prediction():
    rng = np.random.default_rng(1)
    scores = rng.normal(size=1000)
    found = curves.residuals(scores + 2.0, scores)

    assert found.quantiles == pytest.approx([2.0] * len(found.at))
    assert sum(one.rows for one in found.by_prediction) == 1000
    assert [one.middle for one in found.by_prediction] == pytest.approx([2.0] * 10)


@pytest.mark.parametrize("rows", [1, 2, 9])
def test_few_rows_have_residuals_too(rows):
    found = curves.residuals(np.arange(rows, dtype=float), np.zeros(rows))

    assert found.quantiles[-1] == rows - 1
    assert sum(one.rows for one in found.by_prediction) == rows
