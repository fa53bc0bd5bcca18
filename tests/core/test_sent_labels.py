"""Labels that callers send are taken as they are meant, or refused with the row and the column named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.records import InputColumn, InputType, Signature
from workbench.core.sent_labels import of_columns, of_rows, of_texts
from workbench.errors import RequestInvalid, UsageError

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
NOW_US = int(NOW.timestamp()) * 1_000_000
INPUTS = (InputColumn(name="x", graph_name="x", type=InputType.NUMBER, nullable=False),)
LATE = Signature(task="binary", inputs=INPUTS, classes=("no", "yes"), key=("id", "day"))
FLAG = Signature(task="binary", inputs=INPUTS, classes=("false", "true"), key=("id",))
COUNTED = Signature(task="multiclass", inputs=INPUTS, classes=("0", "1", "2"), key=("id",))
VALUE = Signature(task="regression", inputs=INPUTS, key=("id",))


def row(**changes):
    return {"id": 7, "day": "mon", "label": "yes", **changes}


def labelled(signature, *labels):
    found = of_columns("m", signature, {"id": [*range(len(labels))], "label": labels}, now=NOW)
    return found.labels


def test_rows_become_columns_with_the_time_of_each():
    found = of_rows(
        "late", LATE, [row(), row(id="8", label="no", at="2026-01-30T13:00:00+01:00")], now=NOW
    )

    assert found.key == {"id": [7, "8"], "day": ["mon", "mon"]}
    assert found.labels == ["yes", "no"]
    assert found.times == [NOW_US, NOW_US - 24 * 3_600_000_000]


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([row(), row(label="maybe")], "The label of row 2 is 'maybe', which is no class"),
        ([row(label=None)], "The label of row 1 is missing"),
        ([row(label=["yes"])], "The label of row 1 is"),
        ([{"id": 7, "day": 1}], "The label of row 1 is missing"),
        ([row(), row(day=None)], "Row 2 has no value for the key column 'day'"),
        ([row(id=[1])], r"Row 1 of the key column 'id' is \[1\]"),
        ([row(id=float("nan"))], "Row 1 of the key column 'id' is nan"),
        ([row(), row(lable="yes")], "Row 2 has a column 'lable', which labels do not have"),
        ([row(at="soon")], "Row 1 of column 'at' is 'soon', which is no moment"),
        ([row(at=5)], "Row 1 of column 'at' is 5, which is no moment"),
        ([row(at="9999-12-31")], "Row 1 of column 'at' lies in the future"),
        ([], "There are no labels"),
    ],
)
def test_what_makes_no_sense_is_refused_with_row_and_column(rows, told):
    with pytest.raises(RequestInvalid, match=told):
        of_rows("late", LATE, rows, now=NOW)


def test_a_misspelt_column_is_told_its_likely_name():
    with pytest.raises(RequestInvalid) as refused:
        of_rows("late", LATE, [row(lable="yes")], now=NOW)

    assert refused.value.remedy.startswith("Did you mean 'label'?")


def test_a_column_that_is_missing_is_named():
    with pytest.raises(RequestInvalid, match="Column 'day' is missing"):
        of_columns("late", LATE, {"id": [1], "label": ["yes"]}, now=NOW)


def test_a_model_without_a_key_says_how_to_get_one():
    keyless = Signature(task="regression", inputs=INPUTS)

    with pytest.raises(UsageError) as refused:
        of_rows("m", keyless, [{"label": 1}], now=NOW)
    assert "no key columns" in refused.value.problem
    assert 'key = ["id"]' in refused.value.remedy


def test_classes_may_be_sent_as_they_are_in_rows():
    assert labelled(FLAG, True, "false", False) == ["true", "false", "false"]
    assert labelled(COUNTED, 1, 2.0, "0") == ["1", "2", "0"]


def test_a_regression_takes_numbers_alone():
    assert labelled(VALUE, 1, 0.1) == ["1.0", "0.1"]
    for wrong in ("1", True, None, float("inf")):
        with pytest.raises(RequestInvalid, match="The label of row 1 is"):
            labelled(VALUE, wrong)


def test_texts_of_a_file_are_read_as_what_they_mean():
    columns = {"id": ["1", "2"], "label": ["True", "false"], "at": [None, "2026-01-01"]}

    assert of_texts("m", FLAG, columns, now=NOW).labels == ["true", "false"]
    columns["label"] = ["1.0", "2"]
    assert of_texts("m", COUNTED, columns, now=NOW).labels == ["1", "2"]
    assert of_texts("m", VALUE, columns, now=NOW).labels == ["1.0", "2.0"]
    columns["label"] = ["1.0", "far"]
    with pytest.raises(RequestInvalid, match="The label of row 7 is 'far'"):
        of_texts("m", VALUE, columns, now=NOW, first_row=5)


def test_a_key_that_is_called_like_a_label_leaves_the_label_another_name():
    signature = Signature(task="regression", inputs=INPUTS, key=("label", "at"))
    found = of_rows("m", signature, [{"label": "a", "at": "b", "_label": 3}], now=NOW)

    assert (found.key, found.labels) == ({"label": ["a"], "at": ["b"]}, ["3.0"])
