"""Columns of moments as features: asked for by name, taken apart, and sent as everybody writes them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.records import JobState
from tests.services.project import month, write_csv
from workbench.services import predicting, scoring

RECIPES = """
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from workbench.engines.moments import MomentParts


def by_hour():
    parts = make_pipeline(MomentParts(("hour", "weekday")), StandardScaler())
    columns = make_column_transformer((parts, ["at"]), (StandardScaler(), ["가격"]))
    return make_pipeline(columns, LogisticRegression())
"""


@pytest.fixture
def asking(quarter):
    """A project whose experiment asks for the event time as a feature."""
    quarter.configure('target = "returned"\n', 'target = "returned"\nmoments = ["at"]\n')
    (quarter.folder / "recipes.py").write_text(RECIPES, encoding="utf-8")
    quarter.configure(
        'model = "sklearn.linear_model.LogisticRegression"\nparams = { C = 0.1 }',
        'model = "recipes:by_hour"',
    )
    return quarter


@pytest.mark.parametrize("recipe", ["boosted", pytest.param("linear", marks=pytest.mark.slow)])
def test_a_model_of_moments_is_proved_and_asked_in_iso_8601(asking, recipe):
    version = asking.champion(recipe)
    model = predicting.load(asking.context, "returns")
    rest = {"가격": 95.5, "수량": 2, "지역": "부산"}
    moment = datetime(2024, 4, 1, 12, 30, tzinfo=UTC)
    asked = ["2024-04-01T12:30:00Z", "2024-04-01 21:30:00+09:00", moment.timestamp(), moment]

    assert version.parity.passed
    assert next(one for one in version.signature.inputs if one.name == "at").is_moment
    rows = [{**rest, "at": one} for one in asked]
    found = model.predict(rows).probabilities
    assert (found == found[0]).all()


@pytest.mark.slow
def test_a_file_of_moments_is_scored_whether_they_are_typed_or_texts(asking):
    asking.champion("linear")
    path = write_csv(asking.folder / "rows.csv", month(4, rows=200))
    typed, offset = asking.folder / "typed.parquet", asking.folder / "offset.csv"
    run = asking.store.frames.rows
    run(f"COPY (SELECT * FROM read_csv('{path}')) TO '{typed}' (FORMAT parquet)")
    moved = "strftime(\"at\" + INTERVAL 9 HOUR, '%Y-%m-%dT%H:%M:%S+09:00')"
    run(f"COPY (SELECT * REPLACE ({moved} AS \"at\") FROM read_csv('{path}')) TO '{offset}'")
    found = []
    for number, source in enumerate((path, typed, offset)):
        out = asking.folder / f"out{number}.parquet"
        scoring.score(asking.context, "returns", source, out)
        found.append(asking.store.frames.query(f"SELECT probability FROM read_parquet('{out}')"))

    first, *others = (one["probability"].tolist() for one in found)
    assert len(set(first)) > 100
    assert others == [first, first]


def test_moments_that_nobody_asked_for_stay_left_out(quarter):
    version = quarter.register(quarter.train(params={"n_estimators": 3}))

    assert "at" not in version.signature.names


def test_a_column_that_holds_no_moments_is_named(quarter):
    quarter.configure('target = "returned"\n', 'target = "returned"\nmoments = ["수량"]\n')
    job = quarter.do("train", experiment="returns", recipe="boosted")

    assert job.state is JobState.FAILED
    assert "'수량' holds no moments" in job.error
