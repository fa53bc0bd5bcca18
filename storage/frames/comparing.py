"""What differs between the rows of two selections: told by their keys, in one statement."""

from __future__ import annotations

from collections.abc import Sequence

from storage.frames.database import Frames
from storage.frames.quoting import identifier, literal
from storage.frames.selection import Rows, Selection
from storage.records import RowChanges

EXAMPLES = 20
"""Rows of each kind that are shown, those with the lowest keys."""


def columns(frames: Frames, selection: Rows) -> dict[str, str]:
    """The selected columns with their types."""
    described = frames.rows(f"DESCRIBE {selection.sql()}")
    return {str(name): str(type_) for name, type_, *_ in described}


def compare_rows(
    frames: Frames,
    before: Selection | None,
    after: Selection | None,
    *,
    key: Sequence[str],
    columns: Sequence[str],
) -> RowChanges:
    """Counts the rows that only one side has, and those with the same key and other values.

    Args:
        frames: The engine.
        before: The older rows; None: there are none.
        after: The newer ones; None: there are none. One side at least has rows.
        key: Columns that tell rows apart, in both; rows with the same key are paired in no set order.
        columns: Columns whose values are compared, in both.
    """
    rest = [name for name in columns if name not in key]
    differs = [
        f"a.row.{identifier(name)} IS DISTINCT FROM b.row.{identifier(name)}" for name in rest
    ]
    kind = f"""CASE WHEN a.place IS NULL THEN 'added' WHEN b.place IS NULL THEN 'removed'
        WHEN {" OR ".join(differs) or "false"} THEN 'changed' ELSE 'same' END"""
    sums = "".join(
        f", count(*) FILTER (WHERE kind = 'changed' AND c{number})" for number in range(len(rest))
    )
    flags = "".join(f", {one} AS c{number}" for number, one in enumerate(differs))
    sql = f"""
        WITH a AS ({_numbered(before, after, key)}), b AS ({_numbered(after, before, key)}),
        joined AS (
            SELECT {kind} AS kind, coalesce(a.key, b.key) AS key, a.row AS old, b.row AS new{flags}
            FROM a FULL JOIN b ON a.key = b.key AND a.place = b.place
        ),
        counted AS (
            SELECT kind, count(*) AS rows, arg_min({{'old': old, 'new': new}}, key, {EXAMPLES}) AS examples,
                   [count(*){sums}] AS changed
            FROM joined WHERE kind <> 'same' GROUP BY kind
        )
        SELECT kind, rows, list_transform(examples, lambda one: to_json(one)), changed FROM counted
    """
    found = {kind: rest for kind, *rest in frames.rows(sql)}
    none: tuple[int, list[str], list[int]] = (0, [], [])
    added, removed, changed = (found.get(kind, none) for kind in ("added", "removed", "changed"))
    per_column = dict(zip(rest, changed[2][1:], strict=True)) if changed[0] else {}
    return RowChanges(
        added=added[0],
        removed=removed[0],
        changed=changed[0],
        added_rows=tuple(added[1]),
        removed_rows=tuple(removed[1]),
        changed_rows=tuple(changed[1]),
        changed_by_column={name: count for name, count in per_column.items() if count},
    )


def _numbered(own: Selection | None, other: Selection | None, key: Sequence[str]) -> str:
    """Each row as a whole with its key, and its place among the rows of that key."""
    fields = ", ".join(f"{literal(f'k{n}')}: {identifier(name)}" for n, name in enumerate(key))
    # A side without rows takes its columns from the other one.
    selection, none = (own, "") if own is not None else (other, " LIMIT 0")
    if selection is None:
        raise ValueError("a comparison needs rows on one side at least")
    return (
        f"SELECT key, row, row_number() OVER (PARTITION BY key) AS place FROM ("
        f"SELECT {{{fields}}} AS key, struct_pack(*COLUMNS(*)) AS row FROM ({selection.sql()}){none})"
    )
