"""Rows that a careless conversion gets wrong, derived from real ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, RowKind, Signature

Array = NDArray[Any]
_Change = Callable[[InputColumn, Array, np.random.Generator], Array]

STRUCK = 0.3
"""Share of a row's columns that are changed."""
WHOLE = 20
"""Of so many rows of a kind, one has all its columns changed."""

_UNKNOWN_TEXTS = (
    "",
    "unknown",
    " ",
    "None",
    "nan",
    "NaN",
    "0",
    "-1",
    "é",
    "e\u0301",
    "거리",
    "'",
    '"',
    "\\",
    "\t",
    "\0",
    "a\0b",
    "x" * 5000,
)
_EXTREMES = (
    1e39,
    -1e39,
    float(np.finfo(np.float64).max),
    float(np.finfo(np.float64).min),
    float(np.finfo(np.float32).max),
    5e-324,
    -5e-324,
    0.0,
    -0.0,
    1e-35,
    -1e-35,
    2.0**24 + 1,
    2.0**53 + 1,
    -(2.0**31) - 1,
    2.0**63,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Rows to ask, and what was done to each."""

    columns: dict[str, Array]
    """Typed as by `columns.typed`, each of shape (rows,)."""
    numbers: NDArray[np.int64]
    """Where each row lies among those it was taken from, or among the derived ones; shape (rows,)."""
    kinds: NDArray[Any]
    """What was done to each row, a `RowKind`; shape (rows,)."""
    changed: dict[str, NDArray[np.bool_]]
    """Per column, in which rows it was changed; a column that never was may be left out."""

    def __len__(self) -> int:
        return len(self.numbers)

    def taken(self, which: slice | NDArray[Any]) -> Rows:
        """Some of these rows."""
        return Rows(
            columns={name: values[which] for name, values in self.columns.items()},
            numbers=self.numbers[which],
            kinds=self.kinds[which],
            changed={name: struck[which] for name, struck in self.changed.items()},
        )


def real(columns: Mapping[str, Array], numbers: NDArray[np.int64]) -> Rows:
    """Rows as they are.

    Args:
        columns: Real rows, typed by `columns.typed`.
        numbers: Where each lies in what they were taken from, shape (rows,).
    """
    return Rows(
        columns=dict(columns),
        numbers=numbers,
        kinds=np.full(len(numbers), "real", object),
        changed={},
    )


def derived(
    columns: Mapping[str, Array],
    signature: Signature,
    *,
    rng: np.random.Generator,
    rows: int = 2000,
) -> Rows:
    """Hostile rows in blocks of equal size.

    Missing values; unknown, empty and nearly right categories; infinite numbers; extreme ones; numbers
    that float32 cannot hold; all of it at once. In each row at least one column is changed; what no
    column of the model can be is left out.

    Args:
        columns: Real rows, typed by `columns.typed`; at least one row.
        signature: What the model takes.
        rng: Where chance comes from.
        rows: How many rows to derive.
    """
    drawn = rng.integers(0, len(next(iter(columns.values()))), rows)
    made = {column.name: columns[column.name][drawn].copy() for column in signature.inputs}
    changed = {name: np.zeros(rows, np.bool_) for name in made}
    kinds = np.empty(rows, object)
    fitting = {kind: [one for one in signature.inputs if _fits(kind, one)] for kind in _CHANGES}
    meant = [kind for kind, fit in fitting.items() if fit]
    for kind, block in zip(meant, np.array_split(np.arange(rows), len(meant)), strict=True):
        kinds[block] = kind
        fit, change = fitting[kind], _CHANGES[kind]
        struck = rng.random((len(block), len(fit))) < STRUCK
        struck[np.arange(len(block)), rng.integers(0, len(fit), len(block))] = True
        struck[: len(block) // WHOLE] = True
        for place, column in enumerate(fit):
            hit = block[struck[:, place]]
            values = made[column.name]
            values[hit] = change(column, values[hit], rng)
            changed[column.name][hit] = True
    return Rows(columns=made, numbers=np.arange(rows), kinds=kinds, changed=changed)


def at_values(
    columns: Mapping[str, Array],
    wanted: Mapping[str, NDArray[np.float64]],
    *,
    rng: np.random.Generator,
    most: int,
) -> Rows:
    """Real rows with one number exactly at a wanted value, or at the next number beside it.

    Args:
        columns: Real rows, typed by `columns.typed`; at least one row.
        wanted: Per number column the values to ask.
        rng: Where chance comes from.
        most: Rows at most; which of the values are asked is then left to chance.
    """
    pairs = [(name, value) for name, values in wanted.items() for value in values]
    chosen = rng.permutation(len(pairs))[:most]
    drawn = rng.integers(0, len(next(iter(columns.values()))), len(chosen))
    made = {name: values[drawn].copy() for name, values in columns.items()}
    changed = {name: np.zeros(len(chosen), np.bool_) for name in wanted}
    for row, pair in enumerate(chosen):
        name, value = pairs[pair]
        beside = (value, np.nextafter(value, np.inf), np.nextafter(value, -np.inf))
        made[name][row] = beside[row % 3]
        changed[name][row] = True
    return Rows(
        columns=made,
        numbers=np.arange(len(chosen)),
        kinds=np.full(len(chosen), "at a threshold", object),
        changed=changed,
    )


def joined(parts: list[Rows]) -> Rows:
    """Rows of several kinds in one."""
    names = {name for part in parts for name in part.changed}
    return Rows(
        columns={
            name: np.concatenate([part.columns[name] for part in parts])
            for name in parts[0].columns
        },
        numbers=np.concatenate([part.numbers for part in parts]),
        kinds=np.concatenate([part.kinds for part in parts]),
        changed={
            name: np.concatenate(
                [part.changed.get(name, np.zeros(len(part), np.bool_)) for part in parts]
            )
            for name in names
        },
    )


def _fits(kind: RowKind, column: InputColumn) -> bool:
    is_text = column.type is InputType.STRING
    return kind in {"missing", "mixed"} or is_text == (kind == "unknown category")


def _missing(column: InputColumn, values: Array, _rng: np.random.Generator) -> Array:
    return np.full_like(values, "" if column.type is InputType.STRING else np.nan)


def _unknown(column: InputColumn, values: Array, rng: np.random.Generator) -> Array:
    if column.type is not InputType.STRING:
        return values
    near = [f"{text} " for text in column.categories] + [text.lower() for text in column.categories]
    choices = np.array([*_UNKNOWN_TEXTS, *near[:200]], object)
    return rng.choice(choices, len(values))


def _infinite(_column: InputColumn, values: Array, rng: np.random.Generator) -> Array:
    return rng.choice([np.inf, -np.inf], len(values))


def _extreme(column: InputColumn, values: Array, rng: np.random.Generator) -> Array:
    if column.type is InputType.STRING:
        return values
    reach = max(abs(column.minimum or 0.0), abs(column.maximum or 0.0), 1.0)
    bounds = [column.minimum or 0.0, column.maximum or 0.0, 2 * reach, -2 * reach, 1e6 * reach]
    return rng.choice(np.array([*_EXTREMES, *bounds]), len(values))


def _beyond_float32(column: InputColumn, values: Array, rng: np.random.Generator) -> Array:
    if column.type is InputType.STRING:
        return values
    with np.errstate(over="ignore", invalid="ignore"):
        nudged = np.stack(
            [
                np.nextafter(values, np.inf),
                np.nextafter(values, -np.inf),
                values * (1 + 2.0**-40),
                values + rng.random(len(values)),
            ]
        )
    return nudged[rng.integers(0, len(nudged), len(values)), np.arange(len(values))]


def _any_of(column: InputColumn, values: Array, rng: np.random.Generator) -> Array:
    changes = (_missing, _unknown, _extreme, _beyond_float32)
    changed = np.stack([change(column, values, rng) for change in changes])
    return changed[rng.integers(0, len(changes), len(values)), np.arange(len(values))]


_CHANGES: dict[RowKind, _Change] = {
    "missing": _missing,
    "unknown category": _unknown,
    "infinite": _infinite,
    "extreme": _extreme,
    "beyond float32": _beyond_float32,
    "mixed": _any_of,
}
