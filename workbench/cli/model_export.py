"""Writes a model version into a folder that runs elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import output
from workbench.cli.session import Session

if TYPE_CHECKING:
    from workbench.services.model_export import Layout


@click.command("export")
@click.argument("version", metavar="VERSION")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--layout",
    type=click.Choice(["folder", "triton"]),
    default="folder",
    show_default=True,
    help="folder: runs with onnxruntime alone; triton: a repository of Triton and MLServer.",
)
@click.option("--force", is_flag=True, help="Replace a model that was exported there before.")
@click.pass_obj
def export(session: Session, version: str, folder: Path, *, layout: Layout, force: bool) -> None:
    """Write a version into a folder: graph, signature, card, example rows, and a program that answers rows.

    The folder appears whole or not at all.
    """
    with session.open() as workbench:
        label = workbench.model_version(version).label
        written = workbench.write_model(label, folder, layout=layout, force=force)
    click.echo(str(written))
    output.say(f"{label} is in {written}.")
