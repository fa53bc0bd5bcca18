"""Measures all checks of some rows in one statement, and reads rows that offend."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from storage.errors import StoreError
from storage.frames import measuring
from storage.frames.conditions import is_judged, is_offending, runs_backwards
from storage.frames.database import Frames
from storage.frames.expressions import reason
from storage.frames.quoting import identifier
from storage.frames.selection import Selection
from storage.records import Measure, Measured, Probe

EXACT_ROWS = 10_000_000
"""Rows up to which a quantile is exact: it keeps every value in memory."""

_BREAKS = (duckdb.DataError, duckdb.ProgrammingError)


class Unmeasurable(StoreError):
    """A check that cannot be measured on the rows at hand."""


def measure(
    frames: Frames,
    selection: Selection,
    probes: Sequence[Probe],
    *,
    references: Mapping[str, Selection] | None = None,
    rows: int = 0,
) -> dict[str, Measured]:
    """What each probe finds on the selected rows, by the probe's name; one statement for all.

    Args:
        frames: The engine.
        selection: The rows.
        probes: What to measure.
        references: The rows that `ORPHANS` look into, by the names of their datasets.
        rows: How many there are, about; above `EXACT_ROWS` a quantile is estimated.

    Raises:
        Unmeasurable: A condition or a predicate breaks on a value.
    """
    if not probes:
        return {}
    known = references or {}
    places: dict[str, int] = {}  # what is asked for twice is counted once
    asked = []
    for probe in probes:
        found = measuring.found(probe, selection, known, is_exact=rows <= EXACT_ROWS)
        pair = (measuring.judged(probe), found)
        asked.append([places.setdefault(sql, len(places)) for sql in pair])
    try:
        row = frames.rows(selection.sql(", ".join(places)))[0]
    except _BREAKS as error:
        # Alone, the probe that breaks is the one that raises.
        for probe in probes if len(probes) > 1 else ():
            measure(frames, selection, [probe], references=known, rows=rows)
        raise _unmeasurable(probes[0], error) from error
    return {
        probe.name: Measured(rows=int(row[judged]), value=_as_number(row[found]))
        for probe, (judged, found) in zip(probes, asked, strict=True)
    }


def examples(
    frames: Frames,
    selection: Selection,
    probe: Probe,
    *,
    references: Mapping[str, Selection] | None = None,
    limit: int = 20,
) -> tuple[str, ...]:
    """Up to `limit` offending rows as JSON; empty for probes that are about no single row."""
    offending = _offending_rows(selection, probe, references or {}, limit)
    if offending is None:
        return ()
    found = frames.rows(f"{offending} LIMIT {limit}")
    return tuple(str(row[0]) for row in found)


def _offending_rows(
    selection: Selection, probe: Probe, references: Mapping[str, Selection], limit: int
) -> str | None:
    """The offending rows as a SELECT of JSON texts; None where no single row offends."""
    # The rows as a whole: a plain alias would mean a column of that name where there is one.
    rows = f"SELECT to_json(struct_pack(*COLUMNS(*))) FROM ({selection.sql()})"
    condition = is_offending(probe)
    if condition is not None:
        return f"{rows} WHERE {condition}"
    if probe.measure is Measure.DUPLICATES:
        key = ", ".join(identifier(name) for name in probe.columns)
        twice = f"SELECT {key} FROM ({selection.sql()}) WHERE {is_judged(probe)}"
        twice += f" GROUP BY {key} HAVING count(*) > 1 LIMIT {limit}"
        return f"{rows} WHERE {is_judged(probe)} AND ({key}) IN ({twice}) ORDER BY {key}"
    if probe.measure is Measure.ORPHANS:
        known = f"SELECT value FROM ({measuring.reference(probe, references)})"
        known += " WHERE value IS NOT NULL"
        return (
            f"{rows} WHERE {is_judged(probe)} AND {identifier(probe.columns[0])} NOT IN ({known})"
        )
    if probe.measure is Measure.BACKWARDS:
        own, above = runs_backwards(probe, selection)
        aside = ", ".join(map(identifier, selection.numbering))
        row = f"to_json(struct_pack(*COLUMNS(* EXCLUDE ({aside}))))"
        return f"SELECT {row} FROM ({selection.sql(numbered=True)}) QUALIFY {own} < {above}"
    return None


def _unmeasurable(probe: Probe, error: duckdb.Error) -> Unmeasurable:
    return Unmeasurable(
        f"The check {probe.name} breaks on these rows: {reason(error)}.",
        "Mend it in workbench.toml; TRY(…) makes a null of what breaks.",
    )


def _as_number(value: object) -> float | None:
    return None if value is None else float(value)  # type: ignore[arg-type]
