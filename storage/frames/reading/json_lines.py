"""Reads JSON: objects one a line, or in one array; a broken line of the former is set aside alone."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb

from storage.frames.quoting import file_pattern, identifier, literal
from storage.frames.reading.columnar import described, fit_types
from storage.frames.reading.doubts import overflowed
from storage.frames.reading.encodings import Text, as_utf8, otherwise
from storage.frames.reading.evolution import plan
from storage.frames.reading.fitting import Rows, fit
from storage.frames.reading.intake import (
    FLOATS,
    KEPT_AS,
    Intake,
    Read,
    is_files_fault,
    listed,
    parquet,
    unreadable,
)
from storage.frames.reading.lines import JsonLines
from storage.frames.reading.rejects import sort_lines
from storage.frames.reading.streams import first_bytes
from storage.frames.reading.values import WIDE, ZONED, Shape, lost

# Text of these is read as what it is for DuckDB; a time with an offset is kept in UTC.
OWN_AS = KEPT_AS | {ZONED: "TIMESTAMP"}
NUMBERS = FLOATS | {"BIGINT", WIDE}
_RENAMED = re.compile(r"(.*)_[0-9]+", re.DOTALL)


def read_json(intake: Intake) -> Read:
    """Reads a JSON file with the types of its dataset, or with those its values have.

    Raises:
        FileUnreadable: It is broken, or does not fit its dataset.
    """
    head = first_bytes(intake.source)
    if re.fullmatch(rb"\s*\[\s*\]\s*", head.removeprefix(codecs.BOM_UTF8)):
        raise unreadable(intake.source, "it has no rows")
    text = as_utf8(intake, head)
    is_lines = not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    try:
        read = _quickly(intake, text, is_lines=is_lines)
    except duckdb.Error as error:
        if not is_lines or not is_files_fault(error):
            raise
        read = None
    if read is None:
        text = otherwise(intake) if text.path == intake.source else text
        read = _carefully(intake, text)
    return replace(read, notes=(*text.notes, *read.notes))


def _quickly(intake: Intake, text: Text, *, is_lines: bool) -> Read | None:
    """The file by DuckDB's reader; None when the value of a line does not fit."""
    if not text.is_valid:
        return None
    own = described(intake, f"read_json({source_of(text)}, sample_size = -1)")
    if not own:
        raise unreadable(intake.source, "it has no rows")
    columns = plan(intake, tuple(own))
    _refuse_twins(intake, text, own)
    read_as = _read_as(intake, text, {name: own[name] for name in columns.read})
    wanted = {name: intake.pinned_type(name) or OWN_AS.get(of, of) for name, of in read_as.items()}
    scan = _scan(text, read_as | {name: "VARCHAR" for name in own if name not in read_as})
    if wanted != read_as:
        # DuckDB pushes casts into its text readers, which then round and cut what they read.
        staged, _ = intake.write(f"SELECT {', '.join(map(identifier, read_as))} FROM {scan}")
        scan = parquet(staged)
    if is_lines and not _fits(intake, scan, read_as, wanted):
        return None
    read = fit_types(intake, scan, own | read_as, columns, own_as=OWN_AS)
    if not overflowed(intake, read):
        return read
    if is_lines:
        return None
    raise unreadable(intake.source, "one of its numbers is larger than a float can be")


def _carefully(intake: Intake, text: Text) -> Read:
    """The file line by line, which finds the lines that are bad and reads the others."""
    number = "number of the line"
    lines = JsonLines(number)
    sorted_ = sort_lines(intake, text.path, lines, suffix=".jsonl")
    if not sorted_.good:
        raise unreadable(intake.source, "it has no rows")
    clean = Text(path=sorted_.clean)
    own = described(intake, f"read_json({source_of(clean)}, sample_size = -1)")
    del own[number]
    if not own:
        raise unreadable(intake.source, "it has no rows")
    columns = plan(intake, tuple(own))
    shapes = {
        name: Shape(type=OWN_AS.get(type_, type_), is_json=True)
        for name, type_ in _read_as(intake, clean, {one: own[one] for one in columns.read}).items()
    }
    scan = _scan(clean, {number: "BIGINT"} | dict.fromkeys(columns.read, "JSON"))
    texts = {name: f"{identifier(name)} ->> '$'" for name in columns.read}
    select = listed({number: identifier(number)} | texts)
    path, _ = intake.write(f"SELECT {select} FROM {scan}")
    rows = Rows(path=path, number=number, sorted=sorted_, text=text.path, lines=lines)
    return fit(intake, rows, columns, shapes)


def source_of(text: Text) -> str:
    """The file, and how its rows are told apart, for DuckDB's reader."""
    return f"{file_pattern(text.path)}, hive_partitioning = false, records = true"


def _scan(text: Text, types: Mapping[str, str]) -> str:
    columns = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in types.items())
    return f"read_json({source_of(text)}, columns = {{{columns}}})"


def _read_as(intake: Intake, text: Text, own: Mapping[str, str]) -> dict[str, str]:
    """The types text is read with: the pinned ones where they take each text as it is."""
    read = {name: KEPT_AS.get(type_, type_) for name, type_ in own.items()}
    for name, type_ in read.items():
        wanted = intake.pinned_type(name)
        if wanted == "VARCHAR" or (wanted in FLOATS and type_ in NUMBERS):
            read[name] = wanted
    unsure = [
        name
        for name, type_ in own.items()
        if type_ in {"DOUBLE", "HUGEINT"} and intake.pinned_type(name) in {None, WIDE}
    ]
    return read | _whole(intake, text, unsure)


def _whole(intake: Intake, text: Text, names: Sequence[str]) -> dict[str, str]:
    """The narrowest type for each of the columns that hold whole numbers alone.

    DuckDB takes those of more than 64 bits for floats, and negative ones among others for long ones.
    """
    if not names:
        return {}
    values = [f"{identifier(name)} ->> '$'" for name in names]
    tests = ", ".join(
        f"bool_and(regexp_full_match({one}, '-?[0-9]{{1,38}}')), "
        f"bool_and(TRY_CAST({one} AS BIGINT) IS NOT NULL) FILTER (WHERE {one} IS NOT NULL)"
        for one in values
    )
    (found,) = intake.ask(f"SELECT {tests} FROM {_scan(text, dict.fromkeys(names, 'JSON'))}")
    pairs = zip(names, found[::2], found[1::2], strict=True)
    return {name: "BIGINT" if is_short else WIDE for name, is_whole, is_short in pairs if is_whole}


def _fits(intake: Intake, scan: str, read_as: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether no value would change by being cast from the one types to the others."""
    changed = [name for name, type_ in read_as.items() if wanted[name] != type_]
    if not changed:
        return True
    conditions = [lost(identifier(name), read_as[name], wanted[name]) for name in changed]
    ((count,),) = intake.ask(f"SELECT count(*) FROM {scan} WHERE {' OR '.join(conditions)}")
    return not count


def _refuse_twins(intake: Intake, text: Text, own: Mapping[str, str]) -> None:
    """Refuses keys that differ in case alone: DuckDB calls the second one `a_1`, and loses it."""
    known = {name.casefold() for name in own}
    if not any((twin := _RENAMED.fullmatch(name)) and twin[1].casefold() in known for name in own):
        return
    keys = intake.ask(
        f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({file_pattern(text.path)})"
    )
    found: dict[str, str] = {}
    for name in sorted(str(key) for (key,) in keys):
        other = found.setdefault(name.casefold(), name)
        if other != name:
            reason = f"two of its columns are called '{other}' and '{name}'"
            raise unreadable(intake.source, reason, "Give each column a name of its own")
