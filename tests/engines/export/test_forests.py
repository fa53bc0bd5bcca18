from __future__ import annotations

import numpy as np
import pytest
from sklearn import ensemble as ens
from sklearn import tree
from sklearn.linear_model import LogisticRegression, Ridge

from tests.engines.export.proofs import TASKS, TEXTS, proof, with_holes

TREES = [
    tree.DecisionTreeClassifier(max_depth=6),
    tree.ExtraTreeClassifier(),
    ens.GradientBoostingClassifier(n_estimators=5),
    ens.GradientBoostingClassifier(n_estimators=5, init="zero"),
    ens.GradientBoostingClassifier(n_estimators=5, init=tree.DecisionTreeClassifier(max_depth=3)),
    ens.HistGradientBoostingClassifier(max_iter=5),
]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("estimator", TREES, ids=str)
def test_trees_answer_to_the_last_digits(estimator, task):
    found = proof(task, estimator)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-15


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "estimator",
    [tree.DecisionTreeClassifier(), ens.HistGradientBoostingClassifier(max_iter=5)],
    ids=str,
)
def test_missing_values_go_where_training_sent_them(estimator, task):
    found = proof(task, estimator, before=with_holes())

    assert found.flips == 0
    assert found.max_abs_diff < 1e-15


@pytest.mark.slow
@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("trees", [2, 4, 10])
@pytest.mark.parametrize("kind", [ens.RandomForestClassifier, ens.ExtraTreesClassifier])
def test_forests_agree_where_their_trees_are_at_a_tie(kind, trees, task):
    found = proof(task, kind(trees, random_state=0), before=with_holes())

    assert found.flips == 0
    assert found.max_abs_diff == 0.0


@pytest.mark.parametrize(
    "estimator",
    [
        tree.DecisionTreeRegressor(max_depth=5, criterion="absolute_error"),
        tree.ExtraTreeRegressor(),
        *(
            ens.GradientBoostingRegressor(n_estimators=5, loss=loss)
            for loss in ("squared_error", "absolute_error", "huber", "quantile")
        ),
    ],
    ids=str,
)
def test_trees_give_the_very_same_values(estimator):
    assert proof("regression", estimator).max_abs_diff == 0.0


@pytest.mark.parametrize(
    "loss", ["squared_error", "absolute_error", "gamma", "poisson", "quantile"]
)
def test_histogram_boosting_answers_through_its_loss(loss):
    estimator = ens.HistGradientBoostingRegressor(max_iter=5, loss=loss, quantile=0.3)

    assert proof("regression", estimator, before=with_holes()).max_abs_diff < 1e-14


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("chosen", "before"),
    [([0, 1], with_holes()), ([1, 6], with_holes()), (TEXTS, [])],
    ids=["codes", "codes among numbers", "texts"],
)
def test_categories_of_histogram_boosting_go_where_their_bits_say(chosen, before, task):
    estimator = ens.HistGradientBoostingClassifier(max_iter=5, categorical_features=chosen)
    found = proof(task, estimator, before=before)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-15


def test_the_exponential_loss_has_its_own_curve():
    estimator = ens.GradientBoostingClassifier(n_estimators=5, loss="exponential")

    assert proof("binary", estimator).max_abs_diff < 1e-15


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("binary", ens.GradientBoostingClassifier(n_estimators=5, init=LogisticRegression())),
        ("multiclass", ens.GradientBoostingClassifier(n_estimators=5, init=LogisticRegression())),
        ("regression", ens.GradientBoostingRegressor(n_estimators=5, init=Ridge())),
    ],
)
def test_boosting_starts_from_another_estimator_which_computes_in_single_precision(task, estimator):
    found = proof(task, estimator)

    assert found.passed
    assert found.max_abs_diff < 1e-5


def test_a_tie_between_two_classes_goes_to_the_first_one():
    estimator = tree.DecisionTreeClassifier(max_leaf_nodes=2, min_samples_leaf=0.5)
    found = proof("binary", estimator, target=lambda codes: np.arange(len(codes)) % 2)

    assert found.flips == 0
