"""The filter language: what is understood, what is refused and where the refusal points."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records.filters import All, Any, Anywhere, Comparison, Field, Not
from workbench.core import filters
from workbench.core.filters import Label, Names
from workbench.errors import UsageError

NAMES = Names(
    attributes={
        "run": "run",
        "name": "text",
        "state": "text",
        "data": "text",
        "seed": "number",
        "started": "moment",
    },
    metrics={"roc_auc", "log_loss", "C"},
    params={"model", "learning_rate", "C"},
)
RUN = {
    "run": Label("r12"),
    "name": "boosted",
    "state": "finished",
    "data": "flights@v3",
    "seed": 7,
    "started": datetime(2026, 5, 1, tzinfo=UTC),
    "note": None,
    "metrics.roc_auc": 0.71,
    "metrics.log_loss": float("nan"),
    "metrics.top": float("inf"),
    "params.model": "LightGBM",
    "params.depth": 12,
    "params.deep": True,
    "tags.team": "Red",
}
WORDS = ("metrics.", "roc_auc", '"', "'", "(", ")", "and", "or", "not", "in", "is", "null", "like",
         ">", "=", "!=", ":", "-", ",", "1e9", "true", "run", "r12", " ", "started", "params.", "가")  # fmt: skip


@given(st.one_of(st.text(), st.lists(st.sampled_from(WORDS)).map(" ".join)), st.booleans())
def test_any_text_is_understood_or_refused(text, knows_names):
    for read in (filters.parse, filters.order):
        with contextlib.suppress(UsageError):
            read(text, names=NAMES if knows_names else None)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 5000,
        "-" * 5000 + "a",
        "not " * 4000 + "a",
        "a or " * 3000 + "a",
        "x" * 30_000,
        f"run in ({','.join(['1'] * 3000)})",
        "\ud800",
        "a\x00b",
    ],
    ids=["brackets", "minuses", "nots", "ors", "length", "values", "surrogate", "nul"],
)
def test_what_is_too_much_is_refused(text):
    with pytest.raises(UsageError):
        filters.parse(text)


def test_the_long_form_is_understood():
    text = "metrics.roc_auc > 0.7 and params.model = 'lightgbm' and data = 'flights@v3'"

    assert filters.parse(text, names=NAMES) == All(
        conditions=(
            Comparison(field=Field(name="roc_auc", group="metrics"), operator=">", values=(0.7,)),
            Comparison(
                field=Field(name="model", group="params"), operator="=", values=("lightgbm",)
            ),
            Comparison(field=Field(name="data"), operator="=", values=("flights@v3",)),
        )
    )


def test_the_short_form_means_the_same_as_the_long_one():
    short = filters.parse("roc_auc>0.9 data:v19 -state:failed", names=NAMES)
    long = "metrics.roc_auc > 0.9 and data : 'v19' and not state : 'failed'"

    assert short == filters.parse(long, names=NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("late", Anywhere(word="late")),
        ("'two words'", Anywhere(word="two words")),
        ("-late", Not(condition=Anywhere(word="late"))),
        ("a or b", Any(conditions=(Anywhere(word="a"), Anywhere(word="b")))),
        ("", All(conditions=())),
    ],
    ids=["word", "quoted", "minus", "or", "empty"],
)
def test_words_are_looked_for_anywhere(text, expected):
    assert filters.parse(text, names=NAMES) == expected


@pytest.mark.parametrize(
    ("text", "place", "remedy"),
    [
        ("roc_acu > 0.7", 1, "Did you mean 'roc_auc'?"),
        ("state = 'failed' and metrics.log_los < 1", 30, "Did you mean 'log_loss'?"),
        ("params.modell = 'a'", 8, "Did you mean 'model'?"),
        ("stat:failed", 1, "Did you mean 'state'?"),
        ("C > 1", 1, "metrics.C or params.C"),
        ("name > 'a'", 6, "Write conditions"),
        ("roc_auc > high", 11, "Write conditions"),
        ("seed = first", 8, "Write conditions"),
        ("run = twelve", 7, "Write conditions"),
        ("started > yesterday", 11, "Write conditions"),
        ("learning_rate > 'x'", 17, "Write conditions"),
        ("roc_auc like '0.7%'", 9, "Write conditions"),
        ("roc_auc > 0.7 and", 18, "Write conditions"),
        ("a or or b", 6, "Write conditions"),
        ("(a", 3, "Write conditions"),
        ("state = 'failed", 9, "Write conditions"),
        ("state in failed", 10, "Write conditions"),
        ("metrics. > 1", 1, "Write conditions"),
    ],
)
def test_a_refusal_points_at_the_wrong_word(text, place, remedy):
    with pytest.raises(UsageError) as refused:
        filters.parse(text, names=NAMES)

    assert f"column {place})" in refused.value.problem
    caret = refused.value.remedy.splitlines()[1]
    assert caret == " " * (place + 1) + "^"
    assert remedy in refused.value.remedy


def test_names_are_found_in_any_case():
    assert filters.parse("ROC_AUC > 0", names=NAMES) == filters.parse("roc_auc > 0", names=NAMES)


def test_a_name_nobody_has_used_is_allowed_while_there_are_no_runs():
    empty = Names(attributes={"state": "text"})

    found = filters.parse("metrics.auc > 0.7", names=empty)

    assert found == Comparison(
        field=Field(name="auc", group="metrics"), operator=">", values=(0.7,)
    )


@pytest.mark.parametrize(
    ("text", "field", "is_descending"),
    [
        ("-roc_auc", Field(name="roc_auc", group="metrics"), True),
        ("learning_rate", Field(name="learning_rate", group="params"), False),
        ("-started", Field(name="started"), True),
        ('params."a name"', Field(name="a name", group="params"), False),
    ],
)
def test_an_order_names_a_field_and_its_direction(text, field, is_descending):
    names = Names(
        attributes=NAMES.attributes, metrics=NAMES.metrics, params={*NAMES.params, "a name"}
    )

    assert filters.order(text, names=names) == (field, is_descending)


def test_an_order_points_at_an_unknown_name():
    with pytest.raises(UsageError, match="Nothing is called 'roc'"):
        filters.order("-roc", names=NAMES)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "boost",
        "R12",
        "run = 12 and run = r12 and run > r5 and run <= 12",
        "state = FINISHED",
        "state : fin",
        "name like 'b%d'",
        "state in (failed, finished)",
        "state not in (failed)",
        "started > '2026-04-30' and started < '2026-06-01'",
        "metrics.roc_auc > 0.7 metrics.roc_auc = 0.71",
        "roc_auc >= .71",
        "metrics.log_loss = nan metrics.log_loss != 0.5",
        "metrics.top > 1e300",
        "params.model = lightgbm",
        "depth = 12.0 depth:12",
        "deep = true",
        "tags.team : re",
        "note is null",
        "name is not null",
        "params.gone is null",
        "-late -(failed or killed)",
    ],
)
def test_a_condition_holds(text):
    assert filters.holds(filters.parse(text), RUN)


@pytest.mark.parametrize(
    "text",
    [
        "LightGBM",
        "r13",
        "run > 12",
        "state != finished",
        "name > a",
        "depth:1",
        "depth like '1%'",
        "gone = 1",
        "gone != 1",
        "log_loss > 0",
        "log_loss < 1",
        "started > '2026-05-02'",
        "params.deep > 0",
    ],
)
def test_a_condition_does_not_hold(text):
    assert not filters.holds(filters.parse(text), RUN)


def test_columns_are_names_between_commas():
    found = filters.columns("run, params.C,tags.team", names=NAMES)

    assert [str(field) for field in found] == ["run", "params.C", "tags.team"]


@pytest.mark.parametrize("text", ["", "run,", "run name", "run,(", "run,nme"])
def test_columns_that_are_no_names_are_refused(text):
    with pytest.raises(UsageError):
        filters.columns(text, names=NAMES)


@pytest.mark.parametrize(
    ("text", "advice"),
    [("params.state = x", "Write state."), ("metrics.model > 1", "Write params.model.")],
    ids=["attribute", "param"],
)
def test_a_name_of_another_group_is_told_how_to_be_written(text, advice):
    with pytest.raises(UsageError, match="called") as refused:
        filters.parse(text, names=NAMES)

    assert advice in refused.value.remedy
