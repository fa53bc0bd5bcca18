"""Numbers in what people type: `v3`, `r12`, `j7`."""

from __future__ import annotations

import re

PERIOD = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
"""A year, a month or a day of event time: `2013-04`."""

ALIAS = re.compile(r"(?!v\d+$)[a-z][a-z0-9_-]{0,39}")
"""What an alias may be called; never as a version is."""
MODEL = re.compile(r"[^\W_][\w. -]{0,99}")
"""What a model may be called that workbench.toml does not name."""

PICKLES = (".pkl", ".pickle", ".joblib")
MODEL_FILES = (".onnx", ".txt", ".skops", *PICKLES)
"""What the names of files with models end with."""

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


def is_model_file(typed: str) -> bool:
    """Whether `typed` names a file with a model, and no run."""
    return typed.lower().endswith(MODEL_FILES) or "/" in typed


def is_period(label: str) -> bool:
    """Whether `flights@2013-04` names rows of a year, month or day, and not a version."""
    return PERIOD.fullmatch(label.partition("@")[2]) is not None
