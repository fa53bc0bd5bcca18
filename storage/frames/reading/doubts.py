"""What should be known about a CSV file although it could be read: signs that it is not as it was meant."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.frames.quoting import file_pattern, identifier, literal
from storage.frames.reading.dialect import Dialect, look_of
from storage.frames.reading.inference import Guess
from storage.frames.reading.intake import FLOATS, Intake, Read, parquet, unreadable
from storage.frames.reading.values import Shape, misfit

SUSPECTS = 10_000
"""How many texts with line breaks are looked at."""
_COMMA = re.compile(r"\s*[+-]?\d+,\d+\s*")
RARE = 0.01
"""Share of values from which on text among numbers is nothing rare."""
TOTAL = re.compile(
    r"\W*((grand|sub)[ -]?)?(totals?|sums?|summe|합계|총계|소계|총합|合計|総計)\b.*|\W*\d+ (rows?|행)\W*",
    re.IGNORECASE,
)


def swallowed(intake: Intake, read: Read, dialect: Dialect, shapes: Mapping[str, Shape]) -> bool:
    """Whether a quote that was never closed seems to have taken the rows behind it into one value.

    A file with such a quote is valid CSV: only its meaning tells, by lines within a value that look
    like rows.
    """
    hints = [
        look_of(intake.kind_of(shapes[name].type)) if name in shapes else None
        for name in dialect.names
    ]
    texts = [name for name, shape in shapes.items() if shape.is_text]
    if not texts or not any(hints):
        return False
    for name in texts:
        place = dialect.names.index(name)
        for (text,) in intake.ask(_suspects(read, dialect, name, place)):
            if _is_rows(str(text), dialect, place, hints):
                return True
    return False


def overflowed(intake: Intake, read: Read) -> bool:
    """Whether a float is infinite, as it is where a number was larger than it can be."""
    floats = [identifier(one.name) for one in read.schema.columns if one.type in FLOATS]
    if not floats:
        return False
    # The least and the largest value stand in the Parquet file, unless one is infinite or no number.
    ends = ", ".join(f"isfinite(min({one})), isfinite(max({one}))" for one in floats)
    (finite,) = intake.ask(f"SELECT {ends} FROM {parquet(read.staged)}")
    if all(one in (True, None) for one in finite):
        return False
    infinite = ", ".join(f"bool_or(isinf({one}))" for one in floats)
    return any(intake.ask(f"SELECT {infinite} FROM {parquet(read.staged)}")[0])


def has_few(intake: Intake, read: Read, guesses: Mapping[str, Guess]) -> bool:
    """Whether a column is text because of so few of its values that their lines may be set aside."""
    return any(
        0 < few.count <= intake.rules.max_bad_share * read.rows
        for few in _fews(intake, read, guesses)
    )


def first_doubts(intake: Intake, read: Read, guesses: Mapping[str, Guess]) -> tuple[str, ...]:
    """Notes on new columns that are text because of very few of their values, or have none.

    Raises:
        FileUnreadable: It is because of a last line with totals.
    """
    notes = [
        f"{name} has no values: it is text from now on" for name in _empty(intake, read, guesses)
    ]
    for few in _fews(intake, read, guesses):
        if few.is_last:
            _refuse_totals(intake, read, few)
            notes.append(
                f"{few.name} is text because of the last row alone ('{few.example}'); "
                f"all others are {few.others}"
            )
        elif few.count <= RARE * few.present:
            notes.append(
                f"{few.name} is text because of {few.count} of {few.present} values, "
                f"such as '{few.example}'; all others are {few.others}"
            )
    return tuple(notes)


def comma_doubts(intake: Intake, read: Read, dialect: Dialect) -> tuple[str, ...]:
    """Notes on new columns of text that seem to be numbers with a decimal comma."""
    if dialect.decimal == ",":
        return ()
    return tuple(
        f"{one.name} is text, but looks like numbers with a decimal comma; if so, say decimal = ',' under csv"
        for one in read.schema.columns
        if one.type == "VARCHAR"
        and intake.pinned_type(one.name) is None
        and one.name in dialect.names
        and (texts := [text for text in dialect.first_texts(one.name) if text])
        and all(_COMMA.fullmatch(text) for text in texts)
    )


def last_line_doubts(read: Read, tail: bytes, dialect: Dialect) -> tuple[str, ...]:
    """Notes on the end of a file: a line that may be cut, or one that looks like totals.

    Args:
        read: The rows that were read.
        tail: The last bytes of the file as UTF-8.
        dialect: How it is written.
    """
    notes = []
    if not tail.endswith((b"\n", b"\r")):
        notes.append("the last line has no line end: it may be cut")
    last = last_line_of_totals(tail, dialect.delimiter)
    is_aside = any(one.text == last for one in read.bad)
    if last is not None and not is_aside:
        notes.append(f"the last line looks like totals ('{last[:60]}'), and was read as a row")
    return tuple(notes)


def last_line_of_totals(tail: bytes, delimiter: str) -> str | None:
    """The last line with anything in it if it looks like totals.

    Args:
        tail: The last bytes of the file as UTF-8.
        delimiter: What stands between its fields.
    """
    lines = tail.decode("utf-8", "replace").splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "")
    fields = next(csv.reader([last], delimiter=delimiter), [])
    first = next((field for field in fields if field.strip()), "")
    return last if TOTAL.fullmatch(first) else None


def _suspects(read: Read, dialect: Dialect, name: str, place: int) -> str:
    """The texts of a column whose first and last line have as many delimiters as parts of rows."""
    text, delimiter = identifier(name), literal(dialect.delimiter)
    counts = [
        f"len(split_part({text}, chr(10), {line})) "
        f"- len(replace(split_part({text}, chr(10), {line}), {delimiter}, '')) = {delimiters}"
        for line, delimiters in ((1, len(dialect.names) - 1 - place), (-1, place))
    ]
    return (
        f"SELECT {text} FROM {parquet(read.staged)} "
        f"WHERE contains({text}, chr(10)) AND {' AND '.join(counts)} LIMIT {SUSPECTS}"
    )


def _is_rows(
    text: str, dialect: Dialect, place: int, hints: Sequence[re.Pattern[str] | None]
) -> bool:
    """Whether a value reads as the end of a row, whole rows, and the beginning of another."""
    first, *between, last = text.split("\n")
    parts = [
        (first, hints[place:]),
        *((line, hints) for line in between),
        (last, hints[: place + 1]),
    ]
    seen = False
    for line, wanted in parts:
        fields = line.split(dialect.delimiter)
        if len(fields) != len(wanted):
            return False
        for field, hint in zip(fields, wanted, strict=True):
            if hint is None or field in dialect.nulls:
                continue
            if not hint.fullmatch(field):
                return False
            seen = True
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Few:
    """The values that make a column text, whose others are something else."""

    name: str
    count: int
    present: int
    example: str
    is_last: bool
    """Whether it is the last row alone."""
    others: str
    """What the others are."""


def _fews(intake: Intake, read: Read, guesses: Mapping[str, Guess]) -> list[_Few]:
    return [
        _few(intake, read, name, guess.nearly)
        for name, guess in guesses.items()
        if guess.nearly is not None and guess.shape is not None and guess.shape.is_text
    ]


def _few(intake: Intake, read: Read, name: str, nearly: Shape) -> _Few:
    text = identifier(name)
    wrong = f"FILTER (WHERE {misfit(text, nearly)})"
    ((present, count, last, example),) = intake.ask(
        f"SELECT count({text}), count(*) {wrong}, max(file_row_number) {wrong}, "
        f"arg_min({text}, file_row_number) {wrong} FROM {_numbered(read)}"
    )
    total, few = int(str(present)), int(str(count))
    return _Few(
        name=name,
        count=few,
        present=total,
        example=str(example),
        is_last=few == 1 and total > 2 and last == read.rows - 1,
        others="times" if nearly.is_time or nearly.type == "TIME" else "numbers",
    )


def _empty(intake: Intake, read: Read, guesses: Mapping[str, Guess]) -> list[str]:
    """New columns without any value, not just without one in the first rows."""
    names = [
        name
        for name, guess in guesses.items()
        if not guess.present and intake.pinned_type(name) is None
    ]
    if not names:
        return []
    counts = ", ".join(f"count({identifier(name)})" for name in names)
    (found,) = intake.ask(f"SELECT {counts} FROM {parquet(read.staged)}")
    return [name for name, count in zip(names, found, strict=True) if not count]


def _refuse_totals(intake: Intake, read: Read, few: _Few) -> None:
    texts = ", ".join(f"CAST({identifier(one)} AS VARCHAR)" for one in read.schema.names)
    (row,) = intake.ask(
        f"SELECT {texts} FROM {_numbered(read)} WHERE file_row_number = {read.rows - 1}"
    )
    if any(isinstance(one, str) and TOTAL.fullmatch(one) for one in row):
        raise unreadable(
            intake.source,
            f"its last line looks like totals: {few.name} is '{few.example}' there, "
            f"and all others are {few.others}",
            "Remove that line, or set it aside with max_bad_share",
        )


def _numbered(read: Read) -> str:
    return f"read_parquet({file_pattern(read.staged)}, file_row_number = true)"
