"""What a key may hold: one function a kind, from a TOML value to a typed one.

Each takes the value as TOML gave it and raises NotAllowed, which says what is allowed, when it does not fit.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import PurePosixPath, PureWindowsPath
from typing import TypeVar

from storage.records import Scalar
from workbench.config import units

T = TypeVar("T")
S = TypeVar("S", bound=str)

Kind = Callable[[object], T]

_LARGEST = sys.float_info.max


class NotAllowed(ValueError):
    """A value that its key may not hold; the message says what it may."""


def text(value: object) -> str:
    """One line of text, not empty."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise NotAllowed("allowed is one line of text")
    return value


def paragraphs(value: object) -> str:
    """Text of one line or several, not empty."""
    if not isinstance(value, str) or not "".join(value.split()):
        raise NotAllowed("allowed is text")
    if not all(line.isprintable() for line in value.split("\n")):
        raise NotAllowed("allowed is text without control characters")
    return value.strip()


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise NotAllowed("allowed are true, false")
    return value


def scalar(value: object) -> Scalar:
    """Text, a number, true or false."""
    if not isinstance(value, str | int | float):
        raise NotAllowed("allowed are text, a number, true and false")
    return value


def duration(value: object) -> timedelta:
    """A span of time such as `24h`."""
    if not isinstance(value, str):
        raise NotAllowed(f"allowed is {units.DURATIONS}, in quotes")
    return _converted(units.duration, value)


def positive_duration(value: object) -> timedelta:
    """A span of time that is not zero."""
    span = duration(value)
    if not span:
        raise NotAllowed("allowed is more than zero")
    return span


def size(value: object) -> int:
    """A number of bytes such as `32MB`, at least 1 KB."""
    if not isinstance(value, str):
        raise NotAllowed(f"allowed is {units.SIZES}, in quotes")
    size_bytes = _converted(units.size, value)
    if size_bytes < 1024:
        raise NotAllowed("allowed is at least 1KB")
    return size_bytes


def span_or_share(value: object) -> timedelta | float:
    """A span of time such as `30d`, or a share between 0 and 1."""
    if isinstance(value, str):
        return positive_duration(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1:
        raise NotAllowed('allowed is a duration such as "30d", or a share between 0 and 1')
    return float(value)


def files(value: object) -> str:
    """A pattern of files below the project's folder."""
    pattern = text(value)
    parts = (PurePosixPath(pattern), PureWindowsPath(pattern))
    if any(path.is_absolute() or path.drive or ".." in path.parts for path in parts):
        raise NotAllowed("allowed is a pattern below the project's folder, such as inbox/flights/*")
    return pattern


def member(value: object) -> str:
    """A value of a column as text; numbers and flags are written as the store writes them."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(whole()(value))
    if isinstance(value, float):
        return repr(number()(value))
    if not isinstance(value, str):
        raise NotAllowed("allowed are text, numbers, true and false")
    return value


def import_path(value: object) -> str:
    """The import path of an estimator, or a function in a module of the project."""
    path = text(value)
    module, colon, function = path.partition(":")
    names = [*module.split("."), function] if colon else module.split(".")
    if len(names) < 2 or not all(name.isidentifier() for name in names):
        raise NotAllowed(
            "allowed is an import path such as lightgbm.LGBMClassifier, or recipes:make_pipeline"
        )
    return path


def window_pair(value: object) -> tuple[int, int]:
    """`[k, n]`: k of the last n windows."""
    one = whole(1, 100)
    if not isinstance(value, list) or len(value) != 2:
        raise NotAllowed("allowed is [k, n]: k of the last n windows")
    needed, last = one(value[0]), one(value[1])
    if needed > last:
        raise NotAllowed(
            f"{needed} of the last {last} windows cannot be; allowed is [k, n], k <= n"
        )
    return needed, last


def whole(minimum: int = -(2**53), maximum: int = 2**53) -> Kind[int]:
    """A whole number from `minimum` to `maximum`, both inclusive."""

    def kind(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= maximum:
            raise NotAllowed(f"allowed is a whole number{_bounds(minimum, maximum)}")
        return value

    return kind


def number(minimum: float = -_LARGEST, maximum: float = _LARGEST) -> Kind[float]:
    """A finite number from `minimum` to `maximum`, both inclusive."""

    def kind(value: object) -> float:
        is_flag = isinstance(value, bool)
        if isinstance(value, int | float) and not is_flag and minimum <= value <= maximum:
            return float(value)
        raise NotAllowed(f"allowed is a number{_bounds(minimum, maximum)}")

    return kind


def choice(*allowed: S) -> Kind[S]:
    """One of the texts `allowed`."""

    def kind(value: object) -> S:
        for one in allowed:
            if value == one:
                return one
        raise NotAllowed(f"allowed are {', '.join(allowed)}{nearest(value, allowed)}")

    return kind


def several(one: Kind[T]) -> Kind[tuple[T, ...]]:
    """An array of different values of the kind `one`, not empty."""

    def kind(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not value:
            raise NotAllowed("allowed is an array in brackets, with at least one value")
        members = tuple(one(element) for element in value)
        if len(set(members)) < len(members):
            raise NotAllowed("each value may stand here once")
        return members

    return kind


def nearest(value: object, known: Iterable[str]) -> str:
    """`; did you mean "append"?` where one of `known` is near to `value`, else nothing."""
    near = difflib.get_close_matches(str(value)[:100], list(known), n=1)
    return f'; did you mean "{near[0]}"?' if near else ""


def _converted(convert: Callable[[str], T], value: str) -> T:
    try:
        return convert(value)
    except ValueError as error:
        raise NotAllowed(str(error)) from error


def _bounds(minimum: float, maximum: float) -> str:
    if maximum < 2**53:
        return f" from {minimum} to {maximum}"
    return "" if minimum <= -(2**53) else f", {minimum} or more"
