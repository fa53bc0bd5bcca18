"""The prediction log: what the endpoint answered last."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import AnsweredRequest
    from workbench.api import Workbench

HEADINGS = ("time", "version", "request", ">rows", ">latency", "answer", "caller")
EVERY_S = 0.5
_MOST = 10_000


@click.command()
@click.argument("model", metavar="MODEL", required=False)
@options.limit
@click.option("--follow", is_flag=True, help="Go on with those that come, until ctrl-c.")
@options.as_json
@click.pass_obj
def log(session: Session, model: str | None, *, limit: int, follow: bool, as_json: bool) -> None:
    """Show what the endpoint answered last.

    Newest first; with --follow oldest first, and as JSON one document a line.
    """
    with session.open() as workbench:
        found = workbench.recent_predictions(model, limit=limit)
        if follow:
            _follow(workbench, model, found, as_json=as_json)
        elif as_json:
            output.print_json(found)
        elif found:
            output.print_table(HEADINGS, map(_row, found))
        else:
            output.say(f"No request was logged{f' for {model}' if model else ''} yet.")


def _follow(
    workbench: Workbench, model: str | None, found: tuple[AnsweredRequest, ...], *, as_json: bool
) -> None:
    try:
        for one in _coming(workbench, model, found):
            if as_json:
                import msgspec

                line = msgspec.json.encode(one).decode()
            else:
                line = "  ".join(cell for cell in _row(one) if cell)
            sys.stdout.write(f"{output.printable(line)}\n")
            sys.stdout.flush()
    except KeyboardInterrupt:
        return


def _coming(
    workbench: Workbench, model: str | None, found: tuple[AnsweredRequest, ...]
) -> Iterator[AnsweredRequest]:
    """Those that were found, oldest first, and then all that come."""
    known: set[tuple[str, str, int]] = set()
    since = found[0].at if found else None
    while True:
        for one in reversed(found):
            identity = (one.request, one.role, one.version)
            if identity not in known:
                yield one
        known = {(one.request, one.role, one.version) for one in found}
        since = found[0].at if found else since
        time.sleep(EVERY_S)
        found = workbench.recent_predictions(model, limit=_MOST, since=since)


def _row(one: AnsweredRequest) -> tuple[str, ...]:
    version = f"{one.model}@v{one.version}"
    return (
        words.moment(one.at),
        version if one.role == "answer" else f"{version} {one.role}",
        one.request,
        words.count(one.rows),
        f"{one.latency_us / 1000:.2f} ms",
        _answer(one),
        one.caller,
    )


def _answer(one: AnsweredRequest) -> str:
    """What the first row's answer was: `yes 0.71`."""
    if len(one.scores) == 1:
        shown = "NaN" if math.isnan(one.scores[0]) else words.number(one.scores[0])
        return f"{one.label} {shown}".strip()
    best = max(one.scores)
    return f"{one.label} {words.number(best)}".strip()
