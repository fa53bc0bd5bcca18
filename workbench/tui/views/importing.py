"""What the import says before anything is read: files, columns with first values, bad lines."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from storage.records import BadLine, FilePreview
from workbench.core import words
from workbench.tui.paths import Entry
from workbench.tui.theme import BAD, CAUTION, GOOD
from workbench.tui.views.parts import Lines, dim
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

VALUES = 3
"""First rows whose values are shown beside a column."""


def file_rows(found: Sequence[Entry]) -> list[Row]:
    """Files and folders, with what their paths would be as keys."""
    return [
        Row(
            key=one.path,
            cells=(
                Content.styled(f"{one.name}/", "$primary") if one.is_folder else one.name,
                "" if one.is_folder else dim(words.size(one.size_bytes)),
            ),
        )
        for one in found
    ]


def column_rows(preview: FilePreview) -> list[Row]:
    """The columns of a file with their types and first values; new ones are marked."""
    new = set(preview.new)
    return [
        Row(
            key=column.name,
            cells=(
                Content.styled("+ new", CAUTION[1]) if column.name in new else "",
                column.name,
                dim(column.type.lower()),
                *_values(preview.rows, place),
            ),
        )
        for place, column in enumerate(preview.columns)
    ]


def bad_rows(found: Sequence[BadLine]) -> list[Row]:
    """Lines that could not be read, with why."""
    return [
        Row(
            key=one.line,
            cells=(
                words.count(one.line),
                Content.styled(one.reason, "$error"),
                dim("".join(sign if sign.isprintable() else "·" for sign in one.text)),
            ),
        )
        for one in found
    ]


def said_lines(preview: FilePreview, *, dataset: str, files: int, width: int) -> Lines:
    """What would happen: how much would be read, or why it would be refused."""
    lines = wrapped(_verdict(preview, dataset=dataset, files=files), width)
    for note in preview.notes:
        lines += wrapped(Content.assemble(CAUTION, f" {note}"), width)
    return lines


def _verdict(preview: FilePreview, *, dataset: str, files: int) -> Content:
    if preview.problem is not None:
        told = f" {preview.problem} {preview.remedy}".rstrip()
        return Content.assemble(BAD, Content.styled(told, "$error"))
    size = words.size(preview.size_bytes)
    rows = "its rows" if preview.row_count is None else words.plural(preview.row_count, "row")
    more = f", and of {words.plural(files - 1, 'other file')}" if files > 1 else ""
    bad = ""
    if preview.bad_lines:
        bad = f" {words.plural(preview.bad_lines, 'line')} cannot be read and are set aside."
    return Content.assemble(
        GOOD,
        ("  enter", "bold $primary"),
        f" reads {rows} of {preview.path.name} ({size}){more} into ",
        (dataset, "bold"),
        f"; its checks follow.{bad}",
    )


def _values(rows: Sequence[Sequence[str]], place: int) -> list[Content | str]:
    shown = [row[place] if place < len(row) else "" for row in rows[:VALUES]]
    signs = ["".join(one if one.isprintable() else "·" for one in text) for text in shown]
    return [*signs, *[""] * (VALUES - len(signs))]
