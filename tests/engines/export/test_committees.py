from __future__ import annotations

import pytest
from sklearn import ensemble as ens
from sklearn.linear_model import Lasso, LogisticRegression, Ridge, RidgeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tests.engines.export.proofs import TASKS, nested, proof

LOGISTIC = ("logistic", LogisticRegression())
BAYES = ("bayes", GaussianNB())
RIDGE = ("ridge", RidgeClassifier())
SHALLOW = DecisionTreeRegressor(max_depth=3)
CLASSIFIERS = {
    "bag of models on some columns": ens.BaggingClassifier(
        LogisticRegression(), n_estimators=3, max_features=0.5
    ),
    "bag of votes": ens.BaggingClassifier(LinearSVC(), n_estimators=3),
    "soft vote": ens.VotingClassifier([LOGISTIC, BAYES], voting="soft", weights=[1, 3]),
    "vote with a member dropped": ens.VotingClassifier(
        [LOGISTIC, BAYES, ("none", "drop")], voting="soft", weights=[1, 2, 3]
    ),
    "hard vote": ens.VotingClassifier([LOGISTIC, BAYES, RIDGE]),
    "hard vote with weights": ens.VotingClassifier([LOGISTIC, BAYES, RIDGE], weights=[2, 1, 1]),
    "boosted stumps": ens.AdaBoostClassifier(n_estimators=5, random_state=0),
    "boosted models": ens.AdaBoostClassifier(LogisticRegression(), n_estimators=3),
    "stack": ens.StackingClassifier([LOGISTIC, BAYES, ("svm", LinearSVC())], cv=2),
    "stack of predictions": ens.StackingClassifier(
        [LOGISTIC, RIDGE],
        final_estimator=RidgeClassifier(),
        stack_method="predict",
        passthrough=True,
        cv=2,
    ),
}
REGRESSORS = {
    "bag": ens.BaggingRegressor(Ridge(), n_estimators=3, max_features=0.5),
    "vote": ens.VotingRegressor([("ridge", Ridge()), ("lasso", Lasso(0.1))], weights=[1, 3]),
    "weighted median": ens.AdaBoostRegressor(Ridge(), n_estimators=4, loss="square"),
    "stack": ens.StackingRegressor([("ridge", Ridge()), ("tree", SHALLOW)], cv=2, passthrough=True),
}


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", CLASSIFIERS)
def test_committees_of_classifiers_answer_as_they_do(name, task):
    found = proof(task, CLASSIFIERS[name])

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12


@pytest.mark.parametrize("name", REGRESSORS)
def test_committees_of_regressors_answer_as_they_do(name):
    assert proof("regression", REGRESSORS[name]).max_abs_diff < 1e-11


def test_members_may_know_only_some_of_the_classes():
    found = proof(
        "multiclass",
        ens.BaggingClassifier(DecisionTreeClassifier(), n_estimators=5, max_samples=4),
        train_rows=60,
    )

    assert found.flips == 0


@pytest.mark.parametrize("task", TASKS)
def test_members_may_bring_their_own_preprocessing_of_raw_columns(task):
    members = [("one", nested(LogisticRegression(), task)), ("other", nested(GaussianNB(), task))]
    found = proof(task, ens.VotingClassifier(members, voting="soft"), before=[])

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12
