"""What a file may change about the columns of its dataset: new ones, missing ones, wider types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.frames.database import Frames
from storage.frames.quoting import identifier
from storage.frames.reading.intake import Intake, unreadable
from storage.frames.reading.values import lost
from storage.frames.selection import FILE, NUMBER, Selection
from storage.records import Column, Schema

_WITHOUT, _NEW = "without the column", "the new column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which columns of a file are read, and which are filled."""

    read: tuple[str, ...]
    """Columns that are taken from the file, those of the dataset first and in its order."""
    missing: tuple[Column, ...]
    """Columns of the dataset that are filled with nulls."""
    notes: tuple[str, ...]

    def schema(self, intake: Intake, types: dict[str, str]) -> Schema:
        """The dataset's columns after this file.

        Args:
            intake: The file's.
            types: Types of the columns that are read.
        """
        read = [intake.column(name, types[name]) for name in self.read]
        if intake.pinned is None:
            return Schema(columns=tuple(read))
        found = {column.name: column for column in (*read, *self.missing)}
        fresh = [column for column in read if column.name not in intake.pinned.names]
        return Schema(columns=(*(found[name] for name in intake.pinned.names), *fresh))

    def filled(self, values: dict[str, str], schema: Schema) -> dict[str, str]:
        """The SQL of every column of `schema`, nulls for those that are missing."""
        nulls = {column.name: f"CAST(NULL AS {column.type})" for column in self.missing}
        found = values | nulls
        return {name: found[name] for name in schema.names}


def plan(intake: Intake, names: Sequence[str]) -> Plan:
    """What becomes of the columns that a file has.

    Args:
        intake: The file's.
        names: Its columns in their order.

    Raises:
        FileUnreadable: It has columns it may not have, or lacks some that it must have.
    """
    refuse_names(intake, names)
    known = intake.pinned.names if intake.pinned else tuple(names)
    new = [name for name in names if name not in known]
    missing = [name for name in known if name not in names]
    _refuse_blocked(intake, new, missing)
    takes_new = intake.rules.new == "accept"
    notes = [f"{_WITHOUT} {name}: filled with nulls" for name in missing]
    notes += [f"{_NEW} {name} was {'added' if takes_new else 'left out'}" for name in new]
    columns = intake.pinned.columns if intake.pinned else ()
    return Plan(
        read=(*(name for name in known if name in names), *(new if takes_new else ())),
        missing=tuple(column for column in columns if column.name in missing),
        notes=tuple(notes),
    )


def is_of_columns(note: str) -> bool:
    """Whether a note says which columns a file has or lacks, and nothing of what they hold."""
    return note.startswith((_WITHOUT, _NEW))


def widened(name: str, before: str, after: str) -> str:
    """The note on a column whose type became wider."""
    return f"the type of {name} was widened from {before} to {after}"


def narrowing(frames: Frames, earlier: Selection, *, before: Schema, after: Schema) -> str | None:
    """Why rows that a dataset has cannot be read with its widened types.

    Args:
        frames: The engine.
        earlier: All rows the dataset has.
        before: Its columns.
        after: Its columns with wider types, and perhaps more of them.

    Returns:
        None when every value stays as it is.
    """
    types = {column.name: column.type for column in after.columns}
    changed = [one for one in before.columns if types.get(one.name, one.type) != one.type]
    if not changed:
        return None
    counts = ", ".join(
        f"count(*) FILTER (WHERE {lost(identifier(one.name), one.type, types[one.name])})"
        for one in changed
    )
    for column, count in zip(changed, frames.rows(earlier.sql(counts))[0], strict=True):
        if count:
            wider = types[column.name]
            return f"{count} values of {column.name} that the dataset has would change in {wider}"
    return None


def refuse_names(intake: Intake, names: Sequence[str]) -> None:
    """Raises FileUnreadable where a name means something to scans, or two differ in case alone."""
    for name in names:
        # Scans add these columns of their own.
        if name.casefold() in {NUMBER, FILE}:
            raise unreadable(intake.source, f"a column may not be called {name}", "Rename it")
    if intake.time is not None and intake.time not in names:
        raise unreadable(intake.source, f"it has no time column '{intake.time}'")
    # SQL and Parquet readers take names that differ in case alone for the same.
    known = {name.casefold(): name for name in (intake.pinned.names if intake.pinned else ())}
    for name in names:
        other = known.setdefault(name.casefold(), name)
        if other != name:
            raise unreadable(
                intake.source,
                f"it comes without the column {other}, with the unknown column {name}, "
                "which differ in upper and lower case alone",
                f"Rename the column to {other}",
            )


def _refuse_blocked(intake: Intake, new: Sequence[str], missing: Sequence[str]) -> None:
    rules = intake.rules
    blocked_new = new if rules.new == "block" else ()
    blocked_missing = missing if rules.missing == "block" else ()
    parts = [f"without the column {name}" for name in blocked_missing]
    parts += [f"with the unknown column {name}" for name in blocked_new]
    if not parts:
        return
    keys = [f'{key} = "accept"' for key, of in (("missing", missing), ("new", new)) if of]
    remedy = f"Mend the file, or say {' and '.join(keys)} under on_schema_change"
    raise unreadable(intake.source, f"it comes {', '.join(parts)}", remedy)
