"""Reads CSV: in one pass where nothing is wrong, and line by line where something is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import duckdb

from storage.frames.quoting import file_pattern, identifier, literal
from storage.frames.reading import dialect as dialects
from storage.frames.reading.dialect import Dialect
from storage.frames.reading.doubts import (
    comma_doubts,
    first_doubts,
    has_few,
    last_line_doubts,
    overflowed,
    swallowed,
)
from storage.frames.reading.encodings import Text, as_utf8, otherwise
from storage.frames.reading.evolution import Plan, plan
from storage.frames.reading.fitting import Rows, fit
from storage.frames.reading.inference import OPEN, Guess, infer, time_formats
from storage.frames.reading.intake import (
    Intake,
    Read,
    is_files_fault,
    listed,
    parquet,
    reason_of,
    unreadable,
)
from storage.frames.reading.lines import CsvLines
from storage.frames.reading.rejects import sort_lines
from storage.frames.reading.streams import first_bytes, last_bytes, look_through
from storage.frames.reading.values import EXACT, Shape, checked

SAMPLE_ROWS = 20_480
ZERO = b"\0"
"""A crash leaves such bytes at the end of a file."""
SHORT = 15
"""Digits that a float keeps, whatever they are."""
_ISO = re.compile(r"\s*\d{4,5}[-/]\d{1,2}[-/]\d{1,2}([ T].*)?\s*")


def read_csv(intake: Intake) -> Read:
    """Reads a CSV file with the types of its dataset, or with those its values have.

    Raises:
        FileUnreadable: It is broken, or does not fit its dataset.
    """
    head = first_bytes(intake.source)
    text = as_utf8(intake, head)
    dialect = dialects.find(intake, head if text.path == intake.source else first_bytes(text.path))
    columns = plan(intake, dialect.names)
    read = _quickly(intake, text, dialect, columns)
    if read is None and text.path == intake.source:
        # Its beginning was UTF-8; what follows may not be.
        text = otherwise(intake)
        if text.path != intake.source:
            read = _quickly(intake, text, dialect, columns)
    read = read or _carefully(intake, text, dialect, columns)
    doubts = comma_doubts(intake, read, dialect)
    return replace(read, notes=(*text.notes, *dialect.notes, *read.notes, *doubts))


def _quickly(intake: Intake, text: Text, dialect: Dialect, columns: Plan) -> Read | None:
    """The file in one pass of DuckDB's reader; None when a line or a value is not as it should be."""
    if dialect.is_misleading or not text.is_valid:
        return None
    try:
        return _in_one_pass(intake, text, dialect, columns)
    except duckdb.Error as error:
        if not is_files_fault(error):
            raise
        return None


def _in_one_pass(intake: Intake, text: Text, dialect: Dialect, columns: Plan) -> Read | None:
    quote = dialect.quote.encode()
    with ThreadPoolExecutor(max_workers=1) as beside:
        looking = beside.submit(look_through, text.path, (ZERO, quote) if quote else (ZERO,))
        guesses = _sampled(intake, text, dialect, columns)
        shapes = _shapes(intake, dialect, columns, guesses)
        read = _copied(intake, text, dialect, columns, shapes)
        look = looking.result()
    if ZERO in look.found or overflowed(intake, read):
        return None
    if quote in look.found and swallowed(intake, read, dialect, shapes):
        return None
    open_ = [name for name, guess in guesses.items() if guess.shape is None]
    read = _settled(intake, read, open_) if open_ and read.rows else read
    if intake.rules.max_bad_share and has_few(intake, read, guesses):
        return None
    doubts = (*first_doubts(intake, read, guesses), *last_line_doubts(read, look.tail, dialect))
    return replace(read, notes=(*read.notes, *doubts))


def _is_long_number(error: duckdb.Error) -> bool:
    """Whether a whole number was longer than the first rows let expect."""
    found = re.search(
        r"does not fit: -?([0-9.]+e\+?[0-9]+|[0-9]{16,}\.0)$", str(error), re.MULTILINE
    )
    return found is not None and float(found[1]) >= EXACT


def _scan(text: Text, dialect: Dialect, types: Mapping[str, str], extra: str = "") -> str:
    columns = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    return (
        f"read_csv({file_pattern(text.path)}, {dialect.options}, skip = {dialect.skipped}, "
        f"columns = {{{columns}}}{extra})"
    )


def _sampled(intake: Intake, text: Text, dialect: Dialect, columns: Plan) -> dict[str, Guess]:
    """What the first rows say of columns without a pinned type, and of times that are not ISO's."""
    own = [name for name in columns.read if intake.pinned_type(name) is None]
    dated = [name for name in columns.read if _is_dated(intake, dialect, name)]
    if not own and not dated:
        return {}
    scan = _scan(text, dialect, dict.fromkeys(dialect.names, "VARCHAR"))
    wanted = ", ".join(map(identifier, [*own, *dated]))
    intake.ask(
        f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT {wanted} FROM {scan} LIMIT {SAMPLE_ROWS}"
    )
    try:
        first = {name: dialect.first_texts(name) for name in own}
        guesses = infer(intake, "sampled", own, rows=SAMPLE_ROWS, first=first, is_sample=True)
        guesses |= _dated(intake, "sampled", dated, is_sample=True)
    finally:
        intake.ask("DROP TABLE sampled")
    return guesses


def _is_dated(intake: Intake, dialect: Dialect, name: str) -> bool:
    """Whether a column of the dataset holds times that this file does not write as ISO has it."""
    type_ = intake.pinned_type(name)
    if type_ is None or not Shape(type=type_).is_time:
        return False
    return not all(_ISO.fullmatch(text) for text in dialect.first_texts(name) if text)


def _dated(
    intake: Intake, scan: str, names: Sequence[str], *, is_sample: bool = False
) -> dict[str, Guess]:
    """How columns of the dataset that hold times are written in this file."""
    found = {}
    formats = time_formats(intake, scan, dict.fromkeys(names, 1), is_sample=is_sample)
    for name, format_ in formats.items():
        shape = Shape(type=intake.pinned_type(name) or "TIMESTAMP", format=format_)
        found[name] = Guess(shape=None if format_ == OPEN else shape)
    return found


def _shapes(
    intake: Intake, dialect: Dialect, columns: Plan, guesses: Mapping[str, Guess]
) -> dict[str, Shape]:
    """What each column is read as; text where the first rows do not tell."""
    found: dict[str, Shape] = {}
    for name in columns.read:
        type_ = intake.pinned_type(name)
        if type_ is None:
            found[name] = replace(guesses[name].shape or Shape(type="VARCHAR"), is_new=True)
            continue
        lengths = map(len, dialect.first_texts(name))
        told = (
            guesses[name].shape if name in guesses else Shape(type=type_, decimal=dialect.decimal)
        )
        found[name] = replace(
            told or Shape(type="VARCHAR"), is_short=max(lengths, default=0) <= SHORT
        )
    return found


def _copied(
    intake: Intake, text: Text, dialect: Dialect, columns: Plan, shapes: Mapping[str, Shape]
) -> Read:
    try:
        return _copied_once(intake, text, dialect, columns, shapes)
    except duckdb.InvalidInputException as error:
        if not _is_long_number(error):
            raise
    longer = {name: replace(shape, is_short=False) for name, shape in shapes.items()}
    return _copied_once(intake, text, dialect, columns, longer)


def _copied_once(
    intake: Intake, text: Text, dialect: Dialect, columns: Plan, shapes: Mapping[str, Shape]
) -> Read:
    types = {name: shapes[name].read_as if name in shapes else "VARCHAR" for name in dialect.names}
    values = {
        name: checked(identifier(name), shape, own=types[name]) for name, shape in shapes.items()
    }
    schema = columns.schema(intake, {name: shape.type for name, shape in shapes.items()})
    staged, count = intake.write(
        f"SELECT {listed(columns.filled(values, schema))} FROM {_scan(text, dialect, types)}"
    )
    return Read(staged=staged, schema=schema, rows=count, notes=columns.notes)


def _settled(intake: Intake, read: Read, names: Sequence[str]) -> Read:
    """The rows with the types that columns have which the first rows said nothing of."""
    scan = parquet(read.staged)
    own = [name for name in names if intake.pinned_type(name) is None]
    # Their first texts told nothing, so everything is tried.
    guesses = infer(intake, scan, own, rows=read.rows, first=dict.fromkeys(own, ()))
    guesses |= _dated(intake, scan, [name for name in names if name not in own])
    shapes = {
        name: guess.shape or Shape(type=intake.pinned_type(name) or "VARCHAR")
        for name, guess in guesses.items()
    }
    shapes = {name: shape for name, shape in shapes.items() if not shape.is_text}
    if not shapes:
        return read
    columns = tuple(
        intake.column(one.name, shapes[one.name].type) if one.name in shapes else one
        for one in read.schema.columns
    )
    values = {
        name: checked(identifier(name), shapes[name]) if name in shapes else identifier(name)
        for name in read.schema.names
    }
    staged, count = intake.write(f"SELECT {listed(values)} FROM {scan}")
    return replace(read, staged=staged, rows=count, schema=replace(read.schema, columns=columns))


def _carefully(intake: Intake, text: Text, dialect: Dialect, columns: Plan) -> Read:
    """The file line by line, which finds the lines that are bad and reads the others."""
    number = "line"
    while number.casefold() in {name.casefold() for name in dialect.names}:
        number += "_"
    lines = CsvLines(dialect, _hints(intake, dialect), is_utf8=text.is_valid)
    sorted_ = sort_lines(intake, text.path, lines, suffix=".csv")
    names = [number, *dialect.names]
    clean = replace(dialect, names=tuple(names), skipped=0)
    types = {number: "BIGINT"} | dict.fromkeys(dialect.names, "VARCHAR")
    scan = _scan(Text(path=sorted_.clean), clean, types, ", new_line = '\\n'")
    wanted = ", ".join(map(identifier, [number, *columns.read]))
    try:
        path, _ = intake.write(f"SELECT {wanted} FROM {scan}", codec="snappy")
    except duckdb.Error as error:
        if not is_files_fault(error):
            raise
        raise unreadable(intake.source, reason_of(error)) from error
    rows = Rows(path=path, number=number, sorted=sorted_, text=text.path, lines=lines)
    own = [name for name in columns.read if intake.pinned_type(name) is None]
    first = {name: dialect.first_texts(name) for name in own}
    guesses = infer(intake, rows.scan, own, rows=sorted_.good, first=first)
    shapes = {name: guess.shape or Shape(type="VARCHAR") for name, guess in guesses.items()}
    read = fit(intake, rows, columns, shapes)
    tail = last_bytes(text.path)
    doubts = (*first_doubts(intake, read, guesses), *last_line_doubts(read, tail, dialect))
    return replace(read, notes=(*read.notes, *doubts))


def _hints(intake: Intake, dialect: Dialect) -> list[re.Pattern[str] | None]:
    """What the values of each column look like, by the dataset's types or by the first rows."""
    hints = []
    for name in dialect.names:
        type_ = intake.pinned_type(name)
        if type_ is None:
            hints.append(dialects.kind_of_texts(dialect.first_texts(name)))
            continue
        hints.append(dialects.look_of(intake.kind_of(type_)))
    return hints
