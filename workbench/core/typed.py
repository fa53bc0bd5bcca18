"""What somebody typed, as values: `learning_rate=.1 boosting=dart`."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from workbench.errors import UsageError

if TYPE_CHECKING:
    from storage.records import Scalar

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "none": None}


def scalar(text: str) -> Scalar:
    """A value; what reads as a number, true, false or none is one."""
    text = text.strip()
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def pairs(text: str) -> dict[str, str]:
    """Names and values of `name=value name='two words'`.

    Raises:
        UsageError: A word has another form.
    """
    try:
        found = shlex.split(text)
    except ValueError:
        raise UsageError(f"A quote in {text} is not closed.", "Write name='two words'.") from None
    named: dict[str, str] = {}
    for word in found:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(
                f"'{word}' has no form name=value.", "Write name=value, with spaces between them."
            )
        named[name] = value
    return named


def written(named: dict[str, str]) -> str:
    """Names and values as `pairs` reads them."""
    return " ".join(shlex.quote(f"{name}={value}") for name, value in sorted(named.items()))


def whole(text: str, *, called: str) -> int | None:
    """A number from 1 on; None where nothing was typed.

    Raises:
        UsageError: It is none.
    """
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or int(text) < 1:
        raise UsageError(f"{called}: '{text}' is no number from 1 on.", "Write one such as 20.")
    return int(text)
