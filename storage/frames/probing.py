"""Measures all checks of some rows in one aggregate query."""

from __future__ import annotations

import math
from collections.abc import Sequence

from storage.frames.database import Frames, Selection, identifier, literal
from storage.records import Measure, Probe


def measure(frames: Frames, selection: Selection, probes: Sequence[Probe]) -> dict[str, int]:
    """What each probe counts on the selected rows, by the probe's name; one scan for all."""
    if not probes:
        return {}
    expressions = ", ".join(_expression(probe) for probe in probes)
    counted = frames.rows(selection.sql(expressions))[0]
    return {probe.name: int(value) for probe, value in zip(probes, counted, strict=True)}


def examples(
    frames: Frames, selection: Selection, probe: Probe, *, limit: int = 20
) -> tuple[str, ...]:
    """Up to `limit` offending rows as JSON; empty for probes that are about no single row."""
    condition = _condition(probe)
    if condition is None:
        return ()
    # The rows as a whole: a plain alias would mean a column of that name where there is one.
    row = "struct_pack(*COLUMNS(*))"
    sql = f"SELECT to_json({row}) FROM ({selection.sql()}) WHERE {condition} LIMIT {limit}"
    return tuple(str(row[0]) for row in frames.rows(sql))


def _expression(probe: Probe) -> str:
    if probe.measure is Measure.ROWS:
        return "count(*)"
    columns = ", ".join(identifier(name) for name in probe.columns)
    if probe.measure is Measure.DISTINCT:
        return f"count(DISTINCT {columns})"
    if probe.measure is Measure.DUPLICATES:
        return f"count(*) - count(DISTINCT ({columns},))"
    return f"count(*) FILTER (WHERE {_condition(probe)})"


def _condition(probe: Probe) -> str | None:
    """The SQL condition of an offending row; None for probes about no single row."""
    if probe.measure in {Measure.ROWS, Measure.DISTINCT, Measure.DUPLICATES}:
        return None
    column = identifier(probe.columns[0])
    if probe.measure is Measure.NULLS:
        return f"{column} IS NULL"
    if probe.measure is Measure.BELOW:
        return f"{column} < {_number(probe.bound)}"
    if probe.measure is Measure.ABOVE:
        return f"{column} > {_number(probe.bound)}"
    if probe.measure is Measure.OUTSIDE:
        allowed = ", ".join(literal(value) for value in probe.values)
        return f"CAST({column} AS VARCHAR) NOT IN ({allowed})"
    raise ValueError(f"{probe.name} measures nothing known: {probe.measure}")


def _number(bound: float | None) -> str:
    """A bound as SQL; an infinite one has no literal of its own."""
    if bound is None:
        raise ValueError("a bound is needed")
    return repr(bound) if math.isfinite(bound) else f"CAST('{bound}' AS DOUBLE)"
