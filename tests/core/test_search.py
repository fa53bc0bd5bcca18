from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import SearchParam
from workbench.core import search

RATE = SearchParam(name="rate", low=0.01, high=0.3, log=True)
LEAVES = SearchParam(name="leaves", low=15, high=255, step=10, is_whole=True)
KIND = SearchParam(name="kind", choices=("gbdt", 1, True))


@pytest.mark.parametrize(
    ("param", "value", "lies_in_it"),
    [
        (RATE, 0.01, True),
        (RATE, 0.31, False),
        (RATE, "0.1", False),
        (RATE, True, False),
        (LEAVES, 25, True),
        (LEAVES, 26, False),
        (LEAVES, 25.5, False),
        (KIND, "gbdt", True),
        (KIND, 1.0, False),
        (KIND, False, False),
        (KIND, None, False),
    ],
)
def test_a_value_lies_in_the_search_or_not(param, value, lies_in_it):
    assert search.contains(param, value) is lies_in_it


def test_a_search_begins_with_the_params_of_the_recipe_that_lie_in_it():
    params = {"rate": 0.1, "leaves": 14, "n_estimators": 200}

    assert search.beginning([RATE, LEAVES, KIND], params) == {"rate": 0.1}


scalars = (
    st.text(st.characters(exclude_categories=("Cs",)))
    | st.booleans()
    | st.integers(-(2**53), 2**53)
)
scalars |= st.floats(allow_nan=False, allow_infinity=False)


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",)), min_size=1), scalars))
def test_params_are_written_so_that_toml_reads_them_back(params):
    assert tomllib.loads(search.as_toml(params))["params"] == params


def test_the_line_for_the_file_is_short():
    line = search.as_toml({"learning_rate": 0.05, "거리 1": "가"})

    assert line == 'params = { learning_rate = 0.05, "거리 1" = "가" }'
