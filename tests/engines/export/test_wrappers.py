from __future__ import annotations

import numpy as np
import pytest
from sklearn import multioutput as many
from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.semi_supervised import SelfTrainingClassifier
from sklearn.svm import LinearSVC

from tests.engines.export.proofs import TASKS, as_table, fitted, nested, proof
from workbench.errors import ExportRefused

STRENGTHS = {"C": [0.1, 1.0]}
TRANSFORMERS = [
    StandardScaler(),
    MinMaxScaler(),
    MaxAbsScaler(),
    RobustScaler(),
    PowerTransformer(),
    PowerTransformer(method="box-cox", standardize=False),
    QuantileTransformer(n_quantiles=40),
    QuantileTransformer(n_quantiles=40, output_distribution="normal"),
    make_pipeline(FunctionTransformer(np.log1p, np.expm1), StandardScaler()),
]
FUNCTIONS = [(np.log1p, np.expm1), (np.log, np.exp), (np.sqrt, np.square), (None, None)]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "estimator",
    [
        GridSearchCV(LogisticRegression(), STRENGTHS, cv=2),
        RandomizedSearchCV(LinearSVC(), STRENGTHS, n_iter=1, cv=2),
        SelfTrainingClassifier(LogisticRegression()),
    ],
    ids=lambda one: type(one).__name__,
)
def test_the_answer_is_that_of_the_estimator_within(estimator, task):
    found = proof(task, estimator)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-14


def test_a_search_over_a_whole_pipeline_takes_raw_columns():
    search = GridSearchCV(nested(LogisticRegression()), {"model__C": [0.1, 1.0]}, cv=2)

    assert proof("binary", search, before=[]).max_abs_diff < 1e-14


def test_a_frozen_estimator_answers_as_it_did():
    inner = fitted("binary", LogisticRegression()).pipeline

    assert proof("binary", FrozenEstimator(inner), before=[]).max_abs_diff < 1e-14


@pytest.mark.parametrize("transformer", TRANSFORMERS, ids=str)
def test_a_transformed_target_finds_its_way_back(transformer):
    estimator = TransformedTargetRegressor(Ridge(), transformer=transformer)

    assert proof("regression", estimator).max_abs_diff < 1e-11


@pytest.mark.parametrize(("there", "back"), FUNCTIONS, ids=str)
def test_a_target_that_went_through_a_function_finds_its_way_back(there, back):
    estimator = TransformedTargetRegressor(
        Ridge(), func=there, inverse_func=back, check_inverse=False
    )

    assert proof("regression", estimator).max_abs_diff < 1e-11


@pytest.mark.parametrize(
    ("task", "estimator"),
    [
        ("binary", many.MultiOutputClassifier(LogisticRegression())),
        ("multiclass", many.MultiOutputClassifier(LinearSVC())),
        ("binary", many.ClassifierChain(LogisticRegression())),
        ("multiclass", many.ClassifierChain(LinearSVC())),
        ("regression", many.MultiOutputRegressor(Ridge())),
        ("regression", many.RegressorChain(Ridge())),
    ],
    ids=str,
)
def test_estimators_of_several_targets_answer_for_one(task, estimator):
    found = proof(task, estimator, target=as_table)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12


@pytest.mark.parametrize(
    "estimator",
    [
        TunedThresholdClassifierCV(LogisticRegression(), cv=2),
        FixedThresholdClassifier(LogisticRegression(), threshold=0.3),
        GridSearchCV(FixedThresholdClassifier(LogisticRegression()), {"threshold": [0.3]}, cv=2),
    ],
    ids=lambda one: type(one).__name__,
)
def test_a_threshold_of_its_own_is_refused_by_name(estimator):
    with pytest.raises(ExportRefused, match=r"ThresholdClassifier\w* .*threshold"):
        proof("binary", estimator)


def test_a_chain_of_many_classes_is_refused_with_its_reason():
    with pytest.raises(ExportRefused, match="one class of several"):
        proof("multiclass", many.ClassifierChain(LogisticRegression()), target=as_table)


def test_a_function_that_is_not_known_is_refused_by_its_name():
    estimator = TransformedTargetRegressor(
        Ridge(), func=np.cosh, inverse_func=np.arccosh, check_inverse=False
    )

    with pytest.raises(ExportRefused, match="arccosh"):
        proof("regression", estimator)
