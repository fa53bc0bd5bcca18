"""A model in this process: the same answers for the same rows, whatever they come as."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

import workbench
from tests.services.project import month, write_csv
from workbench.errors import RequestInvalid
from workbench.services import predicting

ROWS = month(4, rows=40)
WANTED = {name: ROWS[name] for name in ("가격", "수량", "지역")}


@pytest.fixture
def model(trained):
    return predicting.load(trained.context, "returns")


def as_records() -> np.ndarray:
    return np.rec.fromarrays([*WANTED.values()], names=[*WANTED])


@pytest.mark.parametrize(
    "rows",
    [
        WANTED,
        {name: values.tolist() for name, values in WANTED.items()},
        [dict(zip(WANTED, row, strict=True)) for row in zip(*WANTED.values(), strict=True)],
        pd.DataFrame(WANTED),
        pd.DataFrame(WANTED).astype({"지역": "category", "수량": "Int64", "가격": "Float64"}),
        pd.DataFrame(ROWS),
        as_records(),
        [*pd.DataFrame(WANTED).T.to_dict().values()],
    ],
    ids=[
        "arrays",
        "lists",
        "mappings",
        "a frame",
        "a frame of other types",
        "a frame with more columns",
        "records",
        "mappings out of a frame",
    ],
)
def test_rows_of_any_form_get_the_same_answers(model, rows):
    found = model.predict(rows)
    expected = model.predict(WANTED)

    assert len(found) == 40
    assert found.labels.tolist() == expected.labels.tolist()
    assert found.probabilities.tolist() == expected.probabilities.tolist()


def test_labels_are_those_of_the_larger_probability(model):
    found = model.predict(WANTED)

    assert found.classes == ("0", "1")
    assert found.probabilities.sum(axis=1) == pytest.approx(1)
    assert [found.classes[code] for code in found.probabilities.argmax(axis=1)] == [*found.labels]


def test_the_columns_are_those_of_a_scored_file(model):
    found = model.predict(WANTED)

    assert [*found.columns] == ["prediction", "probability"]
    assert found.columns["probability"].tolist() == found.probabilities[:, 1].tolist()


def test_single_values_are_one_row(model):
    row = {name: values[0] for name, values in WANTED.items()}

    assert model.predict(row).labels.tolist() == model.predict(WANTED).labels[:1].tolist()


@pytest.mark.parametrize("nothing", [None, float("nan"), pd.NA, np.nan, ""], ids=repr)
def test_whatever_stands_for_nothing_is_missing(model, nothing):
    with pytest.raises(RequestInvalid, match="Row 1 has no value for column '지역'"):
        model.predict([{"가격": 1.0, "수량": 1, "지역": nothing}])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"가격": [1.0], "지역": ["서울"]}, "Column '수량' is missing"),
        ({"가격": [1.0], "수량": [1.5], "지역": ["서울"]}, "'수량' is 1.5; a whole number"),
        ({"가격": [1.0], "수량": [1, 2], "지역": ["서울"]}, "different numbers of rows"),
        ({"가격": [1.0], "수량": 1, "지역": ["서울"]}, "One column holds rows and another"),
        ({"가격": [], "수량": [], "지역": []}, "has no rows"),
        ([1, 2], "A list holds no rows that have names"),
        (np.zeros((3, 3)), "A ndarray holds no rows that have names"),
    ],
)
def test_rows_that_do_not_fit_are_refused_by_name(model, rows, said):
    with pytest.raises(RequestInvalid, match=said):
        model.predict(rows)


MOMENT = datetime(2024, 5, 1, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "column",
    [
        [MOMENT],
        np.array(["2024-05-01T12:30"], "datetime64[ns]"),
        pd.Series([MOMENT]).dt.tz_localize(None),
        pd.Series([MOMENT]),
        [np.datetime64("2024-05-01T12:30", "ns")],
    ],
    ids=["Python", "NumPy", "pandas", "pandas with a zone", "a scalar of NumPy"],
)
def test_moments_by_the_nanosecond_stay_moments(column):
    (found,) = predicting.columns_of({"at": column})["at"]

    assert found.replace(tzinfo=UTC) == MOMENT


@pytest.mark.parametrize(
    "column",
    [
        np.ma.array([1, 2], mask=[False, True]),
        [1, None],
        [np.int64(1), float("nan")],
    ],
    ids=["a mask", "Python", "NumPy"],
)
def test_missing_whole_numbers_are_none(column):
    assert list(predicting.columns_of({"a": column})["a"]) == [1, None]


def test_python_asks_rows_and_files_alike(trained):
    source = write_csv(trained.folder / "rows.csv", ROWS)
    with workbench.open(trained.folder) as w:
        scored = w.score("returns@champion", source, trained.folder / "out.csv", columns=["지역"])
        found = w.model("returns@v1").predict(pd.DataFrame(ROWS))
    written = pd.read_csv(trained.folder / "out.csv", dtype={"prediction": str})

    assert scored.columns == ("지역", "prediction", "probability")
    assert written["prediction"].tolist() == found.labels.tolist()
    assert written["probability"].tolist() == pytest.approx(found.probabilities[:, 1].tolist())
