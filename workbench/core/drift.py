"""Drift of current rows against a reference: every column measured, judged, and put in one sentence.

A column moves in two ways: in the values it has (Kolmogorov-Smirnov distance for numbers, total variation
for categories, both among the rows that have a value), and in the share of rows that have none. The one
that decides is the one with the larger effect in units of its limit; one that may be chance (p above
ALPHA) does not hide one that is not. Its effect, p and limit stand in the report.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from storage.records import (
    ColumnDrift,
    ColumnKind,
    ColumnProfile,
    Comparison,
    DriftVerdict,
    Profile,
)
from workbench.core import contrast as contrasts
from workbench.core import holm

ALPHA = 0.005
"""Holm-adjusted p up to which a movement is no chance."""
LIMIT = 0.10
"""Effect from which a column counts as drifted, unless it is calibrated or set."""
BLOCK_FACTOR = 1.25
"""A calibrated limit is this many times what neighbouring time blocks of the reference differ by."""
WARN_SHARE = 0.5
"""Share of the limit from which a column is warned of."""
LEAST_ROWS = 1000
"""Rows on both sides below which nothing is said."""

_SEVERITY = (
    DriftVerdict.INSUFFICIENT,
    DriftVerdict.STABLE,
    DriftVerdict.WARN,
    DriftVerdict.DRIFT,
)


def compare(
    reference: Profile,
    current: Profile,
    *,
    importances: Mapping[str, float] | None = None,
    limits: Mapping[str, float] | None = None,
    skip: Collection[str] = (),
) -> Comparison:
    """How far each column of `current` moved from `reference`, and what that amounts to.

    Timestamp columns are left out, for they always move. A column that `current` lacks counts as missing
    in every row; one that only `current` has is listed as `insufficient data`, with nothing to compare.

    Args:
        reference: The rows to compare with, with calibrated limits where they have a time column.
        current: Counted at the reference's edges and values; may list new values.
        importances: Share of the model's importance per column; None when no model is concerned. A column
            it does not name has none.
        limits: Effects set by the user, by column; they go before calibrated ones.
        skip: Columns that are not compared.

    Raises:
        ValueError: A numeric column was counted at other edges than its reference.
    """
    measured = []
    for column in _compared(reference, skip):
        set_limit = (limits or {}).get(column.name)
        found = current.column(column.name) or _absent(column, rows=current.rows)
        measured.append(_measured(column, found, set_limit=set_limit))
    adjusted = holm.adjusted(np.array([column.p_value for column in measured], dtype=np.float64))
    is_enough = min(reference.rows, current.rows) >= LEAST_ROWS
    judged = [
        _judged(column, p_adjusted=p, is_enough=is_enough)
        for column, p in zip(measured, adjusted.tolist(), strict=True)
    ]
    columns = [*judged, *_only_current(reference, current, skip)]
    if importances is not None:
        columns = [replace(one, importance=importances.get(one.name, 0.0)) for one in columns]
    return Comparison(
        verdict=max(
            (column.verdict for column in columns),
            key=_SEVERITY.index,
            default=DriftVerdict.INSUFFICIENT,
        ),
        rows=current.rows,
        reference_rows=reference.rows,
        columns=tuple(columns),
    )


def _compared(profile: Profile, skip: Collection[str]) -> list[ColumnProfile]:
    return [
        column
        for column in profile.columns
        if column.name not in skip and column.kind is not ColumnKind.TIMESTAMP
    ]


def _absent(column: ColumnProfile, *, rows: int) -> ColumnProfile:
    """The column as if it were null in every row, with the bins it is counted in."""
    return ColumnProfile(
        name=column.name, kind=column.kind, rows=rows, nulls=rows, edges=column.edges
    )


def _only_current(reference: Profile, current: Profile, skip: Collection[str]) -> list[ColumnDrift]:
    """The columns that the reference never had."""
    return [
        replace(
            _measured(_absent(column, rows=0), column, set_limit=None),
            verdict=DriftVerdict.INSUFFICIENT,
            null_share_reference=1.0,
        )
        for column in _compared(current, skip)
        if reference.column(column.name) is None
    ]


def _measured(
    reference: ColumnProfile, current: ColumnProfile, *, set_limit: float | None
) -> ColumnDrift:
    """The column with its effect, p and limit, not yet judged."""
    found = contrasts.contrast(reference, current)
    candidates = [
        (found.values, _limit(reference.block_effect, set_limit=set_limit)),
        (found.missing, _limit(reference.block_null_effect, set_limit=set_limit)),
    ]
    part, (limit, limit_source) = max(candidates, key=lambda one: _weight(one[0], one[1][0]))
    return ColumnDrift(
        name=reference.name,
        kind=reference.kind,
        verdict=DriftVerdict.STABLE,
        effect=part.effect,
        p_value=part.p_value,
        p_adjusted=part.p_value,
        limit=limit,
        limit_source=limit_source,
        rows=current.rows,
        psi=found.psi,
        wasserstein=found.wasserstein,
        jensen_shannon=found.jensen_shannon,
        null_share_reference=found.null_share_reference,
        null_share=found.null_share,
        new_value_share=found.new_value_share,
    )


def _weight(part: contrasts.Part, limit: float) -> tuple[bool, float]:
    """What makes one way of moving decide over the other."""
    return part.p_value <= ALPHA, part.effect / max(limit, 1e-12)


def _limit(block_effect: float | None, *, set_limit: float | None) -> tuple[float, str]:
    """The effect from which it is drift, and where that comes from.

    A calibrated limit above 1 is out of reach: values that neighbouring blocks hardly share, as those of a
    counter, always move.
    """
    if set_limit is not None:
        return set_limit, "set"
    calibrated_limit = BLOCK_FACTOR * (block_effect or 0.0)
    return (calibrated_limit, "calibrated") if calibrated_limit > LIMIT else (LIMIT, "default")


def _judged(column: ColumnDrift, *, p_adjusted: float, is_enough: bool) -> ColumnDrift:
    if not is_enough:
        verdict = DriftVerdict.INSUFFICIENT
    elif p_adjusted > ALPHA or column.effect < WARN_SHARE * column.limit:
        verdict = DriftVerdict.STABLE
    else:
        verdict = DriftVerdict.DRIFT if column.effect >= column.limit else DriftVerdict.WARN
    return replace(column, p_adjusted=p_adjusted, verdict=verdict)


def block_effects(blocks: Sequence[Profile]) -> dict[str, float]:
    """Largest effect between neighbouring time blocks, among the rows that have a value, by column.

    Args:
        blocks: In the order of time, all counted at the same edges and values. Pairs with fewer than 1,000
            rows that have a value on a side say too little and are passed over.

    Returns:
        Only the columns for which a pair was left.
    """
    return _largest(blocks, contrasts.values_effect, rows_of=contrasts.present_rows)


def block_null_effects(blocks: Sequence[Profile]) -> dict[str, float]:
    """Largest difference of the missing share between neighbouring time blocks, by column."""
    return _largest(blocks, _missing_gap, rows_of=lambda column: column.rows)


def calibrated(profile: Profile, blocks: Sequence[Profile]) -> Profile:
    """`profile` with each column's effects between neighbouring time blocks of the same rows."""
    effects, null_effects = block_effects(blocks), block_null_effects(blocks)
    columns = tuple(
        replace(
            column,
            block_effect=effects.get(column.name),
            block_null_effect=null_effects.get(column.name),
        )
        for column in profile.columns
    )
    return replace(profile, columns=columns)


def _missing_gap(earlier: ColumnProfile, later: ColumnProfile) -> float:
    return abs(contrasts.missing_share(later) - contrasts.missing_share(earlier))


def _largest(
    blocks: Sequence[Profile],
    effect: Callable[[ColumnProfile, ColumnProfile], float],
    *,
    rows_of: Callable[[ColumnProfile], int],
) -> dict[str, float]:
    largest: dict[str, float] = {}
    for earlier, later in pairwise(blocks):
        for column in _compared(earlier, ()):
            follower = later.column(column.name)
            if follower is None or min(rows_of(column), rows_of(follower)) < LEAST_ROWS:
                continue
            found = effect(column, follower)
            largest[column.name] = max(found, largest.get(column.name, 0.0))
    return largest
