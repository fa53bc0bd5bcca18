"""Reads Parquet: its own types are known, and a value that another type would change is refused."""

from __future__ import annotations

from collections.abc import Mapping

from storage.frames.quoting import identifier
from storage.frames.reading.evolution import Plan, plan, widened
from storage.frames.reading.intake import KEPT_AS, Intake, Read, listed, parquet, unreadable
from storage.frames.reading.values import lost, wider


def described(intake: Intake, scan: str) -> dict[str, str]:
    """The columns of a SQL table with their types."""
    return {
        str(name): str(type_) for name, type_, *_ in intake.ask(f"DESCRIBE SELECT * FROM {scan}")
    }


def read_parquet(intake: Intake) -> Read:
    """Reads a Parquet file with the types of its dataset, or with its own.

    Raises:
        FileUnreadable: It is none, or a value does not fit its dataset.
    """
    scan = parquet(intake.source)
    own = described(intake, scan)
    return fit_types(intake, scan, own, plan(intake, tuple(own)))


def fit_types(
    intake: Intake,
    scan: str,
    own: Mapping[str, str],
    columns: Plan,
    *,
    own_as: Mapping[str, str] = KEPT_AS,
) -> Read:
    """Writes rows that have types with the types of their dataset.

    Args:
        intake: The file's.
        scan: The rows as a SQL table.
        own: The types they have.
        columns: Which of them are read.
        own_as: Types in place of those of new columns.

    Raises:
        FileUnreadable: A value would change by that.
    """
    notes = list(columns.notes)
    types = {}
    for name in columns.read:
        pinned = intake.pinned_type(name)
        if pinned is None:
            types[name] = own_as.get(own[name], own[name])
        else:
            types[name] = _fitting(intake, scan, name, own[name], pinned)
        if pinned is not None and types[name] != pinned:
            notes.append(widened(name, pinned, types[name]))
    schema = columns.schema(intake, types)
    values = {
        name: identifier(name)
        if types[name] == own[name]
        else f"CAST({identifier(name)} AS {types[name]})"
        for name in columns.read
    }
    staged, rows = intake.write(f"SELECT {listed(columns.filled(values, schema))} FROM {scan}")
    return Read(staged=staged, schema=schema, rows=rows, notes=tuple(notes))


def _fitting(intake: Intake, scan: str, name: str, own: str, pinned: str) -> str:
    """The type a column gets: the pinned one, or a wider one where that is allowed and needed."""
    if pinned == own:
        return pinned
    count, example = _lost(intake, scan, name, own, pinned)
    if not count:
        return pinned
    fitting = [one for one in wider(pinned) if not _lost(intake, scan, name, own, one)[0]]
    if fitting and intake.rules.widened == "accept":
        return fitting[0]
    values = f"{count} values" if count > 1 else "1 value"
    remedy = 'Mend the file, or say widened = "accept" under on_schema_change' if fitting else ""
    reason = f"{values} of {name} would not fit {pinned}, such as '{example}'"
    raise unreadable(intake.source, reason, remedy)


def _lost(intake: Intake, scan: str, name: str, own: str, target: str) -> tuple[int, str]:
    """How many values would change by being cast, and one of them."""
    column = identifier(name)
    condition = lost(column, own, target)
    ((count, example),) = intake.ask(
        f"SELECT count(*), min(CAST({column} AS VARCHAR)) FROM {scan} WHERE {condition}"
    )
    return int(str(count)), str(example)
