"""Markup that cannot be broken by what it shows: plain text is escaped, markup is kept."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from functools import lru_cache

# Control characters, lone surrogates, non-characters and switches of the writing direction: XML
# forbids the first three, UTF-8 the second, and the last would reorder what stands around them.
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]"
)


class Markup(str):
    """Text that is markup already and stands in the page as it is."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """`text` as markup: what would be read as a tag is shown; what cannot be written is marked."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(_UNWRITABLE.sub("\ufffd", text), quote=True))


def tag(name: str, /, *children: str, **attributes: str | float | None) -> Markup:
    """An element.

    Args:
        name: Its name.
        children: What it holds: markup is kept, any other text is escaped.
        attributes: Underscores stand for hyphens, one at the end is dropped (`class_`, `data_sort`);
            None leaves the attribute out.
    """
    written = "".join(
        f' {_attribute(key)}="{_value(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = join(children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else _childless(name, written))


def join(parts: Iterable[str], between: str = "") -> Markup:
    """`parts` one after the other; markup is kept, any other text is escaped."""
    return Markup(escape(between).join(escape(part) for part in parts))


_TIED = re.compile(
    r"(`[^`]+`)"
    r"|([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?|[0-9]{1,3}(?: [0-9]{3})+|[0-9.]+ %|p [<=] [0-9.]+|[✓✕‖!…] \w+)"
)


def prose(text: str) -> Markup:
    """Plain text for people: commands between backticks stand out, dates and numbers stay on a line."""
    parts: list[str] = []
    end = 0
    for found in _TIED.finditer(text):
        command, tied = found.groups()
        parts.append(text[end : found.start()])
        parts.append(tag("code", command[1:-1]) if command else tag("span", tied, class_="tied"))
        end = found.end()
    return join([*parts, text[end:]])


_VOID = frozenset({"meta", "br", "path", "line", "circle", "rect", "col"})


def _childless(name: str, written: str) -> str:
    return f"<{name}{written}/>" if name in _VOID else f"<{name}{written}></{name}>"


@lru_cache(maxsize=256)
def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _value(value: str | float) -> str:
    """An attribute's value; numbers with at most two decimals, for they are places on a drawing."""
    if isinstance(value, str):
        return escape(value).replace("\n", "&#10;")
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
