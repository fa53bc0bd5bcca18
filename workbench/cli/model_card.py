"""Shows the card of a model version: on the terminal, as a page, as Markdown or as a record."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from workbench.cli import options, output
from workbench.cli.session import Session

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("card")
@click.argument("version", metavar="VERSION")
@click.option(
    "--html", type=FILE, metavar="FILE", help="Write it as a page that needs nothing else."
)
@click.option("--md", type=FILE, metavar="FILE", help="Write it as Markdown.")
@options.as_json
@click.pass_obj
def card(
    session: Session, version: str, *, html: Path | None, md: Path | None, as_json: bool
) -> None:
    """Show all that is known of a version: what it is, where it came from, how good it is, what it takes."""
    from workbench.report import card as report
    from workbench.report import card_markdown

    with session.open() as workbench:
        found = workbench.model_card(version)
    made_at = datetime.now(UTC)
    if html is not None:
        output.write_page(html, report.html(found, made_at=made_at))
    if md is not None:
        output.write_page(md, card_markdown.markdown(found, made_at=made_at))
    if as_json:
        output.print_json(found)
    elif html is None and md is None:
        _print(card_markdown.markdown(found, made_at=made_at))


def _print(text: str) -> None:
    """Drawn where somebody looks at it, as it is where a program reads it."""
    if not sys.stdout.isatty():
        click.echo(text, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(output.printable(text), hyperlinks=False))
