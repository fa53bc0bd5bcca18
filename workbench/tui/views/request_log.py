"""The request log: a line a request, and all that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from storage.records.comparing import as_text
from workbench.core import words
from workbench.tui.request_log import LogSeen, RequestLine
from workbench.tui.views.parts import Lines, dim, facts, heading
from workbench.tui.views.serving_words import milliseconds
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

COLUMNS = (
    Column(label="time"),
    Column(label="version"),
    Column(label="status"),
    Column(label="took", align="right", drop=1),
    Column(label="rows", align="right", drop=4),
    Column(label="key", drop=5, most=14),
    Column(label="said", stretches=True, least=24),
)
PLACEHOLDER = "status>=400  version:v8  ms>5  late  -role:shadow"


def rows(found: Sequence[RequestLine], now: datetime) -> list[Row]:
    """A row a request, newest first."""
    return [
        Row(
            key=one.key,
            cells=(
                dim(words.clock(one.at, now)),
                _version(one),
                _status(one),
                milliseconds(one.latency_ms),
                words.count(one.rows) if one.rows else "",
                dim(one.caller),
                said(one),
            ),
        )
        for one in found
    ]


def said(one: RequestLine) -> Content:
    """What was answered for the first row, or why nothing was."""
    if one.is_refused:
        return Content.styled(one.error or "refused", "$error")
    if one.score is None:
        return dim("not kept")
    if not one.label:
        return Content(words.number(one.score))
    more = f"  +{words.count(one.rows - 1)}" if one.rows > 1 else ""
    return Content.assemble(one.label, dim(f" p={words.short(one.probability)}{more}"))


def title(seen: LogSeen | None, *, is_following: bool, query: str) -> Content:
    """What stands over the log."""
    asked = query.strip()
    held = Content("") if is_following else Content.styled("  held, f follows", "$warning")
    match = ""
    if asked and seen is not None:
        match = f"  {len(seen.lines)} of the newest {words.count(seen.looked_through)}"
    return Content.assemble("Requests", f"  / {asked}" if asked else "", dim(match), held)


def nothing(query: str, *, is_running: bool) -> tuple[str, ...]:
    """What stands in place of requests while there are none."""
    if query.strip():
        return ("No request matches.",)
    if not is_running:
        return ("Nobody is answered: the endpoint is off.", "E starts it.")
    return ("No request yet. t tries a row.",)


def told(one: RequestLine, width: int) -> Lines:
    """All that is known of a request."""
    pairs: list[tuple[str, Content | str]] = [
        ("at", words.moment(one.at)),
        ("answered by", f"{one.model}@v{one.version}" if one.version is not None else "nobody"),
        ("role", one.role),
        ("status", str(one.status)),
        ("took", milliseconds(one.latency_ms)),
        ("rows", words.count(one.rows)),
        ("API key", one.caller or "none"),
        ("said", said(one)),
    ]
    lines = [part for line in facts(pairs) for part in wrapped(line, width)]
    if one.inputs:
        title = "First row" if one.rows > 1 else "Row"
        lines += [Content(""), heading(title)]
        lines += facts([(name, as_text(value)) for name, value in one.inputs.items()])
    return lines


def _version(one: RequestLine) -> Content | str:
    if one.version is None:
        return dim(words.NOTHING)
    return dim(f"v{one.version} shadow") if one.role == "shadow" else f"v{one.version}"


def _status(one: RequestLine) -> Content:
    if not one.is_refused:
        return dim(f"· {one.status}")
    failed = one.status >= 500
    return Content.styled(
        f"{'✕' if failed else '▲'} {one.status}", "$error" if failed else "$warning"
    )
