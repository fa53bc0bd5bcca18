"""The rules of scoring a file: its columns, the values a model does not take, and the sums."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from storage.records import BadValues, InputColumn, InputType, ScoringTally, Signature
from storage.records import UnknownCategories as Unknown
from workbench.core import scoring
from workbench.errors import RequestInvalid, UsageError


def signature(task: str = "binary", classes: tuple[str, ...] = ("no", "yes")) -> Signature:
    kinds = {"price": InputType.NUMBER, "pieces": InputType.INTEGER, "region": InputType.STRING}
    return Signature(
        task=task,
        inputs=tuple(
            InputColumn(
                name=name,
                graph_name=name,
                type=kind,
                nullable=name == "price",
                categories=("north", "south") if kind is InputType.STRING else (),
            )
            for name, kind in kinds.items()
        ),
        classes=classes,
        key=("id",),
    )


@pytest.mark.parametrize(
    ("task", "classes", "columns"),
    [
        ("regression", (), ("prediction",)),
        ("binary", ("no", "yes"), ("prediction", "probability")),
        ("multiclass", ("a", "b"), ("prediction", "probability_a", "probability_b")),
        ("multiclass", ("a", "A"), ("prediction", "probability_a", "probability_A_2")),
    ],
)
def test_the_answers_are_called_by_what_they_are(task, classes, columns):
    assert scoring.answer_columns(signature(task, classes)) == columns


def test_further_columns_are_no_matter():
    scoring.check_inputs(signature(), ("id", "pieces", "more", "region", "price"))


def test_a_missing_column_is_named_with_the_nearest():
    with pytest.raises(RequestInvalid) as refused:
        scoring.check_inputs(signature(), ("pice", "region"))

    assert refused.value.problem == "Column 'price' is missing, and 1 more: pieces."
    assert refused.value.remedy.startswith("Is it the one called 'pice'?")


@pytest.mark.parametrize(
    ("asked", "kept"),
    [(None, ("id",)), (["*"], ("id", "price", "extra")), (["extra"], ("extra",)), ([], ())],
)
def test_the_key_is_kept_unless_somebody_says_what(asked, kept):
    assert scoring.kept_columns(signature(), ("id", "price", "extra"), asked) == kept


def test_a_name_cannot_be_given_twice():
    with pytest.raises(UsageError, match="would be called 'Prediction' and 'prediction'"):
        scoring.kept_columns(signature(), ("Prediction",), ["Prediction"])


def columns(**changed: object) -> dict[str, np.ndarray]:
    plain = {
        "price": np.array([1.0, 2.0, 3.0]),
        "pieces": np.array([1.0, 2.0, 3.0]),
        "region": np.array(["north", "south", "north"], object),
    }
    return plain | {name: np.asarray(values) for name, values in changed.items()}


@pytest.mark.parametrize(
    ("changed", "misfits", "found"),
    [
        ({}, {}, []),
        ({"price": [1.0, np.nan, 3.0]}, {}, []),
        ({"pieces": [1.0, np.nan, 3.0]}, {}, [("pieces", "missing", 1)]),
        (
            {"region": np.array(["north", "", ""], object)},
            {},
            [("region", "missing", 1)],
        ),
        ({"price": [1.0, np.nan, np.inf]}, {}, [("price", "infinite", 2)]),
        ({"price": [np.inf, 1.0, -np.inf]}, {}, [("price", "infinite", 0)]),
        (
            {"pieces": [1.0, np.nan, np.nan]},
            {"pieces": [False, False, True]},
            [("pieces", "of another type", 2), ("pieces", "missing", 1)],
        ),
    ],
    ids=["none", "allowed", "missing", "an empty text", "infinite", "both infinities", "both"],
)
def test_what_a_model_does_not_take_is_found(changed, misfits, found):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        faults = scoring.faults(
            signature(),
            columns(**changed),
            {name: np.array(values) for name, values in misfits.items()},
        )

    assert [(one.column.name, one.reason, one.first) for one in faults] == found


def test_unknown_categories_are_counted_and_the_empty_one_is_none():
    rows = columns(region=np.array(["east", "", "east", "west"], object))

    assert scoring.unknown_categories(signature(), rows) == (
        Unknown(column="region", values=3, examples=("east", "west")),
    )


def test_sums_keep_the_first_row_and_a_few_examples():
    def counted(first: int, *names: str) -> ScoringTally:
        return ScoringTally(
            rows=10,
            unanswered_rows=2,
            bad=(BadValues(column="a", reason="missing", values=2, first_row=first),),
            unknown=(Unknown(column="b", values=len(names), examples=names),),
        )

    assert scoring.total([counted(4, "x", "y"), counted(15, "y", "z", "u")]) == ScoringTally(
        rows=20,
        unanswered_rows=4,
        bad=(BadValues(column="a", reason="missing", values=4, first_row=4),),
        unknown=(Unknown(column="b", values=5, examples=("x", "y", "z")),),
    )
