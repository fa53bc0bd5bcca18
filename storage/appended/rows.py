"""Appended lines and sealed Parquet files as the same rows of SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from storage.appended.sealed import Part, Sources, stored_names
from storage.frames import Frames, identifier, literal
from storage.frames.quoting import file_pattern

_MAP = "MAP(VARCHAR, VARCHAR[])"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How lines become rows: some columns that every row has, and others that callers sent."""

    fixed: Mapping[str, str]
    """The columns that every row has, with their types."""
    time: str
    """The one of them that says when a row came."""
    line: Mapping[str, str]
    """The fields of a line, with their types; those of `sent` are not among them."""
    needed: str
    """A field that every whole line has."""
    each: Mapping[str, str]
    """SQL over the fields of a line: per fixed column its value, or its values, unnested."""
    sent: tuple[str, ...]
    """Fields with columns that callers sent, as lists by name; the first that has one counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Columns that callers sent."""

    types: Mapping[str, str]
    """Per name its DuckDB type."""
    fields: Mapping[str, Collection[str]]
    """Per field of the lines, the names that occur in it."""
    torn_lines: int = 0
    """Lines that no reader takes: what a killed process was writing."""

    @classmethod
    def texts(cls, form: Form, names: Sequence[str]) -> Sent:
        """Columns of which it is not known where they were sent, all as texts."""
        return cls(
            types=dict.fromkeys(names, "VARCHAR"), fields=dict.fromkeys(form.sent, frozenset(names))
        )


def rows_sql(form: Form, found: Sources, sent: Sent) -> str:
    """A SELECT of all rows, with the fixed columns and those that callers sent.

    Args:
        form: What the lines are.
        found: Not empty.
        sent: The columns; their names in the rows are what `stored_names` makes of them.
    """
    shown = stored_names(list(sent.types), form.fixed)
    selects = [
        _of_parts(form, found.folder, parts, sent.types, shown) for parts in _alike(found.parts)
    ]
    if found.segments:
        selects.append(_of_segments(form, found.segments, sent, shown))
    return " UNION ALL ".join(selects)


def lines_sql(segments: Sequence[Path], types: Mapping[str, str]) -> str:
    """The lines of segments as a relation; a torn one is a row of nulls, and so is a value that does not fit."""
    files = ", ".join(file_pattern(path) for path in segments)
    columns = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    return (
        f"read_json([{files}], format = 'newline_delimited', ignore_errors = true, "
        f"columns = {{{columns}}})"
    )


def parquet_sql(folder: Path, parts: Sequence[Part]) -> str:
    """The rows of parts as a relation."""
    files = ", ".join(file_pattern(folder / part.name) for part in parts)
    return f"read_parquet([{files}], union_by_name = true, hive_partitioning = false)"


def sent_to(form: Form, frames: Frames, found: Sources, types: Mapping[str, str]) -> Sent:
    """The columns that callers sent, each with a type that holds all its values.

    Args:
        form: What the lines are.
        frames: The DuckDB to ask.
        found: Where the rows lie.
        types: DuckDB types of the columns that are known, in their order; what else was sent is text.
    """
    fields, torn_lines = _names_in(form, frames, found.segments)
    names = set(chain.from_iterable(fields.values()))
    held = {name: types.get(name, "VARCHAR") for name in names}
    stored = [column for part in found.parts for column in part.columns]
    for column in stored:
        known = held.get(column.name, types.get(column.name, column.type))
        held[column.name] = _united(known, column.type)
    unknown = sorted(names.difference(types))
    others = [column.name for column in stored if column.name not in types]
    order = dict.fromkeys([*unknown, *others, *types])
    return Sent(
        types={name: held[name] for name in order if name in held},
        fields=fields,
        torn_lines=torn_lines,
    )


def _names_in(
    form: Form, frames: Frames, segments: Sequence[Path]
) -> tuple[dict[str, set[str]], int]:
    """The names of the columns in each field of the lines, and how many lines are torn."""
    if not segments:
        return {field: set() for field in form.sent}, 0
    lines = lines_sql(segments, {form.needed: "JSON", **dict.fromkeys(form.sent, "JSON")})
    lists = ", ".join(f"list(DISTINCT json_keys({field}))" for field in form.sent)
    ((*found, torn),) = frames.rows(
        f"SELECT {lists}, count(*) FILTER ({form.needed} IS NULL) FROM {lines}"  # noqa: S608 - quoted
    )
    fields = {
        field: set(chain.from_iterable(filter(None, names or ())))
        for field, names in zip(form.sent, found, strict=True)
    }
    return fields, int(torn)


def _united(first: str, second: str) -> str:
    """The DuckDB type that holds what both hold."""
    if first == second:
        return first
    return "DOUBLE" if {first, second} == {"BIGINT", "DOUBLE"} else "VARCHAR"


def _alike(parts: Iterable[Part]) -> list[list[Part]]:
    """The parts, those together that have the same columns under the same names."""
    groups: dict[object, list[Part]] = {}
    for part in parts:
        layout = tuple(sorted((one.name, one.stored, one.type) for one in part.columns))
        groups.setdefault(layout, []).append(part)
    return list(groups.values())


def _of_parts(
    form: Form,
    folder: Path,
    parts: Sequence[Part],
    types: Mapping[str, str],
    shown: Mapping[str, str],
) -> str:
    stored = {column.name: column for column in parts[0].columns}
    columns = [identifier(name) for name in form.fixed]
    for name, type_ in types.items():
        column = stored.get(name)
        value = identifier(column.stored) if column else "NULL"
        if column is None or column.type != type_:
            value = f"TRY_CAST({value} AS {type_})"
        columns.append(f"{value} AS {identifier(shown[name])}")
    return f"SELECT {', '.join(columns)} FROM {parquet_sql(folder, parts)}"  # noqa: S608 - quoted


def _of_segments(form: Form, segments: Sequence[Path], sent: Sent, shown: Mapping[str, str]) -> str:
    # As structs the values are parsed into their types at once, four times as fast as as maps; but a
    # struct has no fields whose names differ in case alone, or are empty.
    names = list(sent.types)
    is_plain = len({name.casefold() for name in names}) == len(names) and not any(
        not name or "\0" in name for name in names
    )
    kinds = {}
    for field, inside in sent.fields.items():
        fields = [f"{identifier(name)} {sent.types[name]}[]" for name in names if name in inside]
        if fields:
            kinds[field] = f"STRUCT({', '.join(fields)})" if is_plain else _MAP
    columns = [f"{value} AS {identifier(name)}" for name, value in form.each.items()]
    for name in names:
        place = f".{identifier(name)}" if is_plain else f"[{_text(name)}]"
        values = [f"{field}{place}" for field in form.sent if name in sent.fields[field]]
        value = f"unnest(coalesce({', '.join(values)}))" if values else "NULL"
        if not is_plain:
            value = f"TRY_CAST({value} AS {sent.types[name]})"
        columns.append(f"{value} AS {identifier(shown[name])}")
    lines = lines_sql(segments, {**form.line, **kinds})
    return (
        f"SELECT * FROM (SELECT {', '.join(columns)} FROM {lines} "  # noqa: S608 - quoted
        f"WHERE {form.needed} IS NOT NULL) WHERE {form.time} IS NOT NULL"
    )


def _text(name: str) -> str:
    """A name as a SQL expression, zero characters among it."""
    return " || chr(0) || ".join(map(literal, name.split("\0")))
