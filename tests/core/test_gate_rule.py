"""What the interval of a gain alone says."""

from __future__ import annotations

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
    ],
)
def test_the_interval_decides(low, gain, high, margin, least, verdict):
    rules = GateConfig(non_inferiority=margin, min_gain=least)

    assert gate.verdict_of(_gain(low, gain, high), rules, rows=1_000) is verdict


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
