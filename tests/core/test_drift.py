"""The verdict on columns and on the whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import ColumnKind, ColumnProfile, DriftVerdict, Profile
from tests.core.build import profile_of
from workbench.core import drift

RNG = np.random.default_rng(11)
NORMAL = RNG.normal(size=20_000)
REFERENCE = profile_of({"x": NORMAL})


def _current(*, shift: float = 0.0, rows: int = 5_000, missing: float = 0.0) -> Profile:
    """Rows of the reference's own quantiles, moved by `shift`, the first of them missing."""
    values = np.sort(NORMAL)[:: NORMAL.size // rows] + shift
    values[: int(missing * values.size)] = np.nan
    return profile_of({"x": np.roll(values, values.size // 2)}, reference=REFERENCE)


def _scattered(share: float) -> Profile:
    """Rows of which a share is missing, evenly among small and large values."""
    values = NORMAL[:5_000].copy()
    values[np.arange(values.size) < share * values.size] = np.nan
    return profile_of({"x": values}, reference=REFERENCE)


def _categorical(name: str, **rows: int) -> ColumnProfile:
    return ColumnProfile(
        name=name,
        kind=ColumnKind.CATEGORICAL,
        rows=sum(rows.values()),
        nulls=0,
        values=tuple(rows),
        value_counts=tuple(rows.values()),
    )


@pytest.mark.parametrize(
    ("shift", "verdict"),
    [(0.0, DriftVerdict.STABLE), (0.2, DriftVerdict.WARN), (0.5, DriftVerdict.DRIFT)],
)
def test_the_verdict_grows_with_the_shift(shift, verdict):
    comparison = drift.compare(REFERENCE, _current(shift=shift))

    assert comparison.verdict is verdict
    assert comparison.columns[0].verdict is verdict


def test_a_certain_but_tiny_movement_is_stable():
    rng = np.random.default_rng(3)
    reference = profile_of({"x": rng.normal(size=200_000)})
    current = profile_of({"x": rng.normal(0.08, 1, size=200_000)}, reference=reference)

    found = drift.compare(reference, current).columns[0]

    assert found.p_adjusted < 1e-9
    assert found.verdict is DriftVerdict.STABLE


def test_a_column_compared_with_itself_does_not_move():
    found = drift.compare(REFERENCE, REFERENCE).columns[0]

    assert (found.effect, found.psi, found.jensen_shannon, found.wasserstein) == (0, 0, 0, 0)
    assert found.p_value == 1.0


@given(st.integers(1, 50))
def test_more_rows_of_the_same_shares_have_the_same_effect(times):
    current = _current(shift=0.3)
    column = current.columns[0]
    more = replace(
        column, rows=column.rows * times, counts=tuple(one * times for one in column.counts)
    )

    effects = [
        drift.compare(REFERENCE, Profile(rows=one.rows, columns=(one,))).columns[0].effect
        for one in (column, more)
    ]

    assert effects[0] == pytest.approx(effects[1])


@pytest.mark.parametrize(
    ("reference_rows", "rows"), [(20_000, 999), (999, 20_000), (20_000, 0), (0, 0)]
)
def test_below_a_thousand_rows_on_a_side_nothing_is_said(reference_rows, rows):
    reference = profile_of({"x": NORMAL[:reference_rows]})
    current = profile_of({"x": NORMAL[:rows] + 9}, reference=reference)

    comparison = drift.compare(reference, current)

    assert comparison.verdict is DriftVerdict.INSUFFICIENT


def test_a_jump_of_missing_values_drifts_though_the_values_stay():
    found = drift.compare(REFERENCE, _scattered(0.3)).columns[0]

    assert found.verdict is DriftVerdict.DRIFT
    assert (found.effect, found.null_share) == (0.3, 0.3)


def test_missing_values_that_are_found_again_drift_as_well():
    holed = profile_of({"x": np.where(np.arange(20_000) % 2 == 0, np.nan, NORMAL)})
    full = profile_of({"x": NORMAL}, reference=holed)

    assert drift.compare(holed, full).columns[0].effect == 0.5


def test_a_column_without_any_value_is_told_from_one_with_values():
    empty = profile_of({"x": np.full(2_000, np.nan)}, reference=REFERENCE)

    found = drift.compare(REFERENCE, empty).columns[0]

    assert (found.verdict, found.effect) == (DriftVerdict.DRIFT, 1.0)


def test_a_column_without_any_value_on_both_sides_is_stable():
    empty = profile_of({"x": np.full(2_000, np.nan)})

    assert drift.compare(empty, empty).verdict is DriftVerdict.STABLE


def test_a_column_that_is_gone_drifts_as_missing_in_every_row():
    current = profile_of({"y": NORMAL})

    gone, fresh = drift.compare(REFERENCE, current).columns

    assert (gone.name, gone.verdict, gone.null_share) == ("x", DriftVerdict.DRIFT, 1.0)
    assert (fresh.name, fresh.verdict) == ("y", DriftVerdict.INSUFFICIENT)


def test_a_new_column_alone_does_not_make_the_whole_drift():
    both = profile_of({"x": NORMAL, "y": NORMAL})

    assert drift.compare(REFERENCE, both).verdict is DriftVerdict.STABLE


@pytest.mark.parametrize(
    ("value", "verdict"), [(7.0, DriftVerdict.STABLE), (8.0, DriftVerdict.DRIFT)]
)
def test_a_constant_column_drifts_only_when_it_changes(value, verdict):
    reference = profile_of({"x": np.full(2_000, 7.0)})
    current = profile_of({"x": np.full(2_000, value)}, reference=reference)

    assert drift.compare(reference, current).verdict is verdict


def test_timestamps_and_skipped_columns_are_left_out():
    stamp = ColumnProfile(name="at", kind=ColumnKind.TIMESTAMP, rows=20_000, nulls=0)
    profile = replace(REFERENCE, columns=(*REFERENCE.columns, stamp))

    assert drift.compare(profile, profile, skip=("x",)).columns == ()


def test_nothing_to_compare_says_nothing():
    comparison = drift.compare(REFERENCE, REFERENCE, skip=("x",))

    assert comparison.verdict is DriftVerdict.INSUFFICIENT


def test_the_worst_column_decides():
    reference = Profile(
        rows=2_000, columns=(_categorical("a", p=1000, q=1000), _categorical("b", p=1000, q=1000))
    )
    current = Profile(
        rows=2_000, columns=(_categorical("a", p=1000, q=1000), _categorical("b", p=1900, q=100))
    )

    comparison = drift.compare(reference, current)

    assert comparison.verdict is DriftVerdict.DRIFT
    assert [column.name for column in comparison.drifted] == ["b"]


def test_p_values_are_adjusted_over_the_columns():
    names = [f"c{index}" for index in range(10)]
    reference = profile_of(dict.fromkeys(names, NORMAL))
    moved = NORMAL[:1_000] + 0.1
    current = profile_of(dict.fromkeys(names, moved), reference=reference)

    found = drift.compare(reference, current).columns[0]

    assert found.p_adjusted == pytest.approx(10 * found.p_value)


@pytest.mark.parametrize(
    ("block_effect", "set_limit", "limit", "source"),
    [
        (None, None, 0.10, "default"),
        (0.05, None, 0.10, "default"),
        (0.2, None, 0.25, "calibrated"),
        (0.2, 0.15, 0.15, "set"),
        (None, 0.02, 0.02, "set"),
    ],
)
def test_a_limit_is_set_before_it_is_calibrated_before_it_is_the_default(
    block_effect, set_limit, limit, source
):
    column = replace(REFERENCE.columns[0], block_effect=block_effect)
    limits = {} if set_limit is None else {"x": set_limit}

    found = drift.compare(
        replace(REFERENCE, columns=(column,)), _current(shift=0.5), limits=limits
    ).columns[0]

    assert (found.limit, found.limit_source) == (pytest.approx(limit), source)


def test_a_limit_of_zero_makes_any_certain_movement_drift():
    found = drift.compare(REFERENCE, _current(shift=0.15), limits={"x": 0.0}).columns[0]

    assert found.verdict is DriftVerdict.DRIFT


def test_a_seasonal_column_that_goes_missing_is_not_excused_by_its_seasons():
    column = replace(REFERENCE.columns[0], block_effect=0.6, block_null_effect=0.01)
    reference = replace(REFERENCE, columns=(column,))

    found = drift.compare(reference, _scattered(0.4)).columns[0]

    assert (found.verdict, found.limit) == (DriftVerdict.DRIFT, 0.10)


def test_a_movement_that_may_be_chance_does_not_hide_one_that_is_not():
    rng = np.random.default_rng(8)
    values = np.where(np.arange(20_000) < 19_600, np.nan, rng.normal(size=20_000))
    reference = profile_of({"x": values})
    fuller = np.where(np.arange(1_000) < 850, np.nan, rng.normal(0.2, 1.0, size=1_000))
    current = profile_of({"x": fuller}, reference=reference)

    found = drift.compare(reference, current).columns[0]

    assert found.effect == pytest.approx(0.13)
    assert found.verdict is DriftVerdict.DRIFT


def test_importance_weighs_the_impact_and_not_the_verdict():
    reference = profile_of({"x": NORMAL, "y": NORMAL})
    current = profile_of({"x": NORMAL + 0.9, "y": NORMAL + 0.6}, reference=reference)

    comparison = drift.compare(reference, current, importances={"y": 0.9})

    assert [column.name for column in comparison.drifted] == ["y", "x"]
    assert [column.importance for column in comparison.columns] == [0.0, 0.9]


def test_without_a_model_there_is_no_importance():
    assert drift.compare(REFERENCE, REFERENCE).columns[0].importance is None


def test_the_largest_effect_between_neighbouring_blocks_calibrates():
    blocks = [_current(shift=shift) for shift in (0.0, 0.1, 0.6, 0.7)]
    expected = drift.compare(blocks[1], blocks[2]).columns[0].effect

    column = drift.calibrated(REFERENCE, blocks).columns[0]

    assert column.block_effect == pytest.approx(expected)
    assert column.block_null_effect == 0.0


def test_missing_shares_of_blocks_calibrate_on_their_own():
    blocks = [_scattered(share) for share in (0.1, 0.4)]

    column = drift.calibrated(REFERENCE, blocks).columns[0]

    assert column.block_null_effect == pytest.approx(0.3)


@pytest.mark.parametrize("blocks", [0, 1, 2], ids=["none", "one", "two small ones"])
def test_without_two_blocks_of_enough_rows_nothing_is_calibrated(blocks):
    small = [_current(rows=500)] * blocks

    assert drift.block_effects(small) == {}
    assert drift.calibrated(REFERENCE, small).columns[0].block_effect is None


def test_a_column_calibrated_by_its_seasons_no_longer_drifts_with_them():
    blocks = [_current(shift=shift) for shift in (0.0, 0.5)]
    reference = drift.calibrated(REFERENCE, blocks)

    assert drift.compare(reference, _current(shift=0.5)).verdict is not DriftVerdict.DRIFT
