"""How one column differs from its reference: in the values it has, and in how many are missing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import ColumnKind, ColumnProfile
from workbench.core import distances

_BY_VALUE = frozenset({ColumnKind.CATEGORICAL, ColumnKind.BOOLEAN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One way in which a column can move, with the p-value of its own test."""

    effect: float
    """0 to 1."""
    p_value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """All that is measured between a column and its reference."""

    values: Part
    """Kolmogorov-Smirnov distance or total variation among the rows that have a value."""
    missing: Part
    """Difference of the shares of rows without a value, null or NaN."""
    psi: float
    jensen_shannon: float
    wasserstein: float | None
    null_share_reference: float
    null_share: float
    new_value_share: float


def contrast(reference: ColumnProfile, current: ColumnProfile) -> Contrast:
    """Measures `current` against `reference`, at whose edges or values it was counted.

    A side without values has a values effect of 0: only the missing rows tell it from the other. Columns
    of kinds that cannot be compared, numbers against categories, differ wholly in their values.

    Raises:
        ValueError: A numeric column was counted at other edges than its reference.
    """
    if reference.kind is ColumnKind.NUMERIC and current.kind is ColumnKind.NUMERIC:
        return _numeric(reference, current)
    if reference.kind in _BY_VALUE and current.kind in _BY_VALUE:
        return _by_value(reference, current, *_listed(reference, current))
    return _by_value(reference, current, *_unlike(reference, current))


def values_effect(reference: ColumnProfile, current: ColumnProfile) -> float:
    """Effect among the rows that have a value, 0 to 1."""
    return contrast(reference, current).values.effect


def missing_share(column: ColumnProfile) -> float:
    """Share of rows that are null or NaN; 0 for a column without rows."""
    return (column.nulls + column.nans) / column.rows if column.rows else 0.0


def present_rows(column: ColumnProfile) -> int:
    """Rows that have a value."""
    return column.rows - column.nulls - column.nans


def _numeric(reference: ColumnProfile, current: ColumnProfile) -> Contrast:
    first, second = _bins(reference, reference), _bins(current, reference)
    distance = distances.ks_distance(first, second)
    p_value = distances.ks_p_value(
        distance, reference_rows=int(first.sum()), rows=int(second.sum())
    )
    # Ten groups keep these two steady at 1,000 rows, where 256 bins would be mostly noise.
    first, second = distances.in_deciles(first, second)
    return Contrast(
        values=Part(effect=distance, p_value=p_value),
        missing=_missing(reference, current),
        psi=distances.psi(first, second),
        jensen_shannon=distances.jensen_shannon(first, second),
        wasserstein=distances.wasserstein(reference, current),
        null_share_reference=missing_share(reference),
        null_share=missing_share(current),
        new_value_share=0.0,
    )


def _bins(column: ColumnProfile, reference: ColumnProfile) -> NDArray[np.int64]:
    """Rows per bin of the reference; zeros where nothing was counted because no row has a value."""
    if not column.counts and present_rows(column) == 0:
        return np.zeros(len(reference.edges) + 1, dtype=np.int64)
    if len(column.counts) != len(reference.edges) + 1 or column.edges not in ((), reference.edges):
        raise ValueError(
            f"{column.name} was counted in {len(column.counts)} bins at other edges than its reference, "
            f"which has {len(reference.edges) + 1}"
        )
    return np.asarray(column.counts, dtype=np.int64)


def _by_value(
    reference: ColumnProfile,
    current: ColumnProfile,
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> Contrast:
    effect = distances.total_variation(first, second)
    _, _, p_value = distances.chi_square(first, second)
    return Contrast(
        values=Part(effect=effect, p_value=p_value),
        missing=_missing(reference, current),
        psi=distances.psi(first, second),
        jensen_shannon=distances.jensen_shannon(first, second),
        wasserstein=None,
        null_share_reference=missing_share(reference),
        null_share=missing_share(current),
        new_value_share=_new_value_share(first, second, current),
    )


def _listed(
    reference: ColumnProfile, current: ColumnProfile
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Rows per value of the reference's list, and last those of all other values together."""
    rows_of = dict(zip(current.values, current.value_counts, strict=True))
    known = [rows_of.pop(value, 0) for value in reference.values]
    unlisted = sum(rows_of.values()) + current.other
    return (
        np.array([*reference.value_counts, reference.other], dtype=np.int64),
        np.array([*known, unlisted], dtype=np.int64),
    )


def _unlike(
    reference: ColumnProfile, current: ColumnProfile
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Two cells, the reference's values and the current ones, that share no row."""
    return (
        np.array([present_rows(reference), 0], dtype=np.int64),
        np.array([0, present_rows(current)], dtype=np.int64),
    )


def _new_value_share(
    first: NDArray[np.int64], second: NDArray[np.int64], current: ColumnProfile
) -> float:
    """Share of the current rows in the last cell beyond what the reference has there.

    Where the reference has rows beyond its list, its rare values cannot be told from new ones: only the
    excess counts.
    """
    if current.rows == 0 or second.sum() == 0:
        return 0.0
    known = first[-1] / first.sum() if first.sum() else 0.0
    excess = max(0.0, float(second[-1] / second.sum() - known))
    return excess * present_rows(current) / current.rows


def _missing(reference: ColumnProfile, current: ColumnProfile) -> Part:
    return Part(
        effect=abs(missing_share(current) - missing_share(reference))
        if reference.rows and current.rows
        else 0.0,
        p_value=distances.share_p_value(
            reference.nulls + reference.nans,
            current.nulls + current.nans,
            reference_rows=reference.rows,
            rows=current.rows,
        ),
    )
