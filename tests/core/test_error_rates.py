"""How often the drift verdict is wrong, by simulation; see test_gate_rates for the gate."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from storage.records import ColumnProfile, DriftVerdict, Profile
from workbench.core import drift
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
