"""Shares of requests: even, the same for the same value everywhere, and moved as little as can be."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import routing

WEIGHTS = st.lists(st.integers(0, 1000), min_size=1, max_size=5).filter(any)
KEYS = [b"customer %d" % n for n in range(20_000)]


def share_of(weights, key):
    return routing.pick(routing.bounds(weights), routing.point("late", key))


@given(WEIGHTS, st.floats(0, 1, exclude_max=True))
def test_every_point_falls_into_one_share_that_has_a_weight(weights, at):
    index = routing.pick(routing.bounds(weights), at)

    assert weights[index] > 0


@given(st.text(), st.binary())
def test_every_value_has_a_point(salt, value):
    assert 0 <= routing.point(salt, value) < 1


def test_a_value_has_the_same_point_in_another_process():
    script = "from workbench.core.routing import point; print(point('late', b'UA 7'))"
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)

    assert float(ended.stdout) == routing.point("late", b"UA 7")


def test_two_models_share_out_the_same_values_otherwise():
    late = [routing.point("late", key) < 0.5 for key in KEYS]
    early = [routing.point("early", key) < 0.5 for key in KEYS]

    assert sum(a == b for a, b in zip(late, early, strict=True)) == pytest.approx(10_000, abs=300)


def test_shares_are_as_large_as_their_weights():
    found = [share_of([90, 10], key) for key in KEYS]

    # Three standard deviations of a binomial with n = 20,000 and p = .1 are 127.
    assert found.count(1) == pytest.approx(2000, abs=127)


@pytest.mark.parametrize(("before", "after"), [([95, 5], [75, 25]), ([80, 5, 15], [60, 25, 15])])
def test_a_share_that_grows_at_the_champions_cost_keeps_all_it_had(before, after):
    moved = {
        (share_of(before, key), share_of(after, key))
        for key in KEYS
        if share_of(before, key) != share_of(after, key)
    }

    assert moved == {(0, 1)}


@given(WEIGHTS, st.data(), st.lists(st.floats(0, 1, exclude_max=True), max_size=50))
def test_whoever_grows_at_the_champions_cost_loses_no_value_and_the_champion_gets_none(
    weights, data, points
):
    grown = data.draw(st.integers(0, len(weights) - 1))
    more = data.draw(st.integers(0, weights[0]))
    after = [*weights]
    after[0] -= more
    after[grown] += more
    ends = [routing.bounds(one) for one in (weights, after)]

    for was, now in ([routing.pick(one, at) for one in ends] for at in points):
        assert now == grown or was != grown
        assert was == 0 or now != 0


@pytest.mark.parametrize("weights", [[0, 0], [2, -1]], ids=["nothing", "negative"])
def test_weights_that_share_out_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="share out nothing"):
        routing.bounds(weights)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, None),
        (float("nan"), None),
        ("UA 7", b"UA 7"),
        ("고객", "고객".encode()),
        (7, b"7"),
        (7.0, b"7"),
        (7.5, b"7.5"),
        ("7", b"7"),
        (True, b"True"),
        ("\ud800", b"?"),
    ],
)
def test_a_value_is_one_however_a_caller_writes_it(value, found):
    assert routing.as_bytes(value) == found
