"""Who answers a model's requests: shown, shared out, taken back, and compared."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import ModelRouting, ShadowAgreement

HEADINGS = ("model", "alias", "version", ">share", "by")
COMPARED = (
    "shadow", "of", ">requests", ">rows", ">agree", ">mean diff", ">largest", "first", "last",
)  # fmt: skip


@click.command()
@click.argument("model", metavar="MODEL")
@click.argument("weights", metavar="ALIAS=WEIGHT…", nargs=-1)
@click.option("--shadow", "shadows", multiple=True, metavar="ALIAS", help="Answers too, unseen.")
@click.option(
    "--sticky",
    metavar="WHAT",
    help="What keeps a caller with one version: column:NAME or header:NAME.",
)
@click.option("--clear", "is_cleared", is_flag=True, help="The champion answers everything again.")
@click.option(
    "--why",
    default="no reason given",
    metavar="TEXT",
    help="The reason, kept with the change for ever.",
)
@options.as_json
@click.pass_obj
def route(
    session: Session,
    model: str,
    weights: tuple[str, ...],
    *,
    shadows: tuple[str, ...],
    sticky: str | None,
    is_cleared: bool,
    why: str,
    as_json: bool,
) -> None:
    """Share out a model's requests, all anew.

    `workbench serve route late challenger=10` gives the challenger 10 % and the champion the rest; what
    is not named any more answers no more. What sticks stays as it is unless --sticky says otherwise.
    """
    from storage.records import Routing

    if is_cleared == bool(weights or shadows or sticky is not None):
        raise click.UsageError("Say who answers (challenger=10, --shadow candidate), or --clear.")
    answers = dict(map(_weight, weights))
    with session.open() as workbench:
        before = workbench.routing(model)
        if is_cleared:
            wanted = Routing()
        else:
            kept = before.routing.sticky if sticky is None else sticky
            wanted = Routing(answers=answers, shadows=shadows, sticky=kept)
        found = workbench.set_routing(model, wanted, expected=before.routing, why=why)
    _print([found], as_json=as_json)


@click.command()
@click.argument("model", metavar="[MODEL]", required=False)
@options.as_json
@click.pass_obj
def routes(session: Session, model: str | None, *, as_json: bool) -> None:
    """Show who answers each model's requests."""
    with session.open() as workbench:
        found = list(workbench.routings()) if model is None else [workbench.routing(model)]
    _print([one for one in found if model or one.champion], as_json=as_json)


@click.command()
@click.argument("model", metavar="MODEL")
@click.option("--since", metavar="DURATION", help="Only what was asked in the last 2h or 7d.")
@options.as_json
@click.pass_obj
def shadows(session: Session, model: str, *, since: str | None, as_json: bool) -> None:
    """Compare a model's shadows with what was answered, from the prediction log.

    A row agrees when both versions name the same class, or values no farther apart than the shadow's own
    proof allows.
    """
    start = None if since is None else datetime.now(UTC) - _duration(since)
    with session.open() as workbench:
        found = workbench.shadow_agreement(model, since=start)
    if as_json:
        output.print_json(found)
    elif found:
        output.print_table(COMPARED, map(_compared, found))
    else:
        output.say(
            f"No shadow of {model} was asked{' since then' if since else ' yet'}. "
            f"`workbench serve route {model} --shadow ALIAS` makes one."
        )


def _duration(text: str) -> timedelta:
    from workbench.config import units

    try:
        return units.duration(text)
    except ValueError as error:
        raise click.BadParameter(
            f"'{text}' is not {units.DURATIONS}.", param_hint="--since"
        ) from error


def _compared(one: ShadowAgreement) -> tuple[str, ...]:
    return (
        words.versioned(one.model, one.version),
        f"v{one.answered_by}",
        words.count(one.requests),
        words.count(one.rows),
        words.percent(one.share, 2),
        words.number(one.mean_difference),
        words.number(one.largest_difference),
        words.moment(one.first_at),
        words.moment(one.last_at),
    )


def _weight(text: str) -> tuple[str, int]:
    alias, _, weight = text.partition("=")
    if not (alias and weight.isascii() and weight.isdigit() and len(weight) < 10):
        raise click.UsageError(f"'{text}' is no share; write ALIAS=WEIGHT: challenger=10.")
    return alias, int(weight)


def _print(found: list[ModelRouting], *, as_json: bool) -> None:
    if as_json:
        output.print_json(
            [
                {
                    "model": one.model,
                    "answers": dict(one.routing.answers),
                    "shadows": list(one.routing.shadows),
                    "sticky": one.routing.sticky,
                    "versions": {alias: version.number for alias, version in one.versions.items()},
                }
                for one in found
            ]
        )
        return
    rows = [row for one in found for row in _rows(one)]
    if not rows:
        output.say("No model has a champion yet. `workbench model promote VERSION` makes one.")
        return
    output.print_table(HEADINGS, rows)


def _rows(found: ModelRouting) -> list[tuple[str, ...]]:
    routing = found.routing

    def version(alias: str) -> str:
        pointed = found.versions.get(alias)
        return f"v{pointed.number}" if pointed else "-"

    return [
        *(
            (
                found.model,
                alias,
                version(alias),
                f"{100 * routing.share(alias):.3g} %",
                routing.sticky,
            )
            for alias in routing.answers
        ),
        *((found.model, alias, version(alias), "shadow", "") for alias in routing.shadows),
    ]
