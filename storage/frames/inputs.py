"""What a model's input takes of a column, as SQL: its value, and the condition of one that does not fit."""

from __future__ import annotations

from storage.frames.quoting import identifier
from storage.frames.reading.values import WHOLE_NUMBERS, Shape, misfit, value
from storage.records import CsvRules, InputColumn, InputType

_FLOATS = ("FLOAT", "DOUBLE", "DECIMAL")
_WHOLE = frozenset([*WHOLE_NUMBERS, "HUGEINT", "UHUGEINT"])
_READ_AS = {InputType.NUMBER: "DOUBLE", InputType.INTEGER: "BIGINT", InputType.BOOLEAN: "BOOLEAN"}
"""What a text is read as for an input, where it is not taken as it is."""
_NOTHING = "CAST('nan' AS DOUBLE)"

Taken = tuple[str, str]
"""The value as SQL, and the condition of one that does not fit; that is empty where all do."""


def taken(column: InputColumn, *, own: str, csv: CsvRules | None) -> Taken:
    """What an input takes of a column: a double with NaN, or a text with "", where it is missing.

    Args:
        column: The input.
        own: The column's type; of texts that were read as they stand, VARCHAR.
        csv: How such texts are written; None: the column has a type of its own.
    """
    name = identifier(column.name)
    if column.is_moment:
        return _moment(name, own)
    if column.type is InputType.STRING:
        return _text(name, own)
    if csv is not None:
        shape = Shape(type=_READ_AS[column.type], decimal=csv.decimal)
        return _or_nothing(value(name, shape)), misfit(name, shape)
    if column.type is InputType.BOOLEAN:
        return (_or_nothing(name), "") if own == "BOOLEAN" else _none_fits(name, _NOTHING)
    return _number(name, own, is_whole=column.type is InputType.INTEGER)


def _text(name: str, own: str) -> Taken:
    if own == "VARCHAR" or own.startswith("ENUM"):
        return f"coalesce(CAST({name} AS VARCHAR), '')", ""
    return _none_fits(name, "''")


def _number(name: str, own: str, *, is_whole: bool) -> Taken:
    if not _is_number(own):
        return _none_fits(name, _NOTHING)
    if own in _WHOLE or not is_whole:
        return _or_nothing(name), ""
    # A whole number may be written as a float, as columns are that once held a null.
    broken = f"coalesce(trunc({name}) <> {name}, false)"
    return f"CASE WHEN {broken} THEN {_NOTHING} ELSE {_or_nothing(name)} END", broken


def _moment(name: str, own: str) -> Taken:
    """Seconds since 1970 UTC: of a moment, of a text that is one, or numbers as they are."""
    if own == "DATE" or own.startswith("TIMESTAMP"):
        return _or_nothing(f"epoch(CAST({name} AS TIMESTAMP))"), ""
    if own != "VARCHAR":
        return (_or_nothing(name), "") if _is_number(own) else _none_fits(name, _NOTHING)
    # Casting by way of the zoned type heeds an offset, which a plain timestamp would drop.
    seconds = f"coalesce(epoch(TRY_CAST({name} AS TIMESTAMPTZ)), TRY_CAST({name} AS DOUBLE))"
    return _or_nothing(seconds), f"(coalesce({name}, '') <> '' AND {seconds} IS NULL)"


def _is_number(own: str) -> bool:
    return own in _WHOLE or own.startswith(_FLOATS)


def _or_nothing(number: str) -> str:
    return f"coalesce(CAST({number} AS DOUBLE), {_NOTHING})"


def _none_fits(name: str, nothing: str) -> Taken:
    return nothing, f"({name} IS NOT NULL)"
