from __future__ import annotations

import pytest
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import LinearSVC

from tests.engines.export.proofs import TASKS, proof


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("member", [LogisticRegression(), LinearSVC(), GaussianNB()], ids=str)
@pytest.mark.parametrize("kind", [OneVsRestClassifier, OneVsOneClassifier, OutputCodeClassifier])
def test_questions_of_yes_and_no_make_many_classes(kind, member, task):
    found = proof(task, kind(member))

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12


def test_regressors_may_be_asked_how_sure_they_are():
    assert proof("multiclass", OneVsRestClassifier(Ridge())).flips == 0
