"""Does the ONNX graph answer as the trained model does: the rows to ask, and how to compare the answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputColumn, InputType, Parity, Signature

LIMIT = 1e-4
"""Largest difference of a probability; of a value in standard deviations of the target."""
WORST_ROWS = 10

Array = NDArray[Any]
_Change = Callable[[InputColumn, Array, np.random.Generator], Array]

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
    "거리",
    "'",
    '"',
    "\\",
    "\t",
)
_EXTREMES = (1e39, -1e39, 5e-324, -5e-324, 0.0, -0.0, 1e-35, -1e-35, 2.0**53 + 1, -(2.0**31) - 1)


def hostile_rows(
    columns: Mapping[str, Array],
    signature: Signature,
    *,
    rng: np.random.Generator,
    rows: int = 2000,
) -> dict[str, Array]:
    """Rows derived from real ones that a careless conversion gets wrong.

    In blocks of equal size: missing values; unknown, empty and nearly right categories; infinite
    numbers; extreme ones; numbers that float32 cannot hold; all of it at once.

    Args:
        columns: Real rows, typed by `columns.typed`; at least one row.
        signature: What the model takes.
        rng: Where chance comes from.
        rows: How many rows to derive.

    Returns:
        Columns like `columns`, each of shape (rows,).
    """
    drawn = rng.integers(0, len(next(iter(columns.values()))), rows)
    derived = {column.name: columns[column.name][drawn].copy() for column in signature.inputs}
    kinds: tuple[_Change, ...] = (_missing, _unknown, _infinite, _extreme, _beyond_float32, _any_of)
    for change, block in zip(kinds, np.array_split(np.arange(rows), len(kinds)), strict=True):
        for column in signature.inputs:
            struck = block[rng.random(len(block)) < 0.3]
            values = derived[column.name]
            values[struck] = change(column, values[struck], rng)
    return derived


def labels(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """The class code each row of `scores` stands for: shape (n,) for two classes, else (n, classes)."""
    if scores.ndim == 1:
        return np.asarray(scores > 0.5, np.int64)
    return np.asarray(scores.argmax(axis=1), np.int64)


def compare(
    native: NDArray[np.float64],
    onnx: NDArray[np.float64],
    *,
    task: str,
    hostile_from: int,
    target_std: float | None = None,
    onnx_labels: NDArray[np.int64] | None = None,
) -> Parity:
    """Holds the graph's scores against the model's, row by row.

    The values of a regression at hostile rows may lie far outside everything real; there, a
    difference counts in proportion to how far outside.

    Args:
        native: Scores of the trained model: (n,) or, for more than two classes, (n, classes).
        onnx: Scores of the graph for the same rows, of the same shape.
        task: binary, multiclass or regression.
        hostile_from: Index of the first derived row; all rows before it are real.
        target_std: Standard deviation of the target; needed for regression only.
        onnx_labels: Class codes the graph itself gave; None: those its scores stand for.

    Raises:
        ValueError: The shapes differ, there are no rows, or a regression lacks `target_std`.
    """
    if native.shape != onnx.shape or not len(native):
        raise ValueError(f"Scores of shapes {native.shape} and {onnx.shape} cannot be compared.")
    differences = _differences(native, onnx)
    if task == "regression":
        if target_std is None:
            raise ValueError("The differences of a regression are measured in target_std.")
        limit = LIMIT * (target_std or 1.0)
        differences[hostile_from:] /= _remoteness(native, hostile_from)
        flipped = np.zeros(len(native), np.bool_)
    else:
        limit = LIMIT
        differences = differences.reshape(len(native), -1).max(axis=1)
        flipped = labels(native) != (labels(onnx) if onnx_labels is None else onnx_labels)
    largest = float(differences.max())
    return Parity(
        rows=len(native),
        hostile_rows=len(native) - hostile_from,
        max_abs_diff=largest,
        p999_abs_diff=float(np.quantile(differences, 0.999, method="higher")),
        flips=int(flipped.sum()),
        limit=limit,
        passed=bool(not flipped.any() and largest <= limit),
        worst_rows=_worst(differences, flipped),
    )


def _differences(native: NDArray[np.float64], onnx: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore", over="ignore"):
        differences = np.abs(native - onnx)
    differences[(native == onnx) | (np.isnan(native) & np.isnan(onnx))] = 0.0
    # A number against NaN or infinity is as different as can be, and must survive JSON.
    differences[~np.isfinite(differences)] = np.finfo(np.float64).max
    return differences


def _remoteness(native: NDArray[np.float64], hostile_from: int) -> NDArray[np.float64]:
    """By how much each hostile value exceeds every real one; 1 or more."""
    real = np.abs(native[:hostile_from])
    usual = float(real[np.isfinite(real)].max(initial=0.0)) or 1.0
    remote = np.abs(native[hostile_from:]) / usual
    return np.where(np.isfinite(remote), np.maximum(remote, 1.0), 1.0)


def _worst(differences: NDArray[np.float64], flipped: NDArray[np.bool_]) -> tuple[int, ...]:
    order = np.lexsort((-differences, ~flipped))[:WORST_ROWS]
    return tuple(int(row) for row in order if differences[row] > 0 or flipped[row])


def _missing(column: InputColumn, values: Array, _rng: np.random.Generator) -> Array:
    return np.full_like(values, "" if column.type is InputType.STRING else np.nan)


def _unknown(column: InputColumn, values: Array, rng: np.random.Generator) -> Array:
    if column.type is not InputType.STRING:
        return values
    near = [f"{text} " for text in column.categories] + [text.lower() for text in column.categories]
    choices = np.array([*_UNKNOWN_TEXTS, *near[:200]], object)
    return rng.choice(choices, len(values))


def _infinite(column: InputColumn, values: Array, rng: np.random.Generator) -> Array:
    if column.type is InputType.STRING:
        return values
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
