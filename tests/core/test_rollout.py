from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.core import rollout

counts = st.tuples(st.integers(0, 300), st.integers(0, 300)).map(lambda pair: (pair[0], sum(pair)))


@given(counts, counts)
def test_the_evidence_is_a_ratio_and_never_negative(champion, canary):
    assert rollout.excess_errors(*champion, *canary) >= 0


@given(counts, counts)
def test_a_canary_that_fails_less_often_is_never_worse(champion, canary):
    if canary[0] * champion[1] <= champion[0] * canary[1]:
        assert not rollout.is_worse(*champion, *canary)


def test_the_worked_example():
    # 2 % against 4 %: V = .03 * .97 * (1/5000 + 1/5000) = 1.164e-5, V + tau^2 = 4.1164e-4.
    found = rollout.excess_errors(100, 5000, 200, 5000)

    expected = (1.164e-5 / 4.1164e-4) ** 0.5 * np.exp(4e-4 * 4e-4 / (2 * 1.164e-5 * 4.1164e-4))
    assert found == pytest.approx(expected)
    assert rollout.is_worse(100, 5000, 200, 5000)


@pytest.mark.parametrize(
    ("champion", "canary"),
    [((0, 0), (0, 0)), ((0, 10), (0, 10)), ((10, 10), (10, 10)), ((0, 0), (5, 10))],
    ids=["nothing", "no errors", "errors alone", "no champion"],
)
def test_counts_that_say_nothing_are_no_evidence(champion, canary):
    assert rollout.excess_errors(*champion, *canary) == 1.0


def test_a_margin_forgives_what_lies_within_it():
    assert rollout.is_worse(400, 20_000, 800, 20_000, margin=0.01)
    assert not rollout.is_worse(400, 20_000, 800, 20_000, margin=0.02)


def test_looking_again_and_again_rarely_condemns_a_healthy_canary():
    rng = np.random.default_rng(7)
    condemned = 0
    for _ in range(400):
        champion = np.cumsum(rng.binomial(900, 0.02, 50))
        canary = np.cumsum(rng.binomial(100, 0.02, 50))
        condemned += any(
            rollout.is_worse(int(a), 900 * look, int(b), 100 * look)
            for look, (a, b) in enumerate(zip(champion, canary, strict=True), 1)
        )

    assert condemned / 400 <= rollout.ALPHA
