"""Lineage drawn as trees: what a thing was made of, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session

if TYPE_CHECKING:
    from storage.records import Lineage, LineageNode


@click.command("lineage")
@click.argument("version", metavar="VERSION")
@options.as_json
@click.pass_obj
def model(session: Session, version: str, *, as_json: bool) -> None:
    """Show what a model version was made of and what came of it."""
    with session.open() as workbench:
        found = workbench.model_lineage(version)
    _tell(found, as_json=as_json)


@click.command("lineage")
@click.argument("version", metavar="VERSION")
@options.as_json
@click.pass_obj
def data(session: Session, version: str, *, as_json: bool) -> None:
    """Show which files a dataset version came from and what was made of it."""
    with session.open() as workbench:
        found = workbench.dataset_lineage(version)
    _tell(found, as_json=as_json)


def _tell(found: Lineage, *, as_json: bool) -> None:
    if as_json:
        output.print_json(found)
        return
    click.secho("Made of", bold=True)
    _draw(found.origins)
    click.secho("\nWhat came of it", bold=True)
    _draw(found.descendants)
    if not found.descendants.children:
        output.say("Nothing yet.")


def _draw(root: LineageNode) -> None:
    for line in lines(root):
        click.echo(output.printable(line))


def lines(root: LineageNode) -> Iterator[str]:
    """A tree as lines, each thing under what it belongs to."""
    yield _words(root)
    yield from _below(root.children, "")


def _below(children: Sequence[LineageNode], stem: str) -> Iterator[str]:
    for place, child in enumerate(children):
        is_last = place == len(children) - 1
        yield f"{stem}{'└─ ' if is_last else '├─ '}{_words(child)}"
        yield from _below(child.children, stem + ("   " if is_last else "│  "))


def _words(node: LineageNode) -> str:
    named = node.label or ("" if node.noun == "more" else node.noun)
    if node.noun in {"code", "alias", "file"} and node.label:
        named = f"{node.noun} {node.label}"
    return f"{named}  {node.text}".strip() if node.text else named
