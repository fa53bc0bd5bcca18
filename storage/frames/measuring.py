"""The SQL that measures one probe: an expression of a SELECT over the rows."""

from __future__ import annotations

from collections.abc import Mapping

from storage.frames.conditions import is_judged, is_offending, runs_backwards
from storage.frames.quoting import identifier
from storage.frames.selection import Selection
from storage.records import Measure, Probe

_OF_NUMBERS = {
    Measure.MEAN: "avg({x})",
    Measure.STD: "stddev_samp({x})",
    Measure.QUANTILE: "quantile_cont({x}, {q!r})",
}
_ESTIMATED = {**_OF_NUMBERS, Measure.QUANTILE: "approx_quantile({x}, {q!r})"}


def judged(probe: Probe) -> str:
    """How many rows the probe is about."""
    if probe.measure is not Measure.NULLS and len(probe.columns) == 1 and not probe.where:
        return f"count({identifier(probe.columns[0])})"
    return f"count(*){_only(is_judged(probe))}"


def found(
    probe: Probe, selection: Selection, references: Mapping[str, Selection], *, is_exact: bool
) -> str:
    """What the probe measures.

    Args:
        probe: The probe.
        selection: The rows.
        references: Rows of other datasets, by the datasets' names.
        is_exact: Whether a quantile may keep every value in memory.
    """
    if is_offending(probe) is not None:
        return _offending(probe)
    if probe.measure in {Measure.MEAN, Measure.STD, Measure.QUANTILE}:
        return _number(probe, is_exact=is_exact)
    match probe.measure:
        case Measure.ROWS:
            sql = judged(probe)
        case Measure.DISTINCT:
            sql = _distinct(probe)
        case Measure.DUPLICATES:
            sql = f"{judged(probe)} - {_distinct(probe)}"
        case Measure.NEWEST:
            at = f"CAST({identifier(probe.columns[0])} AS TIMESTAMP)"
            sql = f"epoch(max({at}){_only(is_judged(probe), f'isfinite({at})')})"
        case Measure.BACKWARDS:
            sql = f"({_backwards(probe, selection)})"
        case Measure.ORPHANS:
            sql = f"({_orphans(probe, selection, references)})"
        case _:
            raise ValueError(f"{probe.name} is not measured on rows: {probe.measure}")
    return sql


def reference(probe: Probe, references: Mapping[str, Selection]) -> str:
    """The values that the probe's column may have, as SQL that gives one column `value`."""
    if probe.references is None:
        raise ValueError(f"{probe.name} needs a column to look into")
    dataset, column = probe.references
    return references[dataset].sql(f"{identifier(column)} AS value")


def _offending(probe: Probe) -> str:
    if probe.measure is Measure.NULLS and not probe.where:
        return f"count(*) - count({identifier(probe.columns[0])})"
    return f"count(*){_only(is_offending(probe) or '')}"


def _number(probe: Probe, *, is_exact: bool) -> str:
    # Infinities and NaN would make every mean one of them.
    x = f"CAST({identifier(probe.columns[0])} AS DOUBLE)"
    form = (_OF_NUMBERS if is_exact else _ESTIMATED)[probe.measure]
    return form.format(x=x, q=probe.bound) + _only(is_judged(probe), f"isfinite({x})")


def _distinct(probe: Probe) -> str:
    columns = ", ".join(identifier(name) for name in probe.columns)
    if len(probe.columns) == 1:
        return f"count(DISTINCT {columns}){_only(is_judged(probe) if probe.where else '')}"
    return f"count(DISTINCT ({columns})){_only(is_judged(probe))}"


def _backwards(probe: Probe, selection: Selection) -> str:
    own, above = runs_backwards(probe, selection)
    times = selection.sql(f"{own} AS own, {above} AS above", numbered=True)
    return f"SELECT count(*) FILTER (WHERE own < above) FROM ({times})"


def _orphans(probe: Probe, selection: Selection, references: Mapping[str, Selection]) -> str:
    column = identifier(probe.columns[0])
    values = selection.sql(f"CASE WHEN {is_judged(probe)} THEN {column} END AS value")
    known = reference(probe, references)
    return (
        f"SELECT count(*) FROM ({values}) ANTI JOIN ({known}) USING (value) WHERE value IS NOT NULL"
    )


def _only(*conditions: str) -> str:
    """A FILTER with the conditions that are not empty; nothing without one."""
    given = [condition for condition in conditions if condition]
    return f" FILTER (WHERE {' AND '.join(given)})" if given else ""
