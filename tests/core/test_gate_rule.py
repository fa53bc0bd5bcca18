"""What the interval of a gain alone says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import GateVerdict
from workbench.config import GateConfig
from workbench.core import gains, gate

PASS, REJECT, HOLD = GateVerdict.PASS, GateVerdict.REJECT, GateVerdict.HOLD


def _gain(low: float, gain: float, high: float) -> gains.Gain:
    return gains.Gain(
        champion_value=0.7,
        challenger_value=0.7 + gain,
        gain=gain,
        low=low,
        high=high,
        deviation=(high - low) / 4,
        units=1_000,
        differing=500,
    )


@pytest.mark.parametrize(
    ("low", "gain", "high", "margin", "least", "verdict"),
    [
        (0.01, 0.02, 0.03, 0.0, 0.0, PASS),
        (-0.001, 0.004, 0.009, 0.002, 0.0, PASS),
        (-0.001, 0.004, 0.009, 0.0, 0.0, HOLD),
        (-0.001, 0.004, 0.009, 0.002, 0.005, HOLD),
        (-0.001, 0.004, 0.009, 0.002, 0.01, REJECT),
        (0.002, 0.004, 0.006, 0.0, 0.005, HOLD),
        (-0.03, -0.02, -0.01, 0.002, 0.0, REJECT),
        (-0.003, -0.002, -0.001, 0.01, 0.0, REJECT),
        (-0.001, -0.0002, 0.0006, 0.002, 0.0, REJECT),
        (-0.004, -0.001, 0.002, 0.002, 0.0, HOLD),
        (-0.04, 0.01, 0.06, 0.002, 0.0, HOLD),
        (0.0, 0.0, 0.0, 0.0, 0.0, HOLD),
        (0.0, 0.0, 0.0, 0.002, 0.0, PASS),
        (0.0, 0.0, 0.0, 0.002, 0.001, REJECT),
        (-0.03, -0.02, -0.01, 0.0, -0.05, REJECT),
        (np.nan, np.nan, np.nan, 0.002, 0.0, HOLD),
        (np.nan, 0.1, np.nan, 0.002, 0.0, HOLD),
        (-0.002, 0.004, 0.009, 0.002, 0.0, HOLD),
        (-0.001, 0.004, 0.009, 0.002, 0.004, PASS),
        (-0.001, 0.004, 0.005, 0.002, 0.005, HOLD),
        (-0.001, -0.0002, 0.002, 0.002, 0.0, HOLD),
        (-0.002, -0.0002, 0.001, 0.002, 0.0, HOLD),
        (-0.009, -0.004, 0.0, 0.002, 0.0, HOLD),
        (0.001, 0.002, 0.003, 0.0, 0.0, PASS),
        (0.001, 0.002, 0.003, 0.002, 0.004, REJECT),
    ],
    ids=[
        "clearly better",
        "not worse than the margin allows",
        "perhaps worse, no margin",
        "perhaps the gain asked for",
        "never the gain asked for",
        "better, perhaps by enough",
        "clearly worse",
        "worse within the margin",
        "equally good, no gain",
        "wider than the margin",
        "far too wide",
        "identical, no margin",
        "identical",
        "identical, a gain asked for",
        "clearly worse, a loss allowed",
        "no number",
        "no interval",
        "a loss of just the margin is not excluded",
        "just the gain asked for",
        "the gain asked for is just not excluded",
        "a gain of just the margin is not excluded",
        "a loss of just the margin and no gain",
        "just not clearly worse",
        "clearly better, narrow",
        "clearly better, by too little",
    ],
)
def test_the_interval_decides(low, gain, high, margin, least, verdict):
    rules = GateConfig(non_inferiority=margin, min_gain=least)

    assert gate.verdict_of(_gain(low, gain, high), rules, rows=1_000) is verdict


@pytest.mark.parametrize(
    ("rows", "units", "differing"),
    [(99, 99, 99), (1_000, 7, 7), (1_000, 1_000, 9), (1_000, 8, 7)],
    ids=["few rows", "few units", "few that differ", "few units that do not all differ"],
)
def test_what_cannot_say_anything_is_held_however_large_the_gain(rows, units, differing):
    found = replace(_gain(0.1, 0.2, 0.3), units=units, differing=differing)

    assert gate.verdict_of(found, GateConfig(), rows=rows) is HOLD


@pytest.mark.parametrize(
    ("rows", "units", "differing"), [(100, 100, 10), (100, 8, 8), (1_000, 30, 10)]
)
def test_just_enough_to_say_anything_may_pass(rows, units, differing):
    found = replace(_gain(0.1, 0.2, 0.3), units=units, differing=differing)

    assert gate.verdict_of(found, GateConfig(), rows=rows) is PASS


bounds = st.lists(st.floats(-0.1, 0.1), min_size=3, max_size=3).map(sorted)


@given(bounds, st.floats(0, 0.05), st.floats(0, 0.05))
def test_a_pass_never_has_less_gain_than_asked_for(triple, margin, least):
    rules = GateConfig(non_inferiority=margin, min_gain=least)

    verdict = gate.verdict_of(_gain(*triple), rules, rows=1_000)

    assert verdict is not PASS or (triple[1] >= least and triple[0] > -margin)


@given(bounds, st.floats(0, 0.05), st.floats(0.001, 0.05))
def test_a_better_interval_never_turns_a_pass_into_a_rejection(triple, margin, better):
    rules = GateConfig(non_inferiority=margin)
    raised = _gain(*[bound + better for bound in triple])

    before = gate.verdict_of(_gain(*triple), rules, rows=1_000)

    assert before is not PASS or gate.verdict_of(raised, rules, rows=1_000) is PASS


@given(bounds, st.floats(0, 0.05), st.floats(0, 0.05))
def test_the_lines_of_the_table_do_not_overlap(triple, margin, least):
    """What passes would be rejected by no line, so their order does not matter."""
    low, gain, high = triple
    passes = low > -margin and gain >= least
    rejects = high < least or high < -margin or (gain < least and -margin < low and high < margin)
    rules = GateConfig(non_inferiority=margin, min_gain=least)

    verdict = gate.verdict_of(_gain(*triple), rules, rows=1_000)

    assert not (passes and rejects)
    assert verdict is (PASS if passes else REJECT if rejects else HOLD)


thousandths = st.integers(-100, 100).map(lambda value: value / 1_000)


@given(
    st.lists(thousandths, min_size=3, max_size=3).map(sorted),
    thousandths.map(abs),
    thousandths.map(abs),
    st.floats(1.5, 4.0),
)
def test_a_wider_interval_never_turns_hold_into_a_verdict(triple, margin, least, factor):
    rules = GateConfig(non_inferiority=margin, min_gain=least)
    found = _gain(*triple)

    wider = gate.verdict_of(gains.stretched(found, factor), rules, rows=1_000)

    assert wider is HOLD or wider is gate.verdict_of(found, rules, rows=1_000)


def test_over_any_number_of_looks_a_bound_is_missed_with_four_percent_at_most():
    spent = sum(gate.TAIL / look**2 for look in range(1, 100_000))

    assert spent < 0.0412


@pytest.mark.parametrize(("looks", "factor"), [(1, 1.0), (2, 1.274), (3, 1.415), (10, 1.776)])
def test_a_look_is_as_wide_as_the_normal_distribution_says(looks, factor):
    found = replace(_gain(-0.1, 0.2, 0.4), units=10**7)

    wider = gate.at_look(found, looks=looks)

    assert (wider.gain - wider.low, wider.high - wider.gain) == pytest.approx(
        (0.3 * factor, 0.2 * factor), rel=1e-3
    )
