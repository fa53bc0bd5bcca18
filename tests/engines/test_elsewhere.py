"""The program that goes along with a model takes what the endpoint takes, and refuses what it refuses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from storage.records import InputColumn, InputType, Signature
from workbench.core.checking import arrays
from workbench.engines.elsewhere import predict
from workbench.errors import RequestInvalid

REFUSED = "refused"
KINDS = {
    "number": (InputType.NUMBER, False),
    "integer": (InputType.INTEGER, False),
    "boolean": (InputType.BOOLEAN, False),
    "string": (InputType.STRING, False),
    "moment": (InputType.NUMBER, True),
}
VALUES = [
    None,
    math.nan,
    "",
    0,
    -3,
    2.5,
    1e300,
    math.inf,
    True,
    False,
    10**400,
    "서울",
    " ",
    [1],
    {"a": 1},
]
MOMENTS = ["2013-01-31", "2013-01-31T05:00:00", "2013-01-31 05:00:00.25+09:00", "never"]


def by_the_endpoint(column, value):
    try:
        (found,) = arrays(Signature(task="regression", inputs=(column,)), {"x": [value]}).values()
    except RequestInvalid:
        return REFUSED
    return found.tolist()[0]


def by_the_program(column, value):
    kind = "moment" if column.is_moment else column.type.value
    try:
        return predict.typed(value, kind, nullable=column.nullable)
    except (KeyError, OverflowError, TypeError, ValueError):
        return REFUSED


@pytest.mark.parametrize("nullable", [True, False], ids=["nullable", "required"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_program_takes_what_the_endpoint_takes(kind, nullable):
    type_, is_moment = KINDS[kind]
    column = InputColumn(
        name="x", graph_name="x", type=type_, nullable=nullable, is_moment=is_moment
    )
    # An empty cell is how a CSV file says missing, of numbers too; NaN is how pandas says it, of texts too.
    lenient = ["", math.nan] if nullable else []
    values = [one for one in [*VALUES, *(MOMENTS if is_moment else [])] if one not in lenient]
    taken = [(value, by_the_program(column, value)) for value in values]
    expected = [(value, by_the_endpoint(column, value)) for value in values]

    np.testing.assert_equal(taken, expected)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("number", "2.5", 2.5),
        ("integer", "3.0", 3.0),
        ("boolean", "True", 1.0),
        ("boolean", "false", 0.0),
        ("string", "7", "7"),
        ("moment", "1359604800", 1359604800.0),
    ],
)
def test_cells_of_a_csv_file_are_what_they_say(kind, text, value):
    assert predict.typed(text, kind, nullable=False) == value
