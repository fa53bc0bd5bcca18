"""Rows of datasets: queries in SQL, random samples, and files."""

from __future__ import annotations

import re
import sys
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words
from workbench.core.words import NOTHING

if TYPE_CHECKING:
    from storage.records import Table

FILE = click.Path(dir_okay=False, path_type=Path)
LARGEST = 2**63 - 1
NUMBER = re.compile(r"U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|BIGNUM|DECIMAL\(\d+,\d+\)")
_ESCAPES = str.maketrans({"\n": "\\n", "\r": "\\r", "\t": "\\t"})


@click.command("sql")
@click.argument("statement", metavar="SQL")
@click.option(
    "--out",
    type=FILE,
    metavar="FILE",
    help="Write all rows to a file: .parquet, .csv, .tsv or .jsonl; one that is there is replaced.",
)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    metavar="N",
    help="Rows at most, without --out.",
)
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop the query when it takes longer.",
)
@options.as_json
@click.pass_obj
def sql(
    session: Session,
    statement: str,
    out: Path | None,
    *,
    limit: int,
    timeout_s: float | None,
    as_json: bool,
) -> None:
    """Query datasets in SQL, which can read them and do nothing else.

    A dataset is named flights, flights@v3, or flights@2013-04 for a month, day or year of event time. SQL is
    one statement in DuckDB's dialect; - reads it from the standard input.
    """
    if statement == "-":
        statement = sys.stdin.read()
    with session.open() as workbench:
        if out is not None:
            written = workbench.write_sql(statement, out, timeout_s=timeout_s)
            _tell_file(out, written, as_json=as_json)
            return
        found = workbench.sql(statement, limit=limit, timeout_s=timeout_s)
    _print(found, as_json=as_json)
    if found.has_more:
        output.say(
            f"These are the first {words.plural(len(found), 'row')}; "
            "--limit N shows more, --out FILE keeps all."
        )


@click.command("sample")
@click.argument("version")
@click.option(
    "--rows",
    type=click.IntRange(1),
    default=10,
    show_default=True,
    metavar="N",
    help="How many rows.",
)
@click.option("--where", metavar="SQL", help="A condition in SQL that the rows meet.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="N",
    help="The same version and seed give the same rows.",
)
@options.as_json
@click.pass_obj
def sample(
    session: Session, version: str, *, rows: int, where: str | None, seed: int, as_json: bool
) -> None:
    """Show random rows of a dataset."""
    with session.open() as workbench:
        found = workbench.sample(version, rows=rows, seed=seed, where=where)
    _print(found, as_json=as_json)


@click.command("export")
@click.argument("version")
@click.argument("file", type=FILE)
@options.as_json
@click.pass_obj
def export(session: Session, version: str, file: Path, *, as_json: bool) -> None:
    """Write the rows of a version to a file: .parquet, .csv, .tsv or .jsonl.

    Text is packed when the name ends so: .csv.gz. A file that is there is replaced.
    """
    with session.open() as workbench:
        written = workbench.export(version, file)
    _tell_file(file, written, as_json=as_json)


def _tell_file(file: Path, written: int, *, as_json: bool) -> None:
    if as_json:
        output.print_json({"file": file, "rows": written})
        return
    click.echo(file)
    output.say(f"{file.name} has {words.plural(written, 'row')}.")


def _print(table: Table, *, as_json: bool) -> None:
    if as_json:
        output.print_json(
            [dict(zip(table.columns, map(_plain, row), strict=True)) for row in table.rows]
        )
        return
    headings = [
        output.RIGHT + name if NUMBER.fullmatch(type_) else name
        for name, type_ in zip(table.columns, table.types, strict=True)
    ]
    output.print_table(
        [heading.translate(_ESCAPES) for heading in headings],
        ([_shown(value) for value in row] for row in table.rows),
    )
    if not table.rows:
        output.say("There are no such rows.")


def _shown(value: Any) -> str:
    """A value in a cell, exactly, on one line."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, bytes):
        return value.hex()
    return str(value).translate(_ESCAPES)


def _plain(value: Any) -> Any:
    """A value as JSON can hold it; numbers that it would round are text."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if Decimal(repr(number)) == value else str(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value if -LARGEST <= value <= LARGEST else str(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
