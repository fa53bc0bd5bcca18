"""The SQL conditions of a probe: which rows it is about, and which of them offend."""

from __future__ import annotations

import math

from storage.frames.quoting import identifier, literal
from storage.frames.selection import Selection
from storage.records import Measure, Probe

COMPARED = {Measure.NOT_LESS: "<", Measure.GREATER: "<=", Measure.UNEQUAL: "="}
"""Measures of a column beside another one, with the operator that holds where all is well."""
_OF_ALL_ROWS = frozenset([Measure.ROWS, Measure.NULLS])


def is_judged(probe: Probe) -> str:
    """The condition of a row that the probe is about; empty for all rows.

    Only NULLS judges what is missing: every other measure leaves out rows without a value.
    """
    terms = [f"(\n{probe.where}\n)"] if probe.where else []
    if probe.measure is Measure.UNTRUE:
        terms.append(f"(\n{probe.predicate}\n) IS NOT NULL")
    elif probe.measure not in _OF_ALL_ROWS:
        terms.extend(f"{identifier(name)} IS NOT NULL" for name in probe.columns)
    return " AND ".join(terms)


def is_offending(probe: Probe) -> str | None:
    """The condition of an offending row; None for measures that do not look at rows one by one."""
    wrong = _is_wrong(probe)
    if wrong is None or not probe.where:
        return wrong
    return f"(\n{probe.where}\n) AND {wrong}"


def _is_wrong(probe: Probe) -> str | None:
    if probe.measure is Measure.UNTRUE:
        return f"NOT (\n{probe.predicate}\n)"
    if not probe.columns:
        return None
    column = identifier(probe.columns[0])
    wrong: str | None = None
    match probe.measure:
        case Measure.NULLS:
            wrong = f"{column} IS NULL"
        case Measure.BELOW:
            wrong = f"{column} < {_number(probe.bound)}"
        case Measure.ABOVE:
            wrong = f"{column} > {_number(probe.bound)}"
        case Measure.OUTSIDE | Measure.INSIDE:
            wrong = _membership(probe, column)
        case Measure.UNLIKE:
            wrong = f"NOT regexp_matches(CAST({column} AS VARCHAR), {literal(probe.pattern)})"
        case Measure.LENGTH:
            wrong = f"NOT ({_has_length(probe, f'length(CAST({column} AS VARCHAR))')})"
        case Measure.NOT_LESS | Measure.GREATER | Measure.UNEQUAL:
            wrong = f"NOT ({column} {COMPARED[probe.measure]} {identifier(probe.columns[1])})"
        case _:
            pass
    return wrong


def _membership(probe: Probe, column: str) -> str:
    is_inside = probe.measure is Measure.INSIDE
    if not probe.values:
        # No number of the list is one that the column could hold.
        return "false" if is_inside else f"{column} IS NOT NULL"
    # Numbers as numbers: as text, 1.0 would not be the 1 that is meant.
    value = column if probe.is_numeric else f"CAST({column} AS VARCHAR)"
    members = probe.values if probe.is_numeric else [literal(one) for one in probe.values]
    return f"{value} {'IN' if is_inside else 'NOT IN'} ({', '.join(members)})"


def _has_length(probe: Probe, length: str) -> str:
    terms = []
    if probe.shortest is not None:
        terms.append(f"{length} >= {probe.shortest}")
    if probe.longest is not None:
        terms.append(f"{length} <= {probe.longest}")
    if not terms:
        raise ValueError(f"{probe.name} needs a length")
    return " AND ".join(terms)


def _number(bound: float | None) -> str:
    """A bound as SQL; an infinite one has no literal of its own."""
    if bound is None:
        raise ValueError("a bound is needed")
    return repr(bound) if math.isfinite(bound) else f"CAST('{bound}' AS DOUBLE)"


def runs_backwards(probe: Probe, selection: Selection) -> tuple[str, str]:
    """SQL for the time of a row, and for the one above it in its file, over a numbered scan.

    The window has no order of its own: DuckDB then streams the rows as they lie. A file's first row
    has none above it, and is above the next even where it has no time: two files are never compared.
    """
    at = f"CASE WHEN {is_judged(probe)} THEN {identifier(probe.columns[0])} END"
    begins = selection.begins_file
    mark = f"CASE WHEN {at} IS NOT NULL OR {begins} THEN struct_pack(at := {at}) END"
    above = f"struct_extract(lag({mark} IGNORE NULLS) OVER (), 'at')"
    return at, f"CASE WHEN NOT {begins} THEN {above} END"
