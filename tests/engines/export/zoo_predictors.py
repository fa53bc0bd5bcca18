"""How the zoo makes each of scikit-learn's classifiers and regressors, and on which rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from sklearn.utils import get_tags

from tests.engines.export.zoo_transformers import Case, with_params

LIGHT = {
    "random_state": 0,
    "n_estimators": 4,
    "max_iter": 40,
    "n_iter_no_change": 2,
    "cv": 2,
    "n_init": 1,
    "alphas": (0.1, 1.0),
}
"""Parameters that every estimator gets which has them: so that it learns quickly, and always alike."""

_LINEAR = [("linear", LogisticRegression()), ("bayes", GaussianNB())]
_VALUES = [("linear", Ridge()), ("tree", DecisionTreeRegressor(max_depth=3, random_state=0))]
CASES: dict[str, Case] = {
    "BaggingClassifier": Case(
        "holes", with_params({"n_estimators": 3, "random_state": 0, "max_features": 0.6})
    ),
    "BaggingRegressor": Case("holes", with_params({"n_estimators": 3, "random_state": 0})),
    "CCA": Case("numbers", with_params({"n_components": 1})),
    "CalibratedClassifierCV": Case(
        "numbers",
        lambda kind: [
            kind(GaussianNB(), method=method, cv=2)
            for method in ("sigmoid", "isotonic", "temperature")
        ],
    ),
    "CategoricalNB": Case("codes", with_params({"min_categories": 8})),
    "ClassifierChain": Case("numbers", lambda kind: [kind(LogisticRegression())]),
    "ComplementNB": Case("counts"),
    "DecisionTreeClassifier": Case("holes", with_params({"random_state": 0})),
    "DecisionTreeRegressor": Case("holes", with_params({"random_state": 0})),
    "FixedThresholdClassifier": Case("numbers", lambda kind: [kind(LogisticRegression())]),
    "IsotonicRegression": Case("one", with_params({"out_of_bounds": "clip"})),
    "MultiOutputClassifier": Case("numbers", lambda kind: [kind(LogisticRegression())]),
    "MultiOutputRegressor": Case("numbers", lambda kind: [kind(Ridge())]),
    "MultinomialNB": Case("counts"),
    "OneVsOneClassifier": Case("numbers", lambda kind: [kind(LogisticRegression())]),
    "OneVsRestClassifier": Case("numbers", lambda kind: [kind(LogisticRegression())]),
    "OutputCodeClassifier": Case(
        "numbers", lambda kind: [kind(LogisticRegression(), random_state=0)]
    ),
    "OrthogonalMatchingPursuitCV": Case("numbers", with_params({"cv": 2}), is_scaled=True),
    "PLSCanonical": Case("numbers", with_params({"n_components": 1})),
    "RegressorChain": Case("numbers", lambda kind: [kind(Ridge())]),
    "SelfTrainingClassifier": Case("numbers", lambda kind: [kind(LogisticRegression())]),
    "StackingClassifier": Case("numbers", lambda kind: [kind(_LINEAR, cv=2)]),
    "StackingRegressor": Case("numbers", lambda kind: [kind(_VALUES, cv=2)]),
    "TunedThresholdClassifierCV": Case(
        "numbers", lambda kind: [kind(DecisionTreeClassifier(max_depth=3), cv=2)]
    ),
    "VotingClassifier": Case(
        "numbers", lambda kind: [kind(_LINEAR, voting="soft"), kind(_LINEAR, voting="hard")]
    ),
    "VotingRegressor": Case("numbers", lambda kind: [kind(_VALUES)]),
}
SEVERAL_TARGETS = {
    "ClassifierChain",
    "MultiOutputClassifier",
    "MultiOutputRegressor",
    "MultiTaskElasticNet",
    "MultiTaskElasticNetCV",
    "MultiTaskLasso",
    "MultiTaskLassoCV",
    "RegressorChain",
}
"""Estimators of several targets, which get one in a table of its own."""


TWO_CLASSES = {"FixedThresholdClassifier", "TunedThresholdClassifierCV"}
"""Classifiers of two classes only."""


def case_of(name: str, kind: type) -> Case:
    """How the estimator `name` is made: with its own parameters, if nothing else is said."""
    if name in CASES:
        return CASES[name]
    takes_holes = get_tags(kind()).input_tags.allow_nan
    return Case("holes" if takes_holes else "numbers", _light, is_scaled=not takes_holes)


def _light(kind: type) -> list[Any]:
    """The estimator with its own parameters, but for those that make it slow."""
    made = kind()
    known = made.get_params(deep=False)
    return [made.set_params(**{name: value for name, value in LIGHT.items() if name in known})]


def shaped(name: str, target: NDArray[Any]) -> NDArray[Any]:
    """The target as the estimator `name` takes it."""
    return np.asarray(target).reshape(-1, 1) if name in SEVERAL_TARGETS else target
