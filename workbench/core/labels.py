"""Numbers in what people type: `v3`, `r12`, `j7`."""

from __future__ import annotations

import re

PERIOD = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
"""A year, a month or a day of event time: `2013-04`."""

LONGEST_NUMBER = 18
"""Digits that a number in the catalog can have."""


def number_in(text: str, *, prefix: str) -> int | None:
    """The number that `text` is, with or without `prefix` before it; None when it is none.

    Args:
        text: What somebody typed.
        prefix: The letter of its kind: v for versions, r for runs, j for jobs.
    """
    digits = text.removeprefix(prefix)
    is_number = digits.isdecimal() and len(digits) <= LONGEST_NUMBER
    return int(digits) if is_number else None


def is_period(label: str) -> bool:
    """Whether `flights@2013-04` names rows of a year, month or day, and not a version."""
    return PERIOD.fullmatch(label.partition("@")[2]) is not None
