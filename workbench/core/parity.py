"""Does the ONNX graph answer as the trained model does: both answers held against each other."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from storage.records import Parity, WorstRow
from workbench.core.hostile import Rows

LIMIT = 1e-4
"""Largest difference of a probability; of a value in standard deviations of the target."""
WORST_ROWS = 10
MOST_VALUES = 200
"""Values of a row that are kept: of wider rows, the changed ones and the first."""


def labels(scores: NDArray[np.float64]) -> NDArray[np.int64]:
    """The class code each row of `scores` stands for: shape (n,) for two classes, else (n, classes)."""
    if scores.ndim == 1:
        return np.asarray(scores > 0.5, np.int64)
    return np.asarray(scores.argmax(axis=1), np.int64)


def compare(  # noqa: PLR0913 - both answers and what they answer, each by its name
    native: NDArray[np.float64],
    onnx: NDArray[np.float64],
    *,
    task: str,
    hostile_from: int,
    target_std: float | None = None,
    onnx_labels: NDArray[np.int64] | None = None,
    asked: Rows | None = None,
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
        asked: The rows, so that the worst ones are kept; None: they are not.

    Raises:
        ValueError: The shapes differ, there are no rows, or a regression lacks `target_std`.
    """
    if native.shape != onnx.shape or not len(native):
        raise ValueError(f"Scores of shapes {native.shape} and {onnx.shape} cannot be compared.")
    differences = differing(native, onnx)
    if task == "regression":
        if target_std is None:
            raise ValueError("The differences of a regression are measured in target_std.")
        limit = LIMIT * (target_std or 1.0)
        differences[hostile_from:] /= _remoteness(native, hostile_from)
        flipped = np.zeros(len(native), np.bool_)
    else:
        limit = LIMIT
        flipped = labels(native) != (labels(onnx) if onnx_labels is None else onnx_labels)
    largest = float(differences.max())
    worst = [] if asked is None else _worst(differences, flipped)
    return Parity(
        rows=len(native),
        hostile_rows=len(native) - hostile_from,
        max_abs_diff=largest,
        p999_abs_diff=float(np.quantile(differences, 0.999, method="higher")),
        flips=int(flipped.sum()),
        limit=limit,
        passed=bool(not flipped.any() and largest <= limit),
        kinds={} if asked is None else dict(Counter(asked.kinds.tolist())),
        worst=tuple(
            _told(asked, row, native[row], onnx[row], float(differences[row]), bool(flipped[row]))
            for row in worst
            if asked is not None
        ),
    )


def unanswered(
    reason: str, *, limit: float, against: Literal["model", "itself"] = "model"
) -> Parity:
    """The failed proof of a model that could not be asked.

    Args:
        reason: Why, in one sentence.
        limit: The limit of the proof at registration.
        against: What it was to be held against.
    """
    return Parity(
        rows=0,
        hostile_rows=0,
        max_abs_diff=0.0,
        p999_abs_diff=0.0,
        flips=0,
        limit=limit,
        passed=False,
        against=against,
        reason=reason,
    )


def differing(native: NDArray[np.float64], onnx: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest absolute difference of each row's scores, shape (n,); finite and 0 or more."""
    with np.errstate(invalid="ignore", over="ignore"):
        differences = np.abs(native - onnx)
    differences[(native == onnx) | (np.isnan(native) & np.isnan(onnx))] = 0.0
    # A number against NaN or infinity is as different as can be, and must survive JSON.
    differences[~np.isfinite(differences)] = np.finfo(np.float64).max
    return np.asarray(differences.reshape(len(native), -1).max(axis=1), np.float64)


def _remoteness(native: NDArray[np.float64], hostile_from: int) -> NDArray[np.float64]:
    """By how much each hostile value exceeds every real one; 1 or more."""
    real = np.abs(native[:hostile_from])
    usual = float(real[np.isfinite(real)].max(initial=0.0)) or 1.0
    remote = np.abs(native[hostile_from:]) / usual
    return np.where(np.isfinite(remote), np.maximum(remote, 1.0), 1.0)


def _worst(differences: NDArray[np.float64], flipped: NDArray[np.bool_]) -> list[int]:
    order = np.lexsort((-differences, ~flipped))[:WORST_ROWS]
    return [int(row) for row in order if differences[row] > 0 or flipped[row]]


def _told(
    asked: Rows,
    row: int,
    native: NDArray[np.float64],
    onnx: NDArray[np.float64],
    difference: float,
    flipped: bool,  # noqa: FBT001 - a figure of the row
) -> WorstRow:
    changed = tuple(
        name for name in asked.columns if name in asked.changed and asked.changed[name][row]
    )
    order = dict.fromkeys([*changed, *asked.columns])
    return WorstRow(
        row=int(asked.numbers[row]),
        kind=asked.kinds[row],
        changed=changed,
        values={name: _text(asked.columns[name][row]) for name in list(order)[:MOST_VALUES]},
        native=_finite(native),
        onnx=_finite(onnx),
        difference=difference,
        flipped=flipped,
    )


def _text(value: object) -> str:
    """A value as text that gives the very same value again; empty where it is missing."""
    if isinstance(value, str):
        return value
    number = float(value)  # type: ignore[arg-type]
    return "" if math.isnan(number) else repr(number)


def _finite(scores: NDArray[np.float64]) -> tuple[float | None, ...]:
    return tuple(float(score) if np.isfinite(score) else None for score in np.atleast_1d(scores))


def changed_packages(
    before: Mapping[str, str], after: Mapping[str, str]
) -> dict[str, tuple[str, str]]:
    """Packages whose version differs between two proofs; empty where one of them had none."""
    return {
        name: (before.get(name, ""), after.get(name, ""))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    }
