"""Keys that open the endpoint: made, listed and revoked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import ApiKey

HEADINGS = ("key", "begins", "scope", "made", "by", "last used", "revoked")


@click.group()
def key() -> None:
    """Make, list and revoke the keys that open the endpoint.

    Once there is a key, the endpoint asks every caller for one.
    """


@key.command()
@click.argument("name", metavar="NAME")
@click.option(
    "--scope",
    type=click.Choice(["predict", "admin"]),
    default="predict",
    show_default=True,
    help="What it opens: predictions and labels, or also metrics, figures and health.",
)
@options.as_json
@click.pass_obj
def add(session: Session, name: str, *, scope: str, as_json: bool) -> None:
    """Make a key, and print it this once."""
    with session.open() as workbench:
        made = workbench.add_key(name, scope=scope)
    output.print_json(made) if as_json else click.echo(made.text)
    output.say(
        f"'{made.key.name}' opens the endpoint ({scope}). Keep the key: it is not shown again.\n"
        "Callers send it as `Authorization: Bearer KEY` or `X-API-Key: KEY`."
    )


@key.command("list")
@options.as_json
@click.pass_obj
def list_keys(session: Session, *, as_json: bool) -> None:
    """List the keys, the active ones first; the keys themselves are kept nowhere."""
    with session.open() as workbench:
        found = workbench.api_keys()
    output.print_records(
        found,
        HEADINGS,
        _row,
        as_json=as_json,
        when_none="No keys yet: the endpoint answers this machine alone. `workbench serve key add NAME` makes one.",
    )


@key.command()
@click.argument("name", metavar="NAME")
@options.as_json
@click.pass_obj
def revoke(session: Session, name: str, *, as_json: bool) -> None:
    """Revoke a key; a running endpoint refuses it a moment later."""
    with session.open() as workbench:
        revoked = workbench.revoke_key(name)
        is_last = not any(one.is_active for one in workbench.api_keys())
    output.print_json(revoked) if as_json else click.echo(revoked.name)
    output.say(f"'{revoked.name}' opens nothing any more.")
    if is_last:
        output.say(
            "It was the last key: an endpoint on 127.0.0.1 now answers all of this machine without one, "
            "one that other machines reach answers nobody."
        )


def _row(one: ApiKey) -> tuple[str, ...]:
    now = datetime.now(UTC)
    return (
        one.name,
        f"{one.prefix}…",
        one.scope.value,
        words.ago(one.created_at, now),
        one.created_by,
        words.ago(one.last_used_at, now),
        words.ago(one.revoked_at, now) if one.revoked_at else words.NOTHING,
    )
