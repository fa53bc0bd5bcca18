"""Columns of texts as codes of their distinct values, so that each text is looked at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from workbench.core.columns import Columns, kind_of, missing


@dataclass(frozen=True, slots=True, kw_only=True)
class Coded:
    """A column of texts."""

    distinct: NDArray[np.object_]
    """Its values, each once, in the order of their first row."""
    codes: NDArray[np.intp]
    """The place of each row's value among them, -1 where it is missing; shape (rows,)."""

    @property
    def in_short(self) -> NDArray[np.object_]:
        """A column that holds the same values, each once, and a missing one if there is any."""
        absent = [None] if (self.codes < 0).any() else []
        return np.array([*self.distinct, *absent], object)

    def texts(self) -> NDArray[np.object_]:
        """The column as models take it: "" where a text is missing."""
        return np.append(self.distinct, [""]).astype(object)[self.codes]

    def numbers(self, categories: tuple[str, ...]) -> NDArray[np.float64]:
        """The place of each row's text among `categories`; NaN for a missing or another one."""
        places = {text: float(place) for place, text in enumerate(categories)}
        found = [places.get(text, np.nan) for text in self.distinct.tolist()]
        return np.array([*found, np.nan])[self.codes]


def coded(values: NDArray[Any]) -> Coded | None:
    """A column of texts by its distinct values; None for any other kind of column."""
    plain = np.ma.getdata(values)
    if plain.dtype.kind != "O":
        return None
    try:
        codes, distinct = pd.factorize(plain)
    except TypeError:  # lists and arrays have no hash
        return None
    codes = np.asarray(codes, np.intp)
    codes[np.ma.getmaskarray(values)] = -1
    # The empty text is no value either; what only masked rows hold is none of the column's.
    is_value = ~missing(distinct) & (np.bincount(codes[codes >= 0], minlength=len(distinct)) > 0)
    kept = np.flatnonzero(is_value)
    places = np.full(len(distinct) + 1, -1, np.intp)
    places[kept] = np.arange(len(kept))
    values_once = np.asarray(distinct[kept], object)
    if kind_of(values_once) is None:
        return None
    return Coded(distinct=values_once, codes=places[codes])


def coded_columns(columns: Columns) -> dict[str, Coded]:
    """Those of `columns` that hold texts, by name."""
    found = {name: coded(values) for name, values in columns.items()}
    return {name: one for name, one in found.items() if one is not None}
