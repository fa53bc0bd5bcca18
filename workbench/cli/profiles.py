"""The profile of a version: its columns with their distributions drawn, or one of them in full."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import click

from workbench.cli import drawing, options, output
from workbench.cli.session import Session
from workbench.core import binning, words

if TYPE_CHECKING:
    from storage.records import ColumnProfile, Profile

NUMBERS = (
    "number", ">nulls", ">distinct", ">min", ">p5", ">median", ">p95", ">max", ">mean", ">std", "shape",
)  # fmt: skip
NUMBERS_IN_SHORT = ("number", ">nulls", ">distinct", ">min", ">median", ">max", ">mean", "shape")
TIMES = ("time", ">nulls", "first", "median", "last", "shape")
TIMES_IN_SHORT = ("time", ">nulls", "first", "last", "shape")
VALUES = ("category", ">nulls", ">distinct", "value", "", ">share", ">rows")

_WIDTH_OF_A_FILE = 120
_WIDE = 110
"""Columns of a terminal from which all figures of a number fit."""
_SHAPE, _SHAPE_IN_SHORT = 16, 10
_LISTED_VALUES, _LISTED_IN_FULL = 5, 20
_HEIGHT = 10
_LEAST_SHARE = 0.01
"""Share of the rows that listed values have together: bars of one row each say nothing."""


@click.command("profile")
@click.argument("version")
@click.option("--column", metavar="NAME", help="Show one column in full.")
@options.as_json
@click.pass_obj
def profile(session: Session, version: str, *, column: str | None, as_json: bool) -> None:
    """Show the profile of the rows a version added."""
    from storage.errors import NotFound

    with session.open() as workbench:
        found = workbench.version(version)
        profile = workbench.profile(found)
    if profile is None:
        raise NotFound(
            f"{found.label} has no profile yet.",
            "Its check job makes one: see `workbench jobs list`.",
        )
    one = None if column is None else profile.column(column)
    if column is not None and one is None:
        names = words.listed([each.name for each in profile.columns], most=8)
        raise NotFound(f"{found.label} has no column '{column}'.", f"Its columns: {names}.")
    if as_json:
        output.print_json(profile if one is None else one)
        return
    output.say(f"{found.label}, {words.plural(profile.rows, 'row')} added")
    if one is None:
        _print_columns(profile, _width())
    else:
        _print_column(one, _width())


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _WIDTH_OF_A_FILE


def _print_columns(profile: Profile, width: int) -> None:
    numbers = [one for one in profile.columns if one.kind.value == "numeric"]
    times = [one for one in profile.columns if one.kind.value == "timestamp"]
    values = [one for one in profile.columns if one not in numbers and one not in times]
    is_wide = width >= _WIDE
    blocks: list[tuple[Sequence[str], list[Sequence[str]]]] = [
        (
            NUMBERS if is_wide else NUMBERS_IN_SHORT,
            [number(one, is_wide=is_wide) for one in numbers],
        ),
        (TIMES if is_wide else TIMES_IN_SHORT, [time(one, is_wide=is_wide) for one in times]),
        (VALUES, [row for one in values for row in category(one, _room(values, width))]),
    ]
    is_first = True
    for headings, rows in blocks:
        if rows:
            if not is_first:
                click.echo()
            output.print_table(headings, rows)
            is_first = False


def number(column: ColumnProfile, *, is_wide: bool) -> tuple[str, ...]:
    """A row under NUMBERS, or under NUMBERS_IN_SHORT."""
    of = dict(column.quantiles)
    ends = words.number(column.minimum), words.number(column.maximum)
    median, mean = words.number(of.get(0.5)), words.number(column.mean)
    start = (column.name, nulls(column), distinct(column), ends[0])
    if not is_wide:
        return (*start, median, ends[1], mean, drawn(column, _SHAPE_IN_SHORT))
    tails = words.number(of.get(0.05)), words.number(of.get(0.95))
    std = words.number(column.std)
    return (*start, tails[0], median, tails[1], ends[1], mean, std, drawn(column, _SHAPE))


def time(column: ColumnProfile, *, is_wide: bool) -> tuple[str, ...]:
    """A row under TIMES, or under TIMES_IN_SHORT."""
    first, last = words.event_time(column.minimum), words.event_time(column.maximum)
    start = (column.name, nulls(column), first)
    if not is_wide:
        return (*start, last, drawn(column, _SHAPE_IN_SHORT))
    median = words.event_time(dict(column.quantiles).get(0.5))
    return (*start, median, last, drawn(column, _SHAPE))


def _room(columns: Sequence[ColumnProfile], width: int) -> int:
    """Cells that are left for bars beside the longest texts."""
    from rich.cells import cell_len

    names = max(cell_len(one.name) for one in columns)
    listed = (_short(value) for one in columns for value in one.values[:_LISTED_VALUES])
    values = max(map(cell_len, listed), default=0)
    return max(6, min(30, width - names - max(16, values) - 42))


def category(
    column: ColumnProfile, width: int, *, most: int = _LISTED_VALUES
) -> list[tuple[str, ...]]:
    """Rows under VALUES: one for each frequent value, and one for all others."""
    start = (column.name, nulls(column), distinct(column))
    pairs = list(zip(column.values, column.value_counts, strict=True))[:most]
    if sum(rows for _, rows in pairs) < _LEAST_SHARE * column.rows:
        pairs = []
    rest = max(0, column.rows - column.nulls - sum(rows for _, rows in pairs))
    largest = max((rows for _, rows in pairs), default=0)
    rows = [_value(_short(value), count, column, largest, width) for value, count in pairs]
    if rest:
        others = (column.distinct or 0) - len(pairs)
        about = "" if column.distinct_is_exact else "~"
        name = f"{about}{words.count(others)} others" if pairs else "each in few rows"
        rows.append((name, "", words.percent(rest / column.rows), words.count(rest)))
    rows = rows or [("", "", "", "")]
    return [(*(start if at == 0 else ("", "", "")), *row) for at, row in enumerate(rows)]


def _value(
    name: str, rows: int, column: ColumnProfile, largest: int, width: int
) -> tuple[str, ...]:
    bar = drawing.bar(rows / largest, width)
    return (name, bar, words.percent(rows / column.rows), words.count(rows))


def _short(value: str) -> str:
    shown = "".join(one if one.isprintable() else " " for one in value)
    shown = f"{shown[:23]}…" if len(shown) > 24 else shown
    return shown if shown.strip() else f"'{shown}'"


def nulls(column: ColumnProfile) -> str:
    """The share of the rows without a value; words where there are none."""
    missing = column.nulls + column.nans
    return words.percent(missing / column.rows) if column.rows and missing else "none"


def distinct(column: ColumnProfile) -> str:
    """How many values differ; with a sign where that is an estimate."""
    if column.distinct is None or column.distinct_is_exact:
        return words.count(column.distinct)
    return f"~{words.count(int(float(f'{column.distinct:.3g}')))}"


def drawn(column: ColumnProfile, width: int) -> str:
    """The shape of a column's numbers in one line; empty without bins."""
    if not any(column.counts):
        return ""
    return drawing.sparkline(binning.shape(column, width)[0])


def _print_column(column: ColumnProfile, width: int) -> None:
    bound = words.event_time if column.kind.value == "timestamp" else words.number
    output.print_facts(
        [
            ("Column", column.name),
            ("Type", column.type or column.kind.value),
            ("Rows", words.count(column.rows)),
            ("Nulls", _missing(column.nulls, column.rows)),
            ("NaN", _missing(column.nans, column.rows) if column.nans else ""),
            ("Distinct", distinct(column)),
            ("Mean", "" if column.mean is None else bound(column.mean)),
            ("Std", _deviation(column)),
        ]
    )
    if any(column.counts):
        click.echo()
        for line in tall(column, min(width, _WIDTH_OF_A_FILE), bound):
            click.echo(line)
        click.echo()
        ends = [("min", column.minimum), *_named(column), ("max", column.maximum)]
        if column.kind.value == "timestamp":
            output.print_facts([(name, bound(value)) for name, value in ends])
        else:
            output.print_table(
                [f">{name}" for name, _ in ends], [[bound(value) for _, value in ends]]
            )
    if column.values or column.other:
        rows = category(column, min(40, width // 3), most=_LISTED_IN_FULL)
        click.echo()
        output.print_table(VALUES[3:], [row[3:] for row in rows])


def tall(column: ColumnProfile, width: int, bound: Callable[[float | None], str]) -> list[str]:
    """The histogram of a column with the rows of its highest bar, and where it begins and ends."""
    most = width - 12
    few = column.distinct if column.distinct_is_exact else None
    bins = min(most, max(few or most, 1), max(12, len(column.edges) // 3))
    weights, (low, high) = binning.shape(column, bins)
    broad = max(1, most // bins)
    label = words.count(round(max(weights, default=0)))
    gutter = max(len(label), 1)
    lines = drawing.histogram([one for one in weights for _ in range(broad)], _HEIGHT)
    marks = [label, *[""] * (_HEIGHT - 2), "0"]
    ends = bound(low), bound(high)
    room = max(1, bins * broad - len(ends[0]) - len(ends[1]))
    return [
        *(f"{mark:>{gutter}} │{line}" for mark, line in zip(marks, lines, strict=True)),
        f"{'':{gutter}} └{'─' * (bins * broad)}",
        f"{'':{gutter}}  {ends[0]}{' ' * room}{ends[1]}",
    ]


def _named(column: ColumnProfile) -> list[tuple[str, float | None]]:
    return [
        ("median" if share == 0.5 else f"p{share * 100:g}", value)
        for share, value in column.quantiles
    ]


def _missing(count: int, rows: int) -> str:
    return f"{words.count(count)} ({words.share(count / rows)})" if count else "none"


def _deviation(column: ColumnProfile) -> str:
    if column.std is None:
        return ""
    is_time = column.kind.value == "timestamp"
    return words.duration(column.std) if is_time else words.number(column.std)
