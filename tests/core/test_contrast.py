"""What is measured between a column and its reference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from storage.records import ColumnKind, ColumnProfile
from workbench.core import contrast as contrasts
from workbench.core import profile as profiles


def _categories(**rows: int) -> list[str]:
    return [value for value, count in rows.items() for _ in range(count)]


def test_the_effect_of_categories_is_half_the_sum_of_share_differences():
    reference = profiles.categorical("x", _categories(a=500, b=500))
    current = profiles.categorical("x", _categories(a=600, b=300, c=100), known=reference.values)

    found = contrasts.contrast(reference, current)

    assert found.values.effect == pytest.approx(0.2)
    assert found.new_value_share == pytest.approx(0.1)
    assert found.values.p_value == pytest.approx(
        stats.chi2_contingency([[500, 500, 0], [600, 300, 100]]).pvalue, rel=1e-9
    )


def test_values_are_matched_by_name_and_not_by_place():
    reference = profiles.categorical("x", _categories(a=700, b=300))
    current = profiles.categorical("x", _categories(b=300, a=700))

    assert contrasts.values_effect(reference, current) == 0.0


def test_where_the_reference_has_a_rest_only_the_excess_counts_as_new():
    reference = replace(
        profiles.categorical("x", _categories(a=900)), rows=1000, other=100, distinct=51
    )
    current = profiles.categorical("x", _categories(a=700, rare=120, c=180), known=("a",))

    assert contrasts.contrast(reference, current).new_value_share == pytest.approx(0.2)


def test_missing_rows_are_no_value():
    rng = np.random.default_rng(1)
    values = rng.normal(size=4000)
    reference = profiles.numeric("x", values, profiles.edges_of(values))
    holed = np.where(np.arange(4000) % 4 == 0, np.nan, values)
    current = profiles.numeric("x", holed, np.array(reference.edges))

    found = contrasts.contrast(reference, current)

    assert found.missing.effect == 0.25
    assert found.values.effect < 0.05
    assert (found.null_share_reference, found.null_share) == (0.0, 0.25)


def test_nulls_and_nan_are_missing_alike():
    column = ColumnProfile(
        name="x", kind=ColumnKind.NUMERIC, rows=10, nulls=2, nans=3, edges=(1.0,), counts=(4, 1)
    )

    assert contrasts.missing_share(column) == 0.5
    assert contrasts.present_rows(column) == 5


def test_numbers_against_categories_differ_wholly():
    values = np.arange(2000.0)
    reference = profiles.numeric("x", values, profiles.edges_of(values))
    current = profiles.categorical("x", _categories(a=2000))

    found = contrasts.contrast(reference, current)

    assert found.values.effect == 1.0
    assert found.values.p_value < 1e-6


def test_a_boolean_is_compared_by_its_values():
    reference = replace(
        profiles.categorical("x", _categories(true=500, false=500)), kind=ColumnKind.BOOLEAN
    )
    current = replace(
        profiles.categorical("x", _categories(true=250, false=750)), kind=ColumnKind.BOOLEAN
    )

    assert contrasts.values_effect(reference, current) == pytest.approx(0.25)


@pytest.mark.parametrize(
    "change",
    [{"edges": (1.0, 2.5), "counts": (1, 1, 1)}, {"edges": (), "counts": (1, 2)}],
    ids=["other edges", "other number of bins"],
)
def test_counts_at_other_edges_are_refused(change):
    reference = profiles.numeric("x", np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0]))

    with pytest.raises(ValueError, match="other edges"):
        contrasts.contrast(reference, replace(reference, **change))
