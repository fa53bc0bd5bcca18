from __future__ import annotations

from dataclasses import replace

from storage.records import InputColumn, InputType, Signature
from workbench.core.signature_diff import changes, metric_changes, moved_importances

NUMBER = InputColumn(
    name="거리", graph_name="d", type=InputType.NUMBER, nullable=True, minimum=0.0, maximum=10.0
)
TEXT = InputColumn(
    name="carrier",
    graph_name="carrier",
    type=InputType.STRING,
    nullable=False,
    categories=("AA", "UA"),
)
SIGNATURE = Signature(task="binary", inputs=(NUMBER, TEXT), classes=("no", "yes"), key=("id",))


def told(after: Signature) -> list[tuple[str, str, str, str]]:
    return [(one.aspect, one.name, one.before, one.after) for one in changes(SIGNATURE, after)]


def with_inputs(*inputs: InputColumn) -> Signature:
    return replace(SIGNATURE, inputs=inputs)


def test_the_same_signature_has_no_changes():
    assert told(SIGNATURE) == []


def test_columns_that_came_and_went_are_told_with_their_type():
    other = replace(NUMBER, name="seats", type=InputType.INTEGER)

    assert told(with_inputs(TEXT, other)) == [
        ("column", "거리", "number", ""),
        ("column", "seats", "", "integer"),
    ]


def test_a_column_that_is_taken_otherwise_is_told_aspect_by_aspect():
    number = replace(NUMBER, type=InputType.INTEGER, nullable=False, maximum=20.0)

    assert told(with_inputs(number, TEXT)) == [
        ("type", "거리", "number", "integer"),
        ("missing", "거리", "may be missing", "never missing"),
        ("range", "거리", "0 to 10.0", "0 to 20.0"),
    ]


def test_categories_are_told_by_those_that_are_gone_and_new():
    text = replace(TEXT, categories=("UA", "B6", "DL"))

    assert told(with_inputs(NUMBER, text)) == [("categories", "carrier", "gone: AA", "new: B6, DL")]


def test_of_many_categories_some_are_named():
    text = replace(TEXT, categories=(*TEXT.categories, *(f"c{number}" for number in range(30))))

    ((*_, after),) = told(with_inputs(NUMBER, text))
    assert after == "new: c0, c1, c2, c3, c4, c5, c6, c7 and 22 more"


def test_another_order_of_columns_classes_and_keys_is_told():
    other = replace(with_inputs(TEXT, NUMBER), classes=("yes", "no"), key=())

    assert told(other) == [
        ("order", "", "거리, carrier", "carrier, 거리"),
        ("classes", "", "no, yes", "yes, no"),
        ("key", "", "id", ""),
    ]


def test_metrics_of_either_stand_side_by_side_with_their_intervals():
    found = metric_changes(({"roc_auc": 0.7}, {"roc_auc": (0.6, 0.8)}), ({"f1": 0.5}, {}))

    assert [(one.key, one.before, one.after) for one in found] == [
        ("roc_auc", 0.7, None),
        ("f1", None, 0.5),
    ]
    assert found[0].before_interval == (0.6, 0.8)


def test_importances_that_moved_come_first_and_those_that_stayed_are_left_out():
    found = moved_importances({"a": 0.5, "b": 0.4, "c": 0.05}, {"a": 0.4, "b": 0.4, "d": 0.2})

    assert [one.name for one in found] == ["d", "a", "c"]
