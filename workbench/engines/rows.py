"""Rows of features with their target, and the hashes by which two sets of rows are compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pandas.util import hash_array

from storage.records import InputType
from workbench.core.columns import Columns, kind_of, missing, numbers, texts

_HASH_KEY = "workbench-rows-1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Features and target of the same rows, as the store gives them."""

    features: dict[str, NDArray[Any]]
    """Columns by name, each of shape (n,); masked arrays where values are missing."""
    target: NDArray[Any]
    """Shape (n,)."""
    moments: frozenset[str] = frozenset()
    """Columns of moments that were asked for as features; all others are left out."""


def row_hashes(features: Columns) -> NDArray[np.uint64]:
    """Sorted 64-bit hashes of the rows of `features`, shape (n,); see `hashes_in_order`."""
    return np.sort(hashes_in_order(features))


def hashes_in_order(features: Columns) -> NDArray[np.uint64]:
    """A 64-bit hash of each row of `features`, the same in every process.

    The order of columns does not matter. A number hashes alike as integer and as float, and all missing
    values of a column hash alike.

    Args:
        features: Columns of shape (n,), at least one.

    Returns:
        Shape (n,), in the order of the rows.
    """
    names = sorted(features)
    total = np.zeros(len(features[names[0]]), np.uint64)
    for name in names:
        # The same value in another column is another value.
        salt = np.asarray(hash_array(np.array([name], object), hash_key=_HASH_KEY), np.uint64)
        total += _mixed(_column_hashes(features[name]) + _mixed(salt))
    return _mixed(total)


def _column_hashes(values: NDArray[Any]) -> NDArray[np.uint64]:
    kind = kind_of(values)
    if kind is InputType.STRING:
        return np.asarray(hash_array(texts(values), hash_key=_HASH_KEY), np.uint64)
    if kind is not None:
        # Adding zero turns -0.0 into 0.0; a NaN may have many bit patterns and is given one.
        plain = numbers(values) + 0.0
        plain[np.isnan(plain)] = np.nan
        return plain.view(np.uint64)
    if values.dtype.kind in "mM":
        stamps = np.ma.getdata(values).astype(f"{values.dtype.kind}8[us]")
        stamps[missing(values)] = np.array("NaT", stamps.dtype)
        return stamps.view(np.uint64)
    shown = np.array([str(value) for value in values.tolist()], object)
    return np.asarray(hash_array(shown, hash_key=_HASH_KEY), np.uint64)


def _mixed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finalizer of SplitMix64: each input bit moves each output bit with a chance of a half."""
    mixed = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))
