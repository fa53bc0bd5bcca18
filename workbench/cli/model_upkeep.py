"""Tags and notes of a version, and taking one away."""

from __future__ import annotations

import click

from workbench.cli import options, output
from workbench.cli.session import Session


@click.command()
@click.argument("version", metavar="VERSION")
@click.argument("tags", metavar="[KEY=VALUE]...", nargs=-1)
@click.option(
    "--remove", "removed", multiple=True, metavar="KEY", help="Take a tag away; may be given again."
)
@options.as_json
@click.pass_obj
def tag(
    session: Session,
    version: str,
    tags: tuple[str, ...],
    *,
    removed: tuple[str, ...],
    as_json: bool,
) -> None:
    """Set tags of a version, or take them away; without either, show them."""
    pairs = [options.pair(one) for one in tags]
    with session.open() as workbench:
        # Named once: an alias may move meanwhile.
        found = workbench.model_version(version)
        for key, value in pairs:
            found = workbench.tag_version(found.label, key, value)
        for key in removed:
            found = workbench.tag_version(found.label, key, None)
    if as_json:
        output.print_json(found.tags)
    else:
        for key, value in found.tags.items():
            click.echo(output.printable(f"{key}={value}"))
    if not found.tags:
        output.say(f"{found.label} has no tags.")


@click.command()
@click.argument("version", metavar="VERSION")
@click.argument("text", metavar="TEXT")
@options.as_json
@click.pass_obj
def note(session: Session, version: str, text: str, *, as_json: bool) -> None:
    """Write a note on a version in place of the one it has; an empty one takes it away."""
    with session.open() as workbench:
        found = workbench.note_version(version, text)
    output.print_json(found) if as_json else click.echo(found.label)


@click.command("rm")
@click.argument("version", metavar="VERSION")
@click.option(
    "--why",
    default="no reason given",
    metavar="TEXT",
    help="The reason, kept with the event.",
)
@click.pass_obj
def remove(session: Session, version: str, *, why: str) -> None:
    """Take a version away that no alias points at and no open cycle waits for.

    Its number is never given again; `workbench data gc` frees its files. What the gate said of it stays.
    """
    with session.open() as workbench:
        found = workbench.remove_model_version(version, why=why)
    click.echo(found.label)
    output.say(f"{found.label} is removed; `workbench data gc` frees its files.")
