from __future__ import annotations

import pytest
from sklearn import naive_bayes as nb
from sklearn.compose import make_column_transformer
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.preprocessing import MinMaxScaler, OrdinalEncoder

from tests.engines.export.proofs import TASKS, TEXTS, proof, scaled
from workbench.errors import ExportRefused

COUNTS = scaled(MinMaxScaler())
KNOWN = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=48)
CODES = [make_column_transformer((KNOWN, TEXTS), ("passthrough", ["late"]))]
CASES = [
    (nb.GaussianNB(), None),
    (nb.BernoulliNB(), None),
    (nb.BernoulliNB(binarize=None), COUNTS),
    (nb.MultinomialNB(), COUNTS),
    (nb.ComplementNB(norm=True), COUNTS),
    (nb.CategoricalNB(min_categories=50), CODES),
]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    ("estimator", "before"), CASES, ids=[type(one).__name__ for one, _ in CASES]
)
def test_naive_bayes_answers_as_it_does(estimator, before, task):
    found = proof(task, estimator, before=before)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12


@pytest.mark.parametrize("strategy", ["prior", "most_frequent", "uniform", "constant"])
def test_what_looks_at_no_feature_is_a_constant(strategy):
    found = proof("multiclass", DummyClassifier(strategy=strategy, constant=1))

    assert found.max_abs_diff == 0.0
    assert proof("regression", DummyRegressor(strategy="median")).max_abs_diff == 0.0


def test_an_answer_by_chance_is_refused_with_its_reason():
    with pytest.raises(ExportRefused, match="stratified answers by chance"):
        proof("binary", DummyClassifier(strategy="stratified"))
