"""How text becomes a value of a column's type: as SQL that gives NULL where a cast would change it.

DuckDB's own casts round 1.5 to 2, cut the time off a date and forget the offset of a time.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.frames.quoting import literal
from storage.frames.reading.intake import FLOATS

WHOLE_NUMBERS = {
    "TINYINT": 0,
    "UTINYINT": 1,
    "SMALLINT": 1,
    "USMALLINT": 2,
    "INTEGER": 2,
    "UINTEGER": 3,
    "BIGINT": 3,
    "UBIGINT": 4,
}
"""Types of whole numbers, each with how many of SIGNED do not hold all of its values."""
SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
WIDE = "DECIMAL(38,0)"
DECIMAL = re.compile(r"DECIMAL\((\d+),(\d+)\)")
EXACT = 2**53
"""Below this every whole number is a float of its own."""
ZONED = "TIMESTAMP WITH TIME ZONE"

CODE = r"\s*[+-]?(0[0-9].*|[0-9]{39,}|[0-9]+_[0-9_.]*)"
"""Such texts are names of something: a number would forget their zeros or their last digits."""
_WHOLE = r"\s*[+-]?[0-9]+(\.0*)?\s*"
_NEW_WHOLE = r"\s*[+-]?(0|[1-9][0-9]*)\s*"
_DAY = r"\s*[0-9]{4,5}[-/][0-9]{1,2}[-/][0-9]{1,2}"
_DATE = rf"{_DAY}([ T]0?0:00(:00(\.0*)?)?)?\s*"
_OFFSET = r"\s?(Z|UTC|[+-][0-9]{2}(:?[0-9]{2})?)"
_TIMESTAMP = (
    rf"{_DAY}([ T][0-9]{{1,2}}:[0-9]{{2}}(:[0-9]{{2}}(\.[0-9]{{0,6}}0*)?)?({_OFFSET})?)?\s*"
)
_USUAL = ("____-__-__ __:__:__", "____-__-__T__:__:__", "____-__-__T__:__:__Z")
"""How most times are written: none has an offset, and a pattern costs more than the cast."""
_INFINITE = r"(?i)\s*[+-]?inf(inity)?\s*"
_TIME = r"\s*([01]?[0-9]|2[0-3]):[0-9]{2}(:[0-9]{2}(\.[0-9]{0,6}0*)?)?\s*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the text of a column is read as."""

    type: str
    format: str | None = None
    """How days and times are written, as strptime has it; None: as ISO 8601 has it."""
    decimal: str = "."
    is_json: bool = False
    """Whether lists and structs are written as JSON."""
    is_new: bool = False
    """Whether the type was found in this very file: then 007 is a code, 1.0 no whole number, and a
    day is written without hours."""
    is_short: bool = False
    """Whether no whole number seems to have more digits than a float keeps."""

    @property
    def is_text(self) -> bool:
        """Whether every text fits as it is."""
        return self.type == "VARCHAR"

    @property
    def is_time(self) -> bool:
        """Whether it is a day or a time of a day."""
        return self.type == "DATE" or self.type.startswith("TIMESTAMP")

    @property
    def read_as(self) -> str:
        """The type the CSV reader may give by itself, without changing a value."""
        if self.type in FLOATS or self.type == "BOOLEAN":
            return self.type
        # The reader rounds what it reads as whole; that a float is whole can still be seen.
        return "DOUBLE" if self.is_short and self.type in WHOLE_NUMBERS else "VARCHAR"


def value(text: str, shape: Shape) -> str:
    """The SQL of a value of `shape.type`, NULL where the text of it does not fit.

    Args:
        text: The text as SQL.
        shape: What it is read as.
    """
    if shape.is_text:
        return text
    if shape.is_time:
        return _time(text, shape)
    if DECIMAL.fullmatch(shape.type) or shape.type in WHOLE_NUMBERS or shape.type in FLOATS:
        return _number(text, shape)
    if shape.type == "TIME":
        return f"CASE WHEN {_is_like(text, _TIME)} THEN TRY_CAST({text} AS TIME) END"
    return _other(text, shape)


def misfit(text: str, shape: Shape) -> str:
    """The SQL condition of a text that does not fit; never NULL."""
    return f"({text} IS NOT NULL AND ({value(text, shape)}) IS NULL)"


def checked(column: str, shape: Shape, *, own: str = "VARCHAR") -> str:
    """The SQL of a value that ends the statement where it does not fit.

    Args:
        column: The column as SQL.
        shape: What it is read as.
        own: The type it has: text, or what `shape.read_as` says.
    """
    if own == shape.type:
        return column
    fitting = value(column, shape) if own == "VARCHAR" else _whole(column, shape.type)
    failed = f"CAST(error('a value does not fit: ' || {column}) AS {shape.type})"
    return f"CASE WHEN {column} IS NOT NULL THEN coalesce({fitting}, {failed}) END"


def wider(type_: str) -> tuple[str, ...]:
    """Types of the same kind that hold all that `type_` holds and more, the narrowest first."""
    if type_ in WHOLE_NUMBERS:
        above = WHOLE_NUMBERS[type_] + (type_ in SIGNED)
        return (*SIGNED[above:], WIDE, "DOUBLE")
    decimal = DECIMAL.fullmatch(type_)
    if decimal is not None:
        scale = int(decimal[2])
        longer = [f"DECIMAL({width},{scale})" for width in (18, 38) if width > int(decimal[1])]
        return (*longer, "DOUBLE")
    if type_ in {"DATE", "TIMESTAMP_S", "TIMESTAMP_MS"}:
        return ("TIMESTAMP",)
    return ("DOUBLE",) if type_ == "FLOAT" else ()


def lost(name: str, own: str, target: str) -> str:
    """The SQL condition of a value of type `own` that does not come back from `target` as it was."""
    return f"(TRY_CAST(TRY_CAST({name} AS {target}) AS {own}) IS DISTINCT FROM {name})"


def _number(text: str, shape: Shape) -> str:
    number = _pointed(text, shape)
    cast = f"TRY_CAST({number} AS {shape.type})"
    if shape.type in FLOATS:
        return f"CASE WHEN NOT isinf({cast}) OR {_is_like(number, _INFINITE)} THEN {cast} END"
    decimal = DECIMAL.fullmatch(shape.type)
    if decimal is not None and decimal[2] != "0":
        pattern = rf"\s*[+-]?[0-9]*(\.[0-9]{{0,{decimal[2]}}}0*)?\s*"
        return f"CASE WHEN {_is_like(number, pattern)} THEN {cast} END"
    # Comparing is cheaper than a pattern, and most are written as DuckDB writes them.
    plain = f"TRY_CAST({text} AS {shape.type})"
    if shape.is_new:
        return (
            f"CASE WHEN CAST({plain} AS VARCHAR) = {text} OR {_is_like(text, _NEW_WHOLE)} "
            f"THEN {plain} END"
        )
    return (
        f"CASE WHEN CAST({plain} AS VARCHAR) = {text} THEN {plain} "
        f"WHEN {_is_like(number, _WHOLE)} THEN {cast} "
        f"ELSE {_whole(f'TRY_CAST({number} AS DOUBLE)', shape.type)} END"
    )


def _whole(number: str, type_: str) -> str:
    """A float as a whole number, NULL where it has a fraction or more digits than it can keep."""
    is_whole = f"abs({number}) < {EXACT} AND trunc({number}) = {number}"
    return f"CASE WHEN {is_whole} THEN TRY_CAST({number} AS {type_}) END"


def _time(text: str, shape: Shape) -> str:
    if shape.format is not None:
        read = f"try_strptime({text}, {literal(shape.format)})"
        cast = f"CAST({read} AS {shape.type})"
        return f"CASE WHEN {cast} = {read} THEN {cast} END" if shape.type == "DATE" else cast
    plain = f"TRY_CAST({text} AS {shape.type})"
    if shape.type == "DATE":
        pattern = rf"{_DAY}\s*" if shape.is_new else _DATE
        return (
            f"CASE WHEN CAST({plain} AS VARCHAR) = {text} OR {_is_like(text, pattern)} "
            f"THEN {plain} END"
        )
    # A time without an offset is one in UTC; DuckDB takes no space before an offset.
    tight = f"regexp_replace({text}, '\\s+([+-][0-9:]+)\\s*$', '\\1')"
    zoned = f"TRY_CAST(TRY_CAST({tight} AS {ZONED}) AS {shape.type})"
    usual = " ".join(f"WHEN {text} LIKE '{one}' THEN {plain}" for one in _USUAL)
    return f"CASE {usual} WHEN {_is_like(text, _TIMESTAMP)} THEN {zoned} END"


def _other(text: str, shape: Shape) -> str:
    cast = f"TRY_CAST({text} AS {shape.type})"
    if shape.type == "BOOLEAN":
        return f"TRY_CAST(trim({text}) AS BOOLEAN)"
    if shape.is_json:
        return f"TRY_CAST(TRY_CAST({text} AS JSON) AS {shape.type})"
    return f"CASE WHEN CAST({cast} AS VARCHAR) = {text} THEN {cast} END"


def _pointed(text: str, shape: Shape) -> str:
    """The text with a point for its decimal comma; a point of its own is no decimal point then."""
    if shape.decimal == ".":
        return text
    return f"CASE WHEN strpos({text}, '.') = 0 THEN replace({text}, ',', '.') END"


def _is_like(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"
