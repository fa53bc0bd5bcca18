"""What people log, as the store keeps it: numbers, steps, params and tags of whatever library."""

from __future__ import annotations

import json
import math
import operator
from collections.abc import Iterator, Mapping
from typing import Any

from storage.records import Scalar
from workbench.errors import UsageError

LARGEST = 2**63 - 1
"""The largest whole number the store takes."""


def number(key: str, value: Any) -> float:
    """A value of a metric; whatever turns into a float does, an array of one number too.

    Raises:
        UsageError: It is no number.
    """
    try:
        if not isinstance(value, str | bytes):
            return float(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise UsageError(
        f"The metric {key} is no number: {_shown(value)}.",
        "Log numbers; NaN and infinity are fine.",
    )


def step(value: Any) -> int:
    """A step: a whole number.

    Raises:
        UsageError: It is none, or too large.
    """
    try:
        whole = operator.index(int(value) if value == math.floor(value) else value)
    except (TypeError, ValueError, OverflowError):
        whole = LARGEST + 1
    if not -LARGEST <= whole <= LARGEST:
        raise UsageError(f"{_shown(value)} is no step.", "Write a whole number: step=3.")
    return whole


def name(noun: str, value: Any) -> str:
    """The name of a metric, param or tag: any text but the empty one.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        if isinstance(value, str) and value and value.encode() and "\0" not in value:
            return value
    except UnicodeEncodeError:
        pass
    raise UsageError(f"No {noun} can be called {_shown(value)}.", "Write a text.")


def params(given: Mapping[str, Any]) -> dict[str, Scalar]:
    """Params as flat values; `{"model": {"depth": 3}}` becomes `model.depth`."""
    return dict(_flat("", given))


def tags(given: Mapping[str, Any]) -> dict[str, str | None]:
    """Tags as texts; None stays, and takes a tag away."""
    return {
        name("tag", key): None if value is None else text(value) for key, value in given.items()
    }


def text(value: Any) -> str:
    """Anything as a text that can be written."""
    return str(value).encode(errors="replace").decode().replace("\0", "\ufffd")


def _flat(before: str, given: Mapping[str, Any]) -> Iterator[tuple[str, Scalar]]:
    for key, value in given.items():
        called = name("param", f"{before}{key}")
        if isinstance(value, Mapping) and value:
            yield from _flat(f"{called}.", value)
        else:
            yield called, _scalar(value)


def _scalar(value: Any) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    for kind in (int, float):  # of NumPy too, some of whose numbers are kinds of these
        if isinstance(value, kind):
            return kind(value)
    if callable(getattr(value, "item", None)) and getattr(value, "ndim", None) == 0:
        return _scalar(value.item())  # a NumPy scalar, or a tensor of one number
    if isinstance(value, list | tuple | Mapping):
        return text(json.dumps(value, default=str, ensure_ascii=False))
    return text(value)


def _shown(value: Any) -> str:
    shown = repr(value)
    return text(shown if len(shown) <= 60 else f"{shown[:60]}…")
