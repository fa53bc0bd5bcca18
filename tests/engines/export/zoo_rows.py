"""Rows for the zoo: what each estimator can be fitted on, with a target that follows from them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from storage.records import Signature
from workbench.core import signature
from workbench.core.columns import typed

ROWS = 160
Columns = dict[str, NDArray]


def numbers(n: int = ROWS, *, seed: int = 0) -> Columns:
    """Numbers of several spreads, whole ones and yes or no among them."""
    rng = np.random.default_rng(seed)
    first = rng.normal(size=n)
    return {
        "x": first,
        "거리(km)": 3 * rng.normal(size=n) + first + 20,
        "skewed": rng.lognormal(size=n),
        "stops": rng.integers(0, 6, n),
        "late": rng.random(n) < 0.3,
    }


def holes(n: int = ROWS, *, seed: int = 0) -> Columns:
    """Numbers some of which are missing."""
    rng = np.random.default_rng(seed + 1)
    columns = {name: values.astype(float) for name, values in numbers(n, seed=seed).items()}
    for name in ("x", "skewed", "stops"):
        columns[name][rng.random(n) < 0.15] = np.nan
    return columns


def counts(n: int = ROWS, *, seed: int = 0) -> Columns:
    """Numbers that are never negative, many of them zero."""
    rng = np.random.default_rng(seed)
    return {f"word {at}": rng.poisson(0.5 + at, n).astype(float) for at in range(5)}


def codes(n: int = ROWS, *, seed: int = 0) -> Columns:
    """Whole numbers that name categories."""
    rng = np.random.default_rng(seed)
    return {f"code {at}": rng.integers(0, 2 + at, n) for at in range(4)}


def shares(n: int = ROWS, *, seed: int = 0) -> Columns:
    """Numbers between 0 and 1."""
    rng = np.random.default_rng(seed)
    return {f"share {at}": rng.random(n) for at in range(4)}


def texts(n: int = ROWS, *, seed: int = 0) -> Columns:
    """Texts only, some of them missing and some rare."""
    rng = np.random.default_rng(seed)
    places = np.minimum(rng.geometric(0.3, n), 8)
    return {
        "carrier: code": np.array([None] + [f"k{at}" for at in range(8)], object)[places],
        "origin": np.array(["EWR", "JFK", "부산"], object)[rng.integers(0, 3, n)],
    }


def mixed(n: int = ROWS, *, seed: int = 0) -> Columns:
    """Texts, whole numbers, numbers with holes, and yes or no."""
    rng = np.random.default_rng(seed + 2)
    few = np.where(rng.random(n) < 0.2, np.nan, rng.integers(0, 4, n) / 2)
    return {
        **texts(n, seed=seed),
        "few": few,
        "stops": rng.integers(0, 5, n),
        "late": rng.random(n) < 0.4,
    }


def one(n: int = ROWS, *, seed: int = 0) -> Columns:
    """A single column of numbers."""
    return {"x": np.random.default_rng(seed).normal(size=n)}


def kernel(n: int = 24, *, seed: int = 0) -> Columns:
    """How alike each two of a few rows are."""
    points = np.random.default_rng(seed).normal(size=(n, 3))
    return {f"row {at}": values for at, values in enumerate(points @ points.T)}


KINDS = {
    made.__name__: made
    for made in (numbers, holes, counts, codes, shares, texts, mixed, one, kernel)
}


def signal(columns: Columns, *, seed: int = 0) -> NDArray[np.float64]:
    """A number that follows from the columns, with noise."""
    rng = np.random.default_rng(seed + 3)
    total = np.zeros(len(next(iter(columns.values()))))
    for values in columns.values():
        found = values
        if values.dtype.kind == "O":
            found = np.unique(values.astype(str), return_inverse=True)[1]
        found = np.nan_to_num(found.astype(float))
        total += (found - found.mean()) / (found.std() or 1.0)
    return total + rng.normal(size=len(total)) / 2


def target(task: str, columns: Columns, *, seed: int = 0) -> NDArray:
    """Class codes, or positive values, that follow from the columns."""
    found = signal(columns, seed=seed)
    if task == "regression":
        return np.abs(found) + 0.1
    cuts = [0.5] if task == "binary" else [1 / 3, 2 / 3]
    return np.digitize(found, np.quantile(found, cuts))


def typed_rows(task: str, columns: Columns) -> tuple[Signature, Columns]:
    """The signature of a model of `columns`, and the columns as a model takes them."""
    classes = {"binary": ("no", "yes"), "multiclass": ("a", "b", "c")}.get(task, ())
    found = signature.infer(columns, task=task, classes=classes)
    return found, typed(found, columns)
