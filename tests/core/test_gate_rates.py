"""How often the gate, its intervals and its tests are wrong, by simulation.

Every bound is the stated rate and three standard errors of the simulation. Seeds are fixed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from storage.records import GateVerdict
from tests.core import gate_worlds as worlds
from workbench.config import GateConfig
from workbench.core import gains, gate

pytestmark = pytest.mark.slow

PASS, REJECT, HOLD = GateVerdict.PASS, GateVerdict.REJECT, GateVerdict.HOLD
RESAMPLES = 300
"""Fewer than the 2,000 of the gate, so that bounds are a little noisier than its own."""


def _error(share: float, trials: int) -> float:
    """Three standard errors of a share that was counted in so many trials."""
    return 3.0 * float(np.sqrt(share * (1.0 - share) / trials))


def _rates(
    world: worlds.World, *, gain: float, trials: int, by_row: bool = False
) -> dict[str, float]:
    """How often the interval holds the gain, and how often the test of no difference rejects at .05."""
    rng = np.random.default_rng(11)
    held = rejected = 0
    for _ in range(trials):
        contest = world(rng)
        contest = replace(contest, units=None) if by_row else contest
        found = gains.measure(contest, resamples=RESAMPLES, rng=rng)
        _, p_value = gains.significance(contest)
        held += found.low <= gain <= found.high
        rejected += p_value is not None and p_value <= 0.05
    return {"held": held / trials, "rejected": rejected / trials}


@pytest.mark.parametrize(
    ("world", "trials", "least"),
    [
        (worlds.errors(rows=100), 1_000, 0.94),
        (worlds.errors(rows=1_000, skew=True), 500, 0.93),
        (worlds.ranks(rows=300), 500, 0.94),
        (worlds.labels(rows=1_000, differing=0.05), 500, 0.94),
        (worlds.errors(rows=200, groups=8, shared=0.3), 1_000, 0.93),
        (worlds.errors(rows=500, groups=20, shared=0.3), 1_000, 0.93),
        (worlds.errors(rows=1_000, groups=40, shared=0.3), 1_000, 0.93),
        (worlds.ranks(rows=500, groups=20, shared=0.5), 500, 0.93),
        (worlds.waves(rows=1_200, memory=0.8, blocks=30), 500, 0.92),
    ],
    ids=[
        "errors of 100 rows",
        "errors of 1 000 rows, a few of them huge",
        "ranks of 300 rows",
        "labels of 1 000 rows, 50 differ",
        "errors in 8 groups",
        "errors in 20 groups",
        "errors in 40 groups",
        "ranks in 20 groups",
        "errors that drift, in 30 blocks",
    ],
)
def test_an_interval_holds_the_gain_and_the_test_of_none_rejects_as_often_as_stated(
    world, trials, least
):
    found = _rates(world, gain=0.0, trials=trials)

    assert found["held"] >= least - _error(least, trials)
    assert found["rejected"] <= 0.06 + _error(0.06, trials)


@pytest.mark.parametrize(
    "world",
    [
        worlds.errors(rows=1_000, groups=40, shared=0.3),
        worlds.waves(rows=1_200, memory=0.8, blocks=30),
    ],
    ids=["groups", "drifting"],
)
def test_rows_that_depend_on_each_other_fool_who_draws_them_one_by_one(world):
    found = _rates(world, gain=0.0, trials=150, by_row=True)

    assert found["held"] <= 0.7
    assert found["rejected"] >= 0.3


@pytest.mark.parametrize(
    ("world", "gain", "power"),
    [
        (worlds.errors(rows=200, gain=0.2), 0.2, 0.804),
        (worlds.ranks(rows=1_000, gain=0.03), 0.03, 0.712),
        (worlds.labels(rows=1_000, differing=0.05, gain=0.02), 0.02, 0.785),
    ],
    ids=["t, by its noncentral distribution", "DeLong, by its mean variance", "McNemar, exactly"],
)
def test_the_tests_find_a_gain_as_often_as_theory_says(world, gain, power):
    found = _rates(world, gain=gain, trials=800)

    assert found["rejected"] == pytest.approx(power, abs=_error(power, 800))


def _verdicts(world: worlds.World, *, margin: float, trials: int = 800) -> dict[GateVerdict, float]:
    rng, rules, found = np.random.default_rng(12), GateConfig(non_inferiority=margin), Counter()
    for _ in range(trials):
        contest = world(rng)
        gain = gains.measure(contest, resamples=RESAMPLES, rng=rng)
        found[gate.verdict_of(gain, rules, rows=contest.truth.size)] += 1
    return {verdict: found[verdict] / trials for verdict in GateVerdict}


@pytest.mark.parametrize(
    ("world", "margin"),
    [
        (worlds.errors(rows=300, gain=-0.1), 0.1),
        (worlds.errors(rows=1_000, gain=-0.1, skew=True), 0.1),
        (worlds.ranks(rows=500, gain=-0.02), 0.02),
        (worlds.labels(rows=1_000, differing=0.01, gain=-0.01), 0.01),
        (worlds.labels(rows=1_000, differing=0.02, gain=-0.01), 0.01),
        (worlds.labels(rows=1_000, differing=0.1, gain=-0.01), 0.01),
        (worlds.errors(rows=500, gain=-0.1, groups=20, shared=0.3), 0.1),
    ],
    ids=[
        "errors",
        "errors, a few of them huge",
        "ranks",
        "labels, 10 of 1 000 differ",
        "labels, 20 of 1 000 differ",
        "labels, 100 of 1 000 differ",
        "errors in 20 groups",
    ],
)
def test_a_challenger_worse_by_the_margin_passes_in_at_most_one_of_twenty(world, margin):
    found = _verdicts(world, margin=margin)

    assert found[PASS] <= 0.05


@pytest.mark.parametrize(
    ("world", "margin", "shares"),
    [
        (worlds.ranks(rows=1_000), 0.0, {PASS: (0, 0.05), REJECT: (0, 0.05), HOLD: (0.9, 1)}),
        (worlds.errors(rows=1_000), 0.05, {PASS: (0.25, 0.45), REJECT: (0, 0.05)}),
        (worlds.errors(rows=1_000), 0.15, {PASS: (0.45, 0.55), REJECT: (0.45, 0.55)}),
        (worlds.errors(rows=1_000, gain=-0.2), 0.05, {PASS: (0, 0), REJECT: (0.95, 1)}),
        (worlds.errors(rows=1_000, gain=0.1), 0.0, {PASS: (0.8, 0.95), REJECT: (0, 0)}),
        (worlds.errors(rows=1_000, gain=0.1), 0.05, {PASS: (0.98, 1), REJECT: (0, 0)}),
    ],
    ids=[
        "equal, no margin",
        "equal, a margin of half the interval",
        "equal, a wide margin",
        "clearly worse",
        "better, no margin",
        "better",
    ],
)
def test_what_is_known_of_the_models_decides_the_verdict(world, margin, shares):
    found = _verdicts(world, margin=margin)

    for verdict, (least, most) in shares.items():
        assert least - _error(least, 800) <= found[verdict] <= most + _error(most, 800)


@pytest.mark.parametrize(
    ("is_counted", "least", "most"), [(True, 0.0, 0.05), (False, 0.15, 1.0)], ids=["counted", "not"]
)
def test_ten_tries_at_one_hold_out_win_by_luck_only_where_looks_are_not_counted(
    is_counted, least, most
):
    """Challengers that are worse by the margin, each of its own making."""
    rng, world = np.random.default_rng(13), worlds.errors(rows=200, gain=-0.1)
    rules, trials, lucky = GateConfig(non_inferiority=0.1), 300, 0
    for _ in range(trials):
        for look in range(1, 11):
            found = gains.measure(world(rng), resamples=RESAMPLES, rng=rng)
            judged = gate.at_look(found, looks=look if is_counted else 1)
            if gate.verdict_of(judged, rules, rows=200) is PASS:
                lucky += 1
                break

    assert least <= lucky / trials <= most + _error(0.041, trials)


def _with_slices(count: int, *, trials: int = 200) -> float:
    """Share of equally good models that are rejected for one of so many slices."""
    rng, world, found = np.random.default_rng(17), worlds.ranks(rows=1_000), 0
    rules = GateConfig(resamples=RESAMPLES, non_inferiority=0.002)
    for seed in range(trials):
        contest = world(rng)
        decision = gate.decide(
            truth=contest.truth,
            champion=contest.champion,
            challenger=contest.challenger,
            task="binary",
            metric="roc_auc",
            rules=rules,
            slices={"part": (np.arange(1_000) % count).astype(np.str_)},
            parity_passed=True,
            leaked_rows=0,
            looks=1,
            seed=seed,
        )
        found += any(one.p_adjusted <= gate.ALPHA for one in decision.slices)
    return found / trials


def test_eight_slices_of_equally_good_models_seldom_reject():
    assert _with_slices(8) <= 0.05 + _error(0.05, 200)
