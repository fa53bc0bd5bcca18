"""What commands print: tables and facts for people, one JSON document for programs, both on stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import click

from workbench.core.words import NOTHING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

Record = TypeVar("Record")
RIGHT = ">"
"""Before a column's heading: its values stand on the right, as numbers do."""

_STYLES = {
    "running": "cyan",
    "queued": "cyan",
    "pending": "cyan",
    "open": "yellow",
    "warn": "yellow",
    "warning": "yellow",
    "hold": "yellow",
    "held": "yellow",
    "fail": "red",
    "failed": "red",
    "dead": "red",
    "error": "red",
    "drift": "red",
    "reject": "red",
    "rejected": "red",
    "quarantined": "red",
    "stopped": "red",
    "pass": "green",
    "promoted": "green",
    "stable": "green",
}
_WIDTH_OF_A_FILE = 1000
"""Columns of output that is no terminal: lines are for programs there and are never folded."""


class Tell(Protocol):
    """Shows how far something is; the newest words replace the ones before."""

    def __call__(self, words: str, /) -> None:
        """Shows `words`."""


def write_page(path: Path, page: str) -> None:
    """Writes a page to a file, and says so on stderr.

    Raises:
        UsageError: The file cannot be written.
    """
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        from workbench.errors import UsageError

        raise UsageError(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder that is there."
        ) from error
    say(f"Wrote {path}.")


def print_json(document: object) -> None:
    """Prints records, or tuples of them, as one JSON document; times are ISO 8601 in UTC."""
    import msgspec

    encoded = msgspec.json.encode(document, enc_hook=_plain)
    click.echo(msgspec.json.format(encoded, indent=2))


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, title: str = "") -> None:
    """Prints rows under headings.

    Args:
        headings: One word a column; one that starts with RIGHT is set on the right.
        rows: One text a column.
        title: Printed above; empty: nothing.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        justify: Any = "right" if heading.startswith(RIGHT) else "left"
        # As text: a column of somebody's rows may be called [red].
        name = Text(printable(heading.removeprefix(RIGHT)))
        table.add_column(name, justify=justify, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(text) for text in row))
    console = _console()
    if title:
        console.print(_cell(f"\n{title}"), style="bold")
    console.print(table)


def print_records(
    records: Sequence[Record],
    headings: Sequence[str],
    row: Callable[[Record], Sequence[str]],
    *,
    as_json: bool,
    when_none: str,
) -> None:
    """Prints a list: as JSON, or as a table, or says why there is nothing to see.

    Args:
        records: What the list holds.
        headings: As of `print_table`.
        row: The cells of a record.
        as_json: Whether a program reads it.
        when_none: Said on stderr in place of an empty table.
    """
    if as_json:
        print_json(records)
    elif records:
        print_table(headings, map(row, records))
    else:
        say(when_none)


def print_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Prints names and values, one pair a line; pairs without a value are left out."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in facts:
        if value not in {"", NOTHING}:
            table.add_row(name, _cell(value))
    _console().print(table)


def say(words: str) -> None:
    """Tells people something on stderr, so that stdout stays what was asked for."""
    click.echo(words, err=True)


@contextmanager
def progress() -> Iterator[Tell]:
    """A line on stderr that tells how far something is; without a terminal, a line per change."""
    if not sys.stderr.isatty():
        yield _line_per_change()
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:
        yield lambda words: status.update(Text(printable(words)))


def printable(text: str) -> str:
    """`text` without what could move a terminal's cursor; line ends stay."""
    if text.isprintable():
        return text
    return "".join(
        one if one.isprintable() or one == "\n" else "\N{REPLACEMENT CHARACTER}" for one in text
    )


def _line_per_change() -> Tell:
    last = ""

    def tell(words: str) -> None:
        nonlocal last
        if words != last:
            say(words)
            last = words

    return tell


def _console() -> Console:
    from rich.console import Console

    # A console of its own for each call follows whatever stdout is by then.
    return Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE, highlight=False)


def _cell(text: str) -> Text:
    from rich.text import Text

    return Text(printable(text), style=_STYLES.get(text, ""))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise NotImplementedError(f"{type(value).__name__} has no form in JSON")
