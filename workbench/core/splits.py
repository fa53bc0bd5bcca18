"""Which rows a model is trained on and which are kept to test it: boolean masks over the rows."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

Masks = tuple[NDArray[np.bool_], NDArray[np.bool_]]
"""Training rows and test rows, each of shape (rows,)."""


def by_time(times: NDArray[np.datetime64], test: timedelta) -> Masks:
    """Tests on the latest rows: those less than `test` before the latest time; trains on all earlier ones.

    Args:
        times: Event time of each row, shape (rows,). A row without a time (NaT) is on neither side.
        test: How much time at the end is kept for the test.

    Raises:
        ValueError: `test` is not positive, or a side has no rows.
    """
    if test <= timedelta(0):
        raise ValueError(f"test is {test}, it must be longer than nothing")
    has_time = ~np.isnat(times)
    if not has_time.any():
        raise ValueError("no row has a time")
    is_test = has_time & (times > times[has_time].max() - np.timedelta64(test))
    return _checked(has_time & ~is_test, is_test)


def by_share(
    rows: int, share: float, *, seed: int, strata: NDArray[np.generic] | None = None
) -> Masks:
    """Tests on a random share of the rows.

    Args:
        rows: How many there are.
        share: Of the rows that are kept for the test, above 0 and below 1.
        seed: The same seed draws the same rows.
        strata: A value of each row, shape (rows,); each value then has about the share of its rows in the
            test. None: no regard to any value.

    Raises:
        ValueError: `share` or the length of `strata` is wrong, or a side has no rows.
    """
    _check_share(share)
    if strata is not None and strata.shape != (rows,):
        raise ValueError(f"strata of shape {strata.shape} do not fit {rows} rows")
    order = np.random.default_rng(seed).permutation(rows)
    if strata is not None:
        # Rows of one stratum become neighbours, in random order, so that an even comb takes its share of each.
        _, stratum_of = np.unique(strata, return_inverse=True)
        order = order[np.argsort(stratum_of[order], kind="stable")]
    steps = np.floor((np.arange(rows + 1) * share) + 0.5)
    is_test = np.zeros(rows, dtype=np.bool_)
    is_test[order] = np.diff(steps) > 0
    return _checked(~is_test, is_test)


def by_group(groups: NDArray[np.generic], share: float, *, seed: int) -> Masks:
    """Tests on whole groups, drawn at random until their rows come closest to the share.

    Args:
        groups: The group of each row, shape (rows,); which groups are drawn does not depend on the order
            of the rows.
        share: Of the rows that are kept for the test, above 0 and below 1.
        seed: The same seed draws the same groups.

    Raises:
        ValueError: `share` is wrong, or there are fewer than two groups.
    """
    _check_share(share)
    names, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if names.size < 2:
        raise ValueError(f"{names.size} group cannot lie on both sides, at least 2 are needed")
    order = np.random.default_rng(seed).permutation(names.size)
    reached = np.cumsum(sizes[order])[:-1]
    taken = int(np.argmin(np.abs(reached - share * groups.size))) + 1
    is_test = np.isin(group_of, order[:taken])
    return _checked(~is_test, is_test)


def _check_share(share: float) -> None:
    if not 0.0 < share < 1.0:
        raise ValueError(f"share is {share}, it must be above 0 and below 1")


def _checked(is_train: NDArray[np.bool_], is_test: NDArray[np.bool_]) -> Masks:
    train_rows, test_rows = int(is_train.sum()), int(is_test.sum())
    if train_rows == 0 or test_rows == 0:
        raise ValueError(
            f"{train_rows} rows to train on and {test_rows} to test on, both need some"
        )
    return is_train, is_test


def quantile_strata(values: NDArray[np.float64], *, strata: int = 10) -> NDArray[np.intp]:
    """Which tenth of all values each one lies in, shape (rows,); what has no value is a stratum of its own."""
    known = values[~np.isnan(values)]
    if not known.size:
        return np.zeros(values.size, np.intp)
    cuts = np.quantile(known, np.linspace(0.0, 1.0, strata + 1)[1:-1])
    found = np.searchsorted(cuts, values, side="right")
    return np.where(np.isnan(values), strata, found).astype(np.intp)


def folds(
    rows: int,
    count: int,
    *,
    seed: int,
    times: NDArray[np.datetime64] | None = None,
    groups: NDArray[np.generic] | None = None,
    strata: NDArray[np.generic] | None = None,
) -> tuple[Masks, ...]:
    """Divides rows `count` times into rows to train on and rows to test on.

    Args:
        rows: How many there are.
        count: Folds, at least 2.
        seed: The same seed gives the same folds.
        times: Event times: each fold tests on the span after those that it trains on.
        groups: Each group is tested in one fold and never divided.
        strata: Each value has about the same share of the rows of every fold.

    Raises:
        ValueError: There are too few rows, moments or groups.
    """
    if count < 2:
        raise ValueError(f"{count} folds are asked for, at least 2 are needed")
    if times is not None:
        return _folds_by_time(times, count)
    fold_of = _fold_of(rows, count, seed=seed, groups=groups, strata=strata)
    return tuple(_checked(fold_of != fold, fold_of == fold) for fold in range(count))


def _fold_of(
    rows: int,
    count: int,
    *,
    seed: int,
    groups: NDArray[np.generic] | None,
    strata: NDArray[np.generic] | None,
) -> NDArray[np.intp]:
    rng = np.random.default_rng(seed)
    if groups is not None:
        names, group_of, sizes = np.unique(groups, return_inverse=True, return_counts=True)
        if names.size < count:
            raise ValueError(f"{names.size} groups cannot make {count} folds")
        filled, fold_of_group = np.zeros(count), np.zeros(names.size, np.intp)
        # The largest group first, each into the fold that has the fewest rows so far.
        shuffled = rng.permutation(names.size)
        for group in shuffled[np.argsort(-sizes[shuffled], kind="stable")]:
            fold_of_group[group] = int(np.argmin(filled))
            filled[fold_of_group[group]] += sizes[group]
        found: NDArray[np.intp] = fold_of_group[group_of]
        return found
    order = rng.permutation(rows)
    if strata is not None:
        _, stratum_of = np.unique(strata, return_inverse=True)
        order = order[np.argsort(stratum_of[order], kind="stable")]
    fold_of = np.empty(rows, np.intp)
    fold_of[order] = np.arange(rows) % count
    return fold_of


def _folds_by_time(times: NDArray[np.datetime64], count: int) -> tuple[Masks, ...]:
    known = np.sort(times[~np.isnat(times)])
    cuts = np.unique(known[(np.arange(1, count + 1) * known.size) // (count + 1)])
    if cuts.size < count or cuts[0] == known[0]:
        raise ValueError(f"there are too few different moments for {count} folds")
    ends = [*cuts[1:], None]
    return tuple(
        _checked(
            times < start, (times >= start) if end is None else (times >= start) & (times < end)
        )
        for start, end in zip(cuts, ends, strict=True)
    )
