"""How often the drift verdict and the gate are wrong, by simulation."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from storage.records import ColumnProfile, DriftVerdict, GateVerdict, Profile
from workbench.config import GateConfig
from workbench.core import drift, gate
from workbench.core import profile as profiles

pytestmark = pytest.mark.slow

COLUMNS = 20


def _profile(rows: np.ndarray, *, reference: Profile | None = None) -> Profile:
    """Columns of shape (columns, rows), counted at the reference's edges when there is one."""
    edges = (
        [np.array(column.edges) for column in reference.columns]
        if reference
        else [profiles.edges_of(values) for values in rows]
    )
    columns: list[ColumnProfile] = [
        profiles.numeric(f"c{index}", values, at)
        for index, (values, at) in enumerate(zip(rows, edges, strict=True))
    ]
    return Profile(rows=rows.shape[1], columns=tuple(columns))


def _verdicts(*, rows: int, shift: float, references: int, windows: int) -> Counter[DriftVerdict]:
    """Verdicts on windows of normal columns, the first of them shifted."""
    rng = np.random.default_rng((rows, int(shift * 10)))
    found: Counter[DriftVerdict] = Counter()
    for _ in range(references):
        reference = _profile(rng.normal(size=(COLUMNS, 20_000)))
        for _ in range(windows):
            current = rng.normal(size=(COLUMNS, rows))
            current[0] += shift
            found[drift.compare(reference, _profile(current, reference=reference)).verdict] += 1
    return found


@pytest.mark.parametrize(("rows", "windows"), [(1_000, 60), (10_000, 20)])
def test_unchanged_columns_raise_a_false_alarm_in_at_most_one_window_of_a_hundred(rows, windows):
    found = _verdicts(rows=rows, shift=0.0, references=10, windows=windows)

    alarms = found[DriftVerdict.DRIFT] + found[DriftVerdict.WARN]
    assert alarms <= 0.01 * found.total()


def test_a_shift_of_three_tenths_of_a_deviation_in_one_column_is_noticed():
    found = _verdicts(rows=1_000, shift=0.3, references=10, windows=30)

    assert found[DriftVerdict.DRIFT] >= 0.95 * found.total()


def _gate_verdicts(
    *, rules: GateConfig, champion_noise: float, challenger_noise: float, slices: int
) -> Counter[GateVerdict]:
    """Verdicts on pairs of models that see the truth through noise of their own."""
    rng = np.random.default_rng(17)
    found: Counter[GateVerdict] = Counter()
    for seed in range(400):
        truth = (rng.random(1_000) < 0.3).astype(np.int64)
        shared = truth + rng.normal(size=truth.size)
        scores = [
            1 / (1 + np.exp(-(shared + noise * rng.normal(size=truth.size))))
            for noise in (champion_noise, challenger_noise)
        ]
        parts = (np.arange(truth.size) % max(1, slices)).astype(np.str_)
        decision = gate.decide(
            truth=truth,
            champion=scores[0],
            challenger=scores[1],
            task="binary",
            metric="roc_auc",
            rules=rules,
            slices={"part": parts} if slices else {},
            parity_passed=True,
            leaked_rows=0,
            looks=1,
            seed=seed,
        )
        found[decision.verdict] += 1
    return found


def test_equally_good_models_are_seldom_told_apart():
    found = _gate_verdicts(
        rules=GateConfig(resamples=300), champion_noise=0.5, challenger_noise=0.5, slices=0
    )

    assert found[GateVerdict.PASS] <= 0.05 * found.total()
    assert found[GateVerdict.REJECT] <= 0.05 * found.total()


def test_slices_of_equally_good_models_seldom_reject():
    rules = GateConfig(resamples=300, non_inferiority=0.002)
    without = _gate_verdicts(rules=rules, champion_noise=0.5, challenger_noise=0.5, slices=0)

    found = _gate_verdicts(rules=rules, champion_noise=0.5, challenger_noise=0.5, slices=8)

    assert found[GateVerdict.REJECT] - without[GateVerdict.REJECT] <= 0.07 * found.total()


def test_a_challenger_worse_than_the_margin_seldom_passes():
    found = _gate_verdicts(
        rules=GateConfig(resamples=300, non_inferiority=0.01),
        champion_noise=0.3,
        challenger_noise=0.8,
        slices=0,
    )

    assert found[GateVerdict.PASS] <= 0.025 * found.total()
    assert found[GateVerdict.REJECT] >= 0.5 * found.total()
