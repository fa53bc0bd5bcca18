"""What the Inbox & drift screen says of files: those that wait, those that came, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from textual.content import Content

from storage.records import Arrival, ArrivalState, BadLine, InboxStatus
from workbench.core import words
from workbench.tui import filters
from workbench.tui.format import fit
from workbench.tui.theme import BAD, CAUTION, glyph, light, state_word
from workbench.tui.views.parts import Lines, dim, facts, heading
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

BAD_LINES = 50
"""Lines of a file that could not be read and are shown."""


def arrival_rows(waiting: Sequence[str], found: Sequence[Arrival], now: datetime) -> list[Row]:
    """Files that wait, then files that came, newest first."""
    queue = [
        Row(
            key=path,
            cells=(
                Content.styled("◐", "$primary"),
                PurePath(path).name,
                dim("waits to be read"),
                "",
            ),
        )
        for path in waiting
    ]
    return [*queue, *(_arrival_row(one, now) for one in found)]


def inbox_title(found: Sequence[InboxStatus], now: datetime) -> Content:
    """Whether somebody watches the folders, when they were looked at last, and which files want something."""
    if not found:
        return Content("Inbox")
    is_watched = any(one.is_watched for one in found)
    scans = [one.last_scan_at for one in found if one.last_scan_at is not None]
    looked = f"looked {words.ago(max(scans), now)}" if scans else "watched"
    word = looked if is_watched else "off"
    counts = [
        (sum(one.waiting for one in found), "waiting"),
        (sum(one.quarantined for one in found), "in quarantine"),
    ]
    told = ", ".join(f"{words.count(many)} {what}" for many, what in counts if many)
    return Content.assemble("Inbox  ", light(is_on=is_watched), f" {word}  {told}".rstrip())


def trouble_rows(found: Sequence[InboxStatus]) -> list[Row]:
    """Files and folders that cannot be opened."""
    return [
        Row(
            key=f"{one.folder}: {problem}",
            cells=(
                Content.styled(*BAD),
                f"{one.folder}/",
                Content.styled(problem, "$error"),
                "",
            ),
        )
        for one in found
        for problem in one.problems
    ]


def arrival_fields(one: Arrival) -> filters.Fields:
    """What a filter can ask of a file."""
    return {
        "file": PurePath(one.path).name,
        "state": one.state.value,
        "dataset": one.dataset,
        "reason": one.reason,
        "rows": one.rows,
        "version": f"v{one.version}" if one.version else None,
    }


def arrival_lines(one: Arrival, bad: Sequence[BadLine], width: int) -> Lines:
    """A file in full, with lines that could not be read.

    Args:
        one: The file.
        bad: Those of its lines that are shown.
        width: Cells of a line.
    """
    came = [
        ("dataset", one.dataset),
        ("size", f"{words.size(one.size_bytes)}, {words.count(one.rows)} rows"),
    ]
    came += [("version", f"{one.dataset}@v{one.version}")] if one.version else []
    came += [("lies in", one.moved_to or "where it came")]
    came += [("sha-256", one.sha256)]
    lines = wrapped(Content.assemble(state_word(one.state), "  ", (one.path, "bold")), width)
    if one.reason:
        colour = "$error" if one.state is ArrivalState.QUARANTINED else "$muted"
        lines += wrapped(Content.styled(f"reason: {one.reason}", colour), width)
    for note in one.notes:
        lines += wrapped(Content.assemble(CAUTION, f" {note}"), width)
    lines += [Content(""), *facts(came)]
    if one.state is ArrivalState.QUARANTINED:
        keys = "f tries it again, x drops it" + (", a accepts its rows" if one.version else "")
        lines += [Content(""), dim(keys)]
    if bad:
        lines += [
            Content(""),
            heading(f"{words.plural(one.bad_lines, 'line')} that cannot be read"),
        ]
        lines += [line for each in bad for line in _bad_lines(each, width)]
    return lines


def _arrival_row(one: Arrival, now: datetime) -> Row:
    says = one.reason or (f"{words.count(one.rows)} rows, v{one.version}" if one.version else "")
    is_bad = one.state is ArrivalState.QUARANTINED
    name = PurePath(one.path).name
    says = says.removeprefix(f"{name} cannot be read: ")
    return Row(
        key=one.id,
        cells=(
            glyph(one.state),
            name,
            Content.styled(says, "$error") if is_bad else dim(says),
            dim(words.ago(one.arrived_at, now)),
        ),
    )


def _bad_lines(one: BadLine, width: int) -> Lines:
    text = "".join(sign if sign.isprintable() else "·" for sign in one.text)
    head = Content.assemble((f"{words.count(one.line):>8}  ", "$muted"), (one.reason, "$error"))
    shown = Content(fit(text, max(10, width - 10)))
    return [*wrapped(head, width), Content.assemble(" " * 10, shown)]
