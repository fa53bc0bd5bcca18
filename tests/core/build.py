"""Profiles of small columns held in memory, counted as the store counts them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.records import ColumnProfile, Profile
from workbench.core import profile as profiles

Values = NDArray[np.float64] | Sequence[str | None]


def profile_of(
    columns: Mapping[str, Values], *, reference: Profile | None = None, bins: int = 256
) -> Profile:
    """The profile of columns, counted at the reference's edges and values when there is one."""
    made = [
        _column(name, values, reference.column(name) if reference else None, bins=bins)
        for name, values in columns.items()
    ]
    return Profile(rows=max((column.rows for column in made), default=0), columns=tuple(made))


def _column(
    name: str, values: Values, reference: ColumnProfile | None, *, bins: int
) -> ColumnProfile:
    if isinstance(values, np.ndarray):
        edges = np.array(reference.edges) if reference else profiles.edges_of(values, bins=bins)
        return profiles.numeric(name, values, edges)
    return profiles.categorical(name, values, known=reference.values if reference else ())
