"""What the comparison of two versions says: columns, rows by key with examples, what moved."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from textual.content import Content

from storage.records import ColumnDrift, DriftVerdict, VersionDiff
from workbench.core import words
from workbench.tui import charts
from workbench.tui.theme import glyph
from workbench.tui.views.parts import Lines, dim, facts, heading
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

EXAMPLES = 5
"""Example rows of a kind that are shown."""
LINES = 3
"""Lines of an example at most."""
_BAR = 10
_MOST = 40
"""Characters of a value."""


def moved_rows(found: VersionDiff) -> list[Row]:
    """The columns that both versions have, those whose values moved most first."""
    columns = sorted(found.distribution.columns, key=lambda one: -one.effect)
    most = max((one.effect for one in columns), default=0.0) or 1.0
    changed = found.rows.changed_by_column
    return [
        Row(
            key=one.name,
            cells=(
                dim("·") if one.verdict is DriftVerdict.STABLE else glyph(one.verdict),
                one.name,
                words.fixed(one.effect, 3),
                charts.rule(one.effect / most, _BAR, style=_colour(one)),
                words.fixed(one.psi, 2),
                words.count(changed[one.name]) if changed.get(one.name) else "",
                _nulls(one),
            ),
        )
        for one in columns
    ]


def summary_lines(found: VersionDiff, width: int) -> Lines:
    """Both versions, what became of the columns, and what of the rows, with examples."""
    before, after = found.before, found.after
    lines = facts(
        [
            (before.label, f"{words.plural(before.rows, 'row')}, {words.size(before.size_bytes)}"),
            (
                after.label,
                Content.assemble(
                    f"{words.plural(after.rows, 'row')}, {words.size(after.size_bytes)}  ",
                    _signed(after.rows - before.rows),
                ),
            ),
        ]
    )
    lines += [Content(""), heading("columns"), *_column_lines(found)]
    lines += [Content(""), heading("rows"), *_row_counts(found, width)]
    for title, mark, examples in (
        ("added", ("+ ", "$success"), found.rows.added_rows),
        ("removed", ("- ", "$error"), found.rows.removed_rows),
        ("changed", ("≠ ", "$warning"), found.rows.changed_rows),
    ):
        if examples:
            lines += [Content(""), heading(title)]
            lines += [
                line
                for text in examples[:EXAMPLES]
                for line in _packed(mark, _example(text, found.key), width)
            ]
    return lines


def _column_lines(found: VersionDiff) -> Lines:
    lines = [
        Content.assemble(("+ ", "$success"), one.name, dim(f"  {one.type.lower()}"))
        for one in found.added_columns
    ]
    lines += [
        Content.assemble(("- ", "$error"), one.name, dim(f"  {one.type.lower()}"))
        for one in found.removed_columns
    ]
    lines += [
        Content.assemble(
            ("≠ ", "$warning"), new.name, dim(f"  {old.type.lower()} to {new.type.lower()}")
        )
        for old, new in found.retyped_columns
    ]
    return lines or [dim("the same in both")]


def _row_counts(found: VersionDiff, width: int) -> Lines:
    rows = found.rows
    counts = Content.assemble(
        ("+ ", "$success"),
        f"{words.count(rows.added)} added   ",
        ("- ", "$error"),
        f"{words.count(rows.removed)} removed   ",
        ("≠ ", "$warning"),
        f"{words.count(rows.changed)} changed",
    )
    told = f"told apart by {words.listed(found.key, most=4)}"
    return [*wrapped(counts, width), *wrapped(dim(told), width)]


def _example(text: str, key: tuple[str, ...]) -> list[Content]:
    """A row as names with values: of a changed one its key and only what differs."""
    pair = json.loads(text)
    old, new = pair["old"], pair["new"]
    if old is None or new is None:
        return _pairs(new or old)
    same = {name: value for name, value in new.items() if old.get(name) == value}
    named = {name: value for name, value in same.items() if name in key} or dict(
        list(same.items())[:2]
    )
    changed = [
        Content.assemble((f"{name} ", "$muted"), f"{_value(old.get(name))} → {_value(new[name])}")
        for name in new
        if name not in same
    ]
    return [*_pairs(named), *changed]


def _pairs(row: dict[str, Any]) -> list[Content]:
    return [Content.assemble((f"{name} ", "$muted"), _value(value)) for name, value in row.items()]


def _value(value: Any) -> str:
    text = "null" if value is None else str(value)
    return "".join(sign if sign.isprintable() else "·" for sign in text[:_MOST])


def _packed(mark: tuple[str, str], parts: Sequence[Content], width: int) -> Lines:
    """Parts in lines, none of them broken, at most `LINES` of them."""
    lines: Lines = [Content.styled(*mark)]
    for part in parts:
        is_first = lines[-1].cell_length <= len(mark[0])
        if not is_first and lines[-1].cell_length + 2 + part.cell_length > width:
            if len(lines) == LINES:
                lines[-1] = Content.assemble(lines[-1], dim(" …"))
                return lines
            lines.append(Content("  "))
            is_first = True
        lines[-1] = Content.assemble(lines[-1], "" if is_first else "  ", part)
    return lines


def _signed(rows: int) -> Content:
    if rows == 0:
        return dim("as many")
    sign, colour = ("+", "$success") if rows > 0 else ("-", "$error")
    return Content.styled(f"{sign}{words.count(abs(rows))}", colour)


def _nulls(one: ColumnDrift) -> Content:
    change = one.null_share - one.null_share_reference
    return (
        dim("·")
        if abs(change) < 5e-4
        else Content(f"{'+' if change > 0 else '-'}{words.percent(abs(change))}")
    )


def _colour(one: ColumnDrift) -> str:
    return {DriftVerdict.DRIFT: "$error", DriftVerdict.WARN: "$warning"}.get(
        one.verdict, "$series-1"
    )
