"""The words of the filter language: a text cut into tokens, and refusals that point into it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workbench.core.sql_tokens import place, pointing
from workbench.errors import UsageError

LONGEST = 20_000
"""Characters of a condition."""
_ADVICE = "Write conditions such as: metrics.auc > 0.7 and state = 'finished'"
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*")
    |(?P<sign>==|!=|<>|<=|>=|[=<>:(),])
    |(?P<minus>-(?=[^\s\d.]))
    |(?P<word>[^\s'"=<>:!(),]+)""",
    re.VERBOSE,
)
_FORBIDDEN = re.compile(r"[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of a condition."""

    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The word it is, for comparing with the words of the language; empty for others."""
        return self.text.lower() if self.kind in {"word", "sign", "minus"} else ""


def tokens(text: str) -> Iterator[Token]:
    """The pieces of a condition, without the space between them.

    Raises:
        UsageError: It is too long, or something in it is no piece; the error points at the place.
    """
    if len(text) > LONGEST:
        raise UsageError(f"The condition has {len(text)} characters, {LONGEST} at most.", _ADVICE)
    forbidden = _FORBIDDEN.search(text)
    if forbidden is not None:
        raise pointed("A character is none that a text can have", text, forbidden.start())
    position = 0
    while position < len(text):
        found = _TOKEN.match(text, position)
        if found is None:
            sign = text[position]
            what = "A quote is not closed" if sign in "'\"" else f"'{sign}' is not expected"
            raise pointed(what, text, position)
        if found.lastgroup != "space":
            yield Token(kind=found.lastgroup or "", text=found[0], start=position)
        position = found.end()


def pointed(problem: str, text: str, position: int, remedy: str = "") -> UsageError:
    """What is wrong, and where."""
    return UsageError(
        f"{problem} ({place(text, position)}).", f"{pointing(text, position)}\n{remedy or _ADVICE}"
    )


def unquoted(text: str) -> str:
    """A word as it is, a quoted one without its quotes."""
    quote = text[:1]
    return text[1:-1].replace(quote * 2, quote) if quote in {"'", '"'} and len(text) > 1 else text
