"""Rows of text become rows of the dataset's types; what does not fit is set aside by its line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from storage.frames.quoting import identifier, literal
from storage.frames.reading.evolution import Plan, widened
from storage.frames.reading.inference import time_formats
from storage.frames.reading.intake import MANY, Intake, Read, listed, parquet
from storage.frames.reading.lines import Lines
from storage.frames.reading.rejects import Sorted, allowed, set_aside, too_many
from storage.frames.reading.values import Shape, misfit, value, wider
from storage.records import BadLine

BATCH_ROWS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a file that was cut into lines, as text."""

    path: Path
    """Parquet: the named columns as text, and the number of each row's line."""
    number: str
    """The column with the numbers."""
    sorted: Sorted
    text: Path
    """The file as UTF-8, from which bad lines are copied."""
    lines: Lines

    @property
    def scan(self) -> str:
        """The rows as a SQL table."""
        return parquet(self.path)


def fit(intake: Intake, rows: Rows, plan: Plan, shapes: Mapping[str, Shape]) -> Read:
    """Reads rows of text with the types of the dataset, or with those they have.

    Args:
        intake: The file's.
        rows: The rows.
        plan: Which columns are read.
        shapes: What columns without a pinned type hold.

    Raises:
        FileUnreadable: More lines are bad than may be.
    """
    chosen, notes = _pinned(intake, plan, shapes), list(plan.notes)
    takes_wider = intake.rules.widened == "accept"
    for name in _with_misfits(intake, rows, chosen):
        before = chosen[name]
        chosen[name] = _fitting(intake, rows, name, before, takes_wider=takes_wider)
        if chosen[name].type != before.type:
            notes.append(widened(name, before.type, chosen[name].type))
    wrong = {name: chosen[name] for name in _with_misfits(intake, rows, chosen)}
    condition = " OR ".join(misfit(identifier(name), one) for name, one in wrong.items())
    bad = _refuse_too_many(intake, rows, wrong, condition) if wrong else 0
    schema = plan.schema(intake, {name: shape.type for name, shape in chosen.items()})
    values = {name: value(identifier(name), shape) for name, shape in chosen.items()}
    where = f" WHERE NOT ({condition})" if bad else ""
    staged, count = intake.write(
        f"SELECT {listed(plan.filled(values, schema))} FROM {rows.scan}", where=where
    )
    rejects: Path | None = None
    first: tuple[BadLine, ...] = ()
    if bad:
        reasons = _reasons(intake, rows, wrong, condition)
        rejects, first = set_aside(intake, rows.text, rows.lines, reasons)
    elif rows.sorted.bad:
        rejects, first = rows.sorted.rejects, rows.sorted.first
    return Read(
        staged=staged,
        schema=schema,
        rows=count,
        notes=tuple(notes),
        bad=first,
        bad_lines=bad + rows.sorted.bad,
        rejects=rejects,
    )


def _pinned(intake: Intake, plan: Plan, shapes: Mapping[str, Shape]) -> dict[str, Shape]:
    """What each column is read as, the dataset's types before the file's."""
    known = {}
    for name in plan.read:
        type_ = intake.pinned_type(name)
        decimal = intake.rules.csv.decimal
        known[name] = Shape(type=type_, decimal=decimal) if type_ else shapes[name]
    return known


def _with_misfits(intake: Intake, rows: Rows, shapes: Mapping[str, Shape]) -> list[str]:
    """The columns with a value that does not fit."""
    typed = {name: shape for name, shape in shapes.items() if not shape.is_text}
    if not typed or not rows.sorted.good:
        return []
    counts = ", ".join(
        f"bool_or({misfit(identifier(name), shape)})" for name, shape in typed.items()
    )
    (found,) = intake.ask(f"SELECT {counts} FROM {rows.scan}")
    return [name for name, has_any in zip(typed, found, strict=True) if has_any]


def _fitting(intake: Intake, rows: Rows, name: str, shape: Shape, *, takes_wider: bool) -> Shape:
    """`shape`, or with the format of times or the wider type that fits more of the values."""
    formats = [shape.format]
    if shape.is_time and shape.format is None:
        formats.append(time_formats(intake, rows.scan, {name: 1})[name])
    types = (shape.type, *wider(shape.type)) if takes_wider else (shape.type,)
    choices = [
        replace(shape, type=type_, format=format_)
        for type_ in types
        for format_ in dict.fromkeys(formats)
    ]
    return min(choices, key=lambda one: _misfits(intake, rows, name, one))


def _misfits(intake: Intake, rows: Rows, name: str, shape: Shape) -> int:
    condition = misfit(identifier(name), shape)
    ((count,),) = intake.ask(f"SELECT count(*) FROM {rows.scan} WHERE {condition}")
    return int(str(count))


def _refuse_too_many(
    intake: Intake, rows: Rows, chosen: Mapping[str, Shape], condition: str
) -> int:
    """How many rows hold a value that does not fit, unless these are too many."""
    ((count,),) = intake.ask(f"SELECT count(*) FROM {rows.scan} WHERE {condition}")
    bad = int(str(count))
    total = bad + rows.sorted.bad
    lines = rows.sorted.good + rows.sorted.bad
    if total > allowed(intake, lines):
        reasons = _reasons(intake, rows, chosen, condition, limit=MANY)
        first = [BadLine(line=line, reason=reason, text="") for line, reason in reasons]
        both = sorted([*rows.sorted.first[:MANY], *first], key=lambda one: one.line)[:MANY]
        raise too_many(intake, total, lines, both, hint=_hint(intake, rows, chosen))
    return bad


def _hint(intake: Intake, rows: Rows, chosen: Mapping[str, Shape]) -> str:
    """What to say in workbench.toml when wider types of the dataset would fit all values."""
    if intake.rules.widened == "accept":
        return ""
    wide = {
        name: _fitting(intake, rows, name, shape, takes_wider=True)
        for name, shape in chosen.items()
        if intake.pinned_type(name) is not None
    }
    changed = [name for name, shape in wide.items() if shape.type != chosen[name].type]
    if not changed or any(_misfits(intake, rows, name, wide[name]) for name in changed):
        return ""
    return (
        f', or say widened = "accept" under on_schema_change: all values of {changed[0]} fit '
        f"{wide[changed[0]].type}"
    )


def _reasons(
    intake: Intake,
    rows: Rows,
    chosen: Mapping[str, Shape],
    condition: str,
    limit: int | None = None,
) -> Iterator[tuple[int, str]]:
    """Numbers of the lines with a value that does not fit, and which value it is."""
    cases = " ".join(_case(name, shape) for name, shape in chosen.items() if not shape.is_text)
    number = identifier(rows.number)
    some = f" LIMIT {limit}" if limit is not None else ""
    found = intake.cursor.execute(
        f"SELECT {number}, CASE {cases} END FROM {rows.scan} "
        f"WHERE {condition} ORDER BY {number}{some}"
    )
    while batch := found.fetchmany(BATCH_ROWS):
        yield from ((int(line), str(reason)) for line, reason in batch)


def _case(name: str, shape: Shape) -> str:
    text = identifier(name)
    written = f" written like {shape.format}" if shape.format else ""
    begin = literal(f"{name} is '")
    end = literal(f"', which would not fit {shape.type}{written}")
    return f"WHEN {misfit(text, shape)} THEN {begin} || left({text}, 100) || {end}"
