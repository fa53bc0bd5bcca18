"""Values at which a model's answer jumps: found by halving, whatever the model is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import InputType, Signature

PAIRS = 300
"""Jumps that are looked for."""
STEPS = 64
"""Halvings until two numbers are neighbours, whatever they were."""

Typed = dict[str, NDArray[Any]]
Ask = Callable[[Typed], NDArray[np.float64]]


def edges(
    ask: Ask, rows: Typed, signature: Signature, *, rng: np.random.Generator
) -> dict[str, NDArray[np.float64]]:
    """Per number column, the numbers on which the model's trees part, as exactly as it can be asked.

    A real row is moved from its own value of one column towards another row's; where the answers at
    both ends differ, the span is halved until its ends are neighbours among the numbers. Of a model
    without steps these are numbers as good as any.

    Args:
        ask: Gives the model's scores.
        rows: Real rows, typed; at least one.
        signature: What the model takes.
        rng: Where chance comes from.
    """
    names = [one.name for one in signature.inputs if one.type is not InputType.STRING]
    total = len(next(iter(rows.values())))
    if not names or total < 2:
        return {}
    at, other = rng.integers(0, total, PAIRS), rng.integers(0, total, PAIRS)
    column = rng.integers(0, len(names), PAIRS)
    low, high = (
        np.array([rows[names[one]][row] for one, row in zip(column, chosen, strict=True)])
        for chosen in (at, other)
    )
    usable = np.isfinite(low) & np.isfinite(high) & (low != high)
    spans = _Spans(
        base={name: values[at][usable] for name, values in rows.items()},
        column=np.array(names, object)[column[usable]],
        low=low[usable],
        high=high[usable],
    )
    return _found(ask, spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Spans:
    """In each row one column, and the two values between which it is moved."""

    base: Typed
    column: NDArray[np.object_]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    def of(self, names: Sequence[str]) -> _Spans:
        mine = np.isin(self.column, names)
        return _Spans(
            base={name: values[mine] for name, values in self.base.items()},
            column=self.column[mine],
            low=self.low[mine],
            high=self.high[mine],
        )


def _found(ask: Ask, spans: _Spans) -> dict[str, NDArray[np.float64]]:
    """The edges of all columns but those between whose values the model has no answer."""
    if not spans.low.size:
        return {}
    names = sorted(set(spans.column.tolist()))
    try:
        return _halved(ask, spans, names)
    except ValueError:
        if len(names) == 1:
            return {}
        half = len(names) // 2
        return _found(ask, spans.of(names[:half])) | _found(ask, spans.of(names[half:]))


def _halved(ask: Ask, spans: _Spans, names: Sequence[str]) -> dict[str, NDArray[np.float64]]:
    def scores(values: NDArray[np.float64]) -> NDArray[np.float64]:
        moved = {name: one.copy() for name, one in spans.base.items()}
        for name in names:
            mine = spans.column == name
            moved[name][mine] = values[mine]
        return ask(moved).reshape(len(values), -1)

    first, last = _ordered(spans.low), _ordered(spans.high)
    at_first = scores(spans.low)
    jumps = (at_first != scores(spans.high)).any(axis=1)
    for _ in range(STEPS):
        middle = (first & last) + ((first ^ last) >> 1)  # a mean that cannot overflow
        if (middle == first).all():
            break
        same = (scores(_number(middle)) == at_first).all(axis=1)
        first, last = np.where(same, middle, first), np.where(same, last, middle)
    found: dict[str, NDArray[np.float64]] = {}
    for name in names:
        mine = jumps & (spans.column == name)
        ends = np.concatenate([_number(first[mine]), _number(last[mine])])
        if ends.size:
            found[name] = np.unique(ends)
    return found


def _ordered(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Whole numbers in the order of `values`, in which neighbours differ by one."""
    bits = (values + 0.0).view(np.int64)
    return np.where(bits < 0, np.int64(-(2**63)) - bits, bits)


def _number(ordered: NDArray[np.int64]) -> NDArray[np.float64]:
    """The numbers that `_ordered` turned into whole ones."""
    bits = np.where(ordered < 0, np.int64(-(2**63)) - ordered, ordered)
    return np.asarray(bits, np.int64).view(np.float64)
