"""Markdown that cannot be broken by what it shows: tables, fences and plain text, all escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u2028\u2029\ufdd0-\ufdef\ufffe\uffff]"
)
_SIGNS = re.compile(r"[\\`*\[\]|~$]|(?<!\w)_|_(?!\w)")
_HTML = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_ADDRESS = re.compile(r"(?i)\b(https?|www|ftp)(?=[:.])")
_BEGINNING = re.compile(r"^(\d+(?=[.)](?:\s|$)))?([#+\-=>.)])")
_LEAST_TICKS = 3


def plain(text: str) -> str:
    """Text that shows as it is, on one line, wherever it stands but at the start of one."""
    shown = _CONTROL.sub(_mark, text)
    shown = "".join(_HTML.get(sign, sign) for sign in _SIGNS.sub(r"\\\g<0>", shown))
    # Readers make a link of a bare address; nobody chose to have one here.
    return _ADDRESS.sub(lambda found: f"{found[0][0]}\u2060{found[0][1:]}", shown)


def paragraph(text: str) -> str:
    """Text that shows as it is, as a paragraph of its own."""
    return _begun(plain(text))


def code(text: str) -> str:
    """A line of code among words; a bar in it would end a table's cell, and is escaped."""
    line = _CONTROL.sub(_mark, text).replace("|", "\\|")
    ticks = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") or not line.strip() else ""
    return f"{ticks}{pad}{line}{pad}{ticks}"


def fence(text: str, language: str) -> str:
    """Lines of code."""
    lines = [_CONTROL.sub(_mark, line) for line in text.split("\n")]
    ticks = "`" * max(_LEAST_TICKS, _longest_run(text) + 1)
    return "\n".join([f"{ticks}{language}", *lines, ticks])


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table; a heading that begins with > stands over numbers. Cells are Markdown. Empty without rows."""
    if not rows:
        return ""
    sides = ["---:" if head.startswith(">") else "---" for head in heads]
    lines = [[head.removeprefix(">") for head in heads], sides, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def items(lines: Sequence[str]) -> str:
    """A list of lines, which are Markdown."""
    return "\n".join(f"- {_begun(line)}" for line in lines)


def section(title: str, *parts: str) -> str:
    """A section under its title; empty where every part is."""
    shown = [part for part in parts if part]
    return "\n\n".join([f"## {title}", *shown]) if shown else ""


def _begun(text: str) -> str:
    """Text that stands at the start of a line, and is no heading, list or quotation there."""
    return _BEGINNING.sub(r"\1\\\2", text.lstrip())


def _mark(found: re.Match[str]) -> str:
    return " " if found[0] in "\n\t\r" else "\ufffd"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
