from __future__ import annotations

import pytest
from sklearn.covariance import EllipticEnvelope
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import LocalOutlierFactor
from sklearn.pipeline import make_pipeline
from sklearn.svm import OneClassSVM

from tests.engines.export import zoo_rows
from tests.engines.export.zoo_proofs import proved, quietly
from workbench.engines.export import exporting
from workbench.engines.native import PipelineModel, frame
from workbench.engines.onnx_session import Session


def detected(estimator, columns):
    signature, rows = zoo_rows.typed_rows("regression", columns)
    with quietly():
        pipeline = make_pipeline(estimator).fit(frame(rows))
    return PipelineModel(signature=signature, pipeline=pipeline, is_built_in=False), rows


@pytest.mark.parametrize(
    "estimator",
    [
        IsolationForest(n_estimators=3, max_samples=1, random_state=0),
        IsolationForest(n_estimators=3, max_samples=2, max_features=2, random_state=0),
        LocalOutlierFactor(novelty=True, algorithm="brute"),
        LocalOutlierFactor(5, novelty=True, metric="manhattan", contamination=0.1),
        OneClassSVM(kernel="sigmoid", gamma=0.01, nu=0.2),
        EllipticEnvelope(assume_centered=True, random_state=0),
    ],
    ids=str,
)
def test_a_detector_answers_what_its_decision_function_gives(estimator):
    model, rows = detected(estimator, zoo_rows.numbers())

    with quietly():
        assert proved(model, rows, model.scores(rows)).word == "exact"


def test_the_value_of_an_outlier_is_below_zero():
    model, rows = detected(IsolationForest(n_estimators=20, random_state=0), zoo_rows.numbers())
    session = Session(exporting.export(model, model.signature), model.signature)

    is_outlier = model.pipeline.predict(frame(rows)) == -1
    assert 0 < is_outlier.sum() < len(is_outlier)
    assert ((session.scores(rows) < 0) == is_outlier).all()
