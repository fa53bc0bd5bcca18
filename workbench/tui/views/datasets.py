"""What the Data screen says of datasets, their versions, the quarantine and damage."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from textual.content import Content

from storage.records import (
    Arrival,
    DatasetSummary,
    Verification,
    Version,
)
from workbench.core import words
from workbench.tui import charts, filters
from workbench.tui.theme import BAD, GOOD, glyph, state_word
from workbench.tui.views.parts import Lines, dim, facts
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row


def dataset_rows(found: Sequence[DatasetSummary]) -> list[Row]:
    """Datasets with how they grew."""
    return [
        Row(
            key=one.dataset.name,
            cells=(
                one.dataset.name,
                words.count(one.versions),
                words.count(one.latest.rows) if one.latest else words.NOTHING,
                charts.sparkline(one.rows_added, 12, low=0),
                Content.styled("◐ checking", "$primary") if one.pending else "",
            ),
        )
        for one in found
    ]


def version_rows(
    found: Sequence[Version], now: datetime, *, marked: Collection[int] = ()
) -> list[Row]:
    """Versions of a dataset, newest first, with the rows each added as a bar.

    Args:
        found: The versions.
        now: The time that relative times count from.
        marked: Numbers of those that are to be compared.
    """
    most = max((one.rows_added for one in found), default=0) or 1
    return [
        Row(
            key=one.number,
            cells=(
                glyph(one.state),
                _version_name(one, is_marked=one.number in marked),
                words.count(one.rows_added),
                charts.rule(one.rows_added / most, 6, style="$series-both"),
                words.count(one.rows),
                dim(words.period(one.first_time, one.last_time)),
                dim(words.ago(one.created_at, now)),
            ),
        )
        for one in found
    ]


def version_lines(one: Version, now: datetime, width: int) -> Lines:
    """A version in full: where from, who, how much, and why it is what it is."""
    made = f"{words.ago(one.created_at, now)} by {one.created_by}"
    parent = f", on v{one.parent}" if one.parent is not None else ""
    undoes = f", without what v{one.undoes} added" if one.undoes is not None else ""
    pairs: list[tuple[str, Content | str]] = [
        ("state", Content.assemble(state_word(one.state), dim(f"{parent}{undoes}"))),
        ("made", f"{made}, {words.size(one.size_bytes)}"),
    ]
    if one.sources:
        names = [source.rpartition("/")[2] for source in one.sources]
        pairs.append(("from", words.listed(names, most=3, total=one.source_count)))
    if one.rows_replaced:
        pairs.append(("replaced", f"{words.plural(one.rows_replaced, 'row')} by key"))
    lines = facts(pairs)
    if one.reason:
        indent = max(len(name) for name, _ in pairs) + 2
        first, *rest = wrapped(one.reason, width - indent)
        lines.append(Content.assemble(("why".ljust(indent), "$muted"), first))
        lines += [Content.assemble(" " * indent, line) for line in rest]
    return lines


def quarantine_rows(found: Sequence[Version | Arrival]) -> list[Row]:
    """What is set aside, with the reasons."""
    return [
        Row(
            key=_aside_label(one),
            cells=(
                glyph(one.state),
                one.label if isinstance(one, Version) else one.path.rpartition("/")[2],
                Content.styled(one.reason or "", "$error"),
            ),
        )
        for one in found
    ]


def quarantine_lines(one: Version | Arrival, width: int) -> Lines:
    """Something set aside in full, with what can be done about it."""
    if isinstance(one, Version):
        name, size = one.label, f"{words.plural(one.rows_added, 'row')} added"
        came = words.listed(one.sources, most=3, total=one.source_count)
        keys = "a accepts its rows, f checks them again, x drops them, r shows them"
    else:
        name, size = one.path.rpartition("/")[2], words.size(one.size_bytes)
        came = one.moved_to or one.path
        keys = "f puts it back to be read, x forgets it; the file stays where it lies"
    return [
        *wrapped(Content.assemble(state_word(one.state), "  ", (name, "bold")), width),
        Content(""),
        *wrapped(Content.styled(one.reason or "", "$error"), width),
        Content(""),
        *facts([("dataset", one.dataset), ("size", size), ("lies in", came)]),
        Content(""),
        *wrapped(dim(keys), width),
    ]


def verification_lines(found: Verification, width: int) -> Lines:
    """What reading all blobs again found."""
    told = f"{words.plural(found.blobs, 'blob')} read, {words.size(found.size_bytes)}"
    if not found.damaged:
        return [Content.assemble(GOOD, f" {told}; all are what they were.")]
    lines = [Content.assemble(BAD, f" {told}; {len(found.damaged)} damaged:")]
    for one in found.damaged:
        what = "is missing" if one.is_missing else "has other bytes than it had"
        lines += [Content(""), *wrapped(f"{one.blob[:12]} {what}", width)]
        lines += wrapped(f"needed by {words.listed(one.needed_by, most=4) or 'nobody'}", width)
        if one.sources:
            lines += wrapped(f"its rows came from {words.listed(one.sources, most=3)}", width)
    return lines


def version_fields(one: Version) -> filters.Fields:
    """What a filter can ask of a version."""
    return {
        "version": f"v{one.number}",
        "state": one.state.value,
        "rows": one.rows,
        "added": one.rows_added,
        "source": " ".join(one.sources),
        "by": one.created_by,
    }


def _version_name(one: Version, *, is_marked: bool) -> Content | str:
    return Content.styled(f"v{one.number} ◉", "bold $primary") if is_marked else f"v{one.number}"


def _aside_label(one: Version | Arrival) -> str:
    return one.label if isinstance(one, Version) else f"a{one.id}"
