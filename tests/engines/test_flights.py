"""The two recipes of the demo on real flights: three months to learn from, the fourth to test on."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

import sample_data
from workbench.config import RecipeConfig
from workbench.core.classes import class_codes
from workbench.core.metrics import metric
from workbench.engines import native, parity_check, training
from workbench.engines.export import exporting
from workbench.engines.onnx_session import Session
from workbench.engines.rows import Rows

FOLDER = Path(sample_data.__file__).parent


def flights(*months: int) -> Rows:
    files = [str(FOLDER / f"flights-2013-{month:02d}.parquet") for month in months]
    with duckdb.connect() as connection:
        columns = connection.execute(
            "select * exclude (flight_id, scheduled_departure) from read_parquet($files) "
            "order by scheduled_departure, flight_id",
            {"files": files},
        ).fetchnumpy()
    return Rows(target=columns.pop("late"), features=columns)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("model", "params"),
    [
        ("lightgbm.LGBMClassifier", {"n_estimators": 200, "learning_rate": 0.05}),
        ("sklearn.linear_model.LogisticRegression", {}),
    ],
    ids=["trees", "linear"],
)
def test_real_flights_are_learnt_and_exported_exactly(model, params):
    train, test = flights(1, 2, 3), flights(4)
    fitted = training.fit(
        RecipeConfig(name="late", model=model, params=params),
        task="binary",
        train=train,
        test=test,
        seed=7,
        metric="roc_auc",
        project_dir=None,
        report=lambda _: None,
    )
    stored = native.load(native.dump(fitted.model))
    session = Session(exporting.export(stored, fitted.signature), fitted.signature)
    proof = parity_check.prove(stored, session, train.features)
    truth = class_codes(test.target, fitted.classes)

    assert metric("roc_auc", "binary", truth, fitted.test_scores) > 0.63
    assert (proof.flips, proof.passed) == (0, True)
    assert proof.max_abs_diff < 1e-14
