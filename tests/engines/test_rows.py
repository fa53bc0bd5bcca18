from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engines.synthetic import rows
from workbench.engines.rows import row_hashes


def test_hashes_are_sorted_and_tell_rows_apart():
    hashes = row_hashes(rows("binary", 5000).features)

    assert hashes.dtype == np.uint64
    assert (np.diff(hashes) > 0).all()


@settings(deadline=None)
@given(st.permutations(range(8)))
def test_the_order_of_rows_does_not_matter(order):
    features = rows("binary", 8).features
    shuffled = {name: values[list(order)] for name, values in features.items()}

    assert np.array_equal(row_hashes(features), row_hashes(shuffled))


def test_the_order_of_columns_does_not_matter_but_their_names_do():
    one = {"a": np.array([1, 2]), "b": np.array([2, 1])}

    assert np.array_equal(row_hashes(one), row_hashes(dict(reversed(one.items()))))
    assert not np.array_equal(row_hashes(one), row_hashes({"a": one["a"], "c": one["b"]}))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (np.array([1, 2]), np.array([1.0, 2.0])),
        (np.array([0.0]), np.array([-0.0])),
        (np.ma.masked_array([1.0], mask=[True]), np.array([np.nan])),
        (np.ma.masked_array([7], mask=[True]), np.ma.masked_array([8], mask=[True])),
        (np.array([None], object), np.array([""], object)),
        (np.array(["2026-01-01"], "datetime64[s]"), np.array(["2026-01-01"], "datetime64[us]")),
    ],
    ids=["integer and float", "zeros", "masked and nan", "masked", "texts", "units of time"],
)
def test_equal_values_hash_alike(left, right):
    assert np.array_equal(row_hashes({"x": left}), row_hashes({"x": right}))


def test_hashes_are_the_same_in_every_process():
    code = (
        "import numpy as np; from workbench.engines.rows import row_hashes;"
        "print(row_hashes({'a': np.array([1.5, 2]), 'b': np.array(['x', None], object)}).tolist())"
    )
    here = row_hashes({"a": np.array([1.5, 2]), "b": np.array(["x", None], object)}).tolist()
    there = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert there.stdout.strip() == str(here)
