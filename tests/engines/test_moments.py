from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from tests.engines.export import zoo_rows
from tests.engines.export.zoo_proofs import transformed
from workbench.core import signature
from workbench.engines import native
from workbench.engines.moments import PARTS, MomentParts
from workbench.engines.native import PipelineModel, frame

ALL = tuple(PARTS)
MOMENTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS)
def test_parts_are_those_of_the_calendar(moment):
    whole = moment.replace(microsecond=0)
    found = MomentParts(ALL).fit_transform([[whole.timestamp()]])[0]

    date = (whole.year, (whole.month + 2) // 3, whole.month, whole.day)
    day_of_year = whole.timetuple().tm_yday
    time = (whole.hour, whole.minute, whole.second)
    assert found.tolist() == [*date, day_of_year, whole.weekday(), *time]


def test_what_is_missing_stays_missing_and_columns_have_names():
    step = MomentParts(("hour", "year")).fit(pd.DataFrame({"at": [0.0, np.nan]}))

    assert np.isnan(step.transform(pd.DataFrame({"at": [np.nan]}))).all()
    assert step.get_feature_names_out().tolist() == ["at_hour", "at_year"]


@pytest.mark.parametrize("parts", [(), ("hour", "fortnight")])
def test_parts_that_are_not_known_are_refused_by_name(parts):
    with pytest.raises(ValueError, match="known are year, quarter, month"):
        MomentParts(parts).fit([[0.0]])


def test_a_graph_takes_moments_apart_as_the_transformer_does():
    rng = np.random.default_rng(0)
    moments = np.datetime64("1900-01-01", "us") + rng.integers(0, 2**53, 300).astype(
        "timedelta64[us]"
    )
    inputs, rows = zoo_rows.typed_rows("regression", {"at": moments})

    found = transformed(MomentParts(ALL).fit(frame(rows)), inputs, rows)
    assert found.difference == 0


def test_a_pipeline_with_parts_of_moments_is_kept():
    columns = {"at": np.arange("2026-01-01", "2026-02-01", dtype="datetime64[D]")}
    inputs = signature.infer(columns, task="regression")
    pipeline = make_pipeline(MomentParts(("weekday",)), Ridge())
    pipeline.fit(pd.DataFrame({"at": np.arange(31) * 86_400.0}), np.arange(31) % 7)
    model = PipelineModel(signature=inputs, pipeline=pipeline, is_built_in=False)

    kept = native.load(native.dump(model))
    assert kept.scores(columns).tolist() == model.scores(columns).tolist()
