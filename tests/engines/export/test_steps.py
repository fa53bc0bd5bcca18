from __future__ import annotations

from dataclasses import replace

import numpy as np
import onnxruntime as ort
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from workbench.core import signature
from workbench.engines.export import maths, steps
from workbench.engines.export.graphs import Graph
from workbench.engines.export.tensors import Tensor


def answers(build, values):
    """What the graph that `build` adds to makes of a column of `values`."""
    inputs = signature.infer({"x": np.asarray(values, np.float64)}, task="regression")
    graph = Graph(replace(inputs, task="multiclass", classes=("one",)))
    found = build(Tensor(graph, "x"))
    made = graph.finish(probabilities=found.double().name)
    session = ort.InferenceSession(made, providers=["CPUExecutionProvider"])
    return session.run(None, {"x": np.asarray(values, np.float64).reshape(-1, 1)})[0][:, 0]


numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12)


@settings(max_examples=25, deadline=None)
@given(numbers, numbers, st.sampled_from(["left", "right"]))
def test_positions_are_those_of_numpy_also_at_the_edges(edges, values, side):
    edges = np.sort(np.array(edges))
    asked = np.concatenate(
        [
            values,
            edges,
            np.nextafter(edges, np.inf),
            np.nextafter(edges, -np.inf),
            [np.inf, -np.inf],
        ]
    )
    found = answers(lambda x: steps.positions(x, [edges], side=side), asked)

    assert found.tolist() == np.searchsorted(edges, asked, side=side).tolist()


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12), numbers)
def test_numbers_between_points_are_those_of_numpy(known, values):
    xs = np.sort(np.array(known))
    ys = np.arange(len(xs)) ** 1.5
    asked = np.concatenate([values, xs, [np.inf, -np.inf, np.nan]])
    found = answers(lambda x: steps.interpolated(x, [xs], [ys]), asked)

    assert found == pytest.approx(np.interp(asked, xs, ys), abs=1e-12, nan_ok=True)


SMALL_AND_LARGE = np.array(
    [0.0, -0.0, 1e-300, 1e-17, -1e-17, 1e-9, -1e-9, 0.1, -0.1, 0.4999, 0.5, -0.5, 0.99, 3.0, 700.0]
)


@pytest.mark.parametrize("name", ["log1p", "expm1"])
def test_small_numbers_keep_all_their_digits(name):
    found = answers(getattr(maths, name), SMALL_AND_LARGE)

    assert found == pytest.approx(getattr(np, name)(SMALL_AND_LARGE), rel=1e-15, abs=0)


@pytest.mark.parametrize("name", ["log1p", "expm1"])
def test_what_is_no_number_or_none_that_ends_is_as_in_numpy(name):
    asked = np.array([np.nan, np.inf, -np.inf, -1.0, -2.0])
    with np.errstate(all="ignore"):
        expected = getattr(np, name)(asked)

    assert answers(getattr(maths, name), asked) == pytest.approx(expected, nan_ok=True)


def test_quantiles_of_the_normal_distribution_are_those_of_scipy():
    shares = np.concatenate([np.linspace(1e-7, 1 - 1e-7, 999), [0.075, 0.925, 0.5, 1e-10]])

    found = answers(maths.normal_quantiles, shares)
    assert found == pytest.approx(stats.norm.ppf(shares), rel=1e-14, abs=1e-15)


def test_remainders_have_the_sign_of_the_divisor():
    asked = np.array([-7.5, -2.5, -1e-20, 0.0, 2.5, 7.25])

    assert answers(lambda x: maths.remainder(x, 2.5), asked).tolist() == (asked % 2.5).tolist()
