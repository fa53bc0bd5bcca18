"""The project as a whole: make one, see one, live through one."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.session import Session
from workbench.cli.starter import STARTER
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Overview

FOLDER = click.Path(file_okay=False, path_type=Path)


def open_interface(session: Session) -> None:
    """Opens the terminal interface; outside a project, on its first screen.

    Raises:
        UsageError: There is no terminal.
    """
    from workbench.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "The terminal interface needs a terminal.",
            "`workbench status` prints the state of the project, `workbench --help` all commands.",
        )
    from workbench.tui.app import run

    run(session.folder)


@click.command()
@click.argument("folder", metavar="[DIR]", type=FOLDER, default=".")
def init(folder: Path) -> None:
    """Make a project in a folder.

    Writes a workbench.toml to start from and an empty store. A workbench.toml that is there
    already, from a clone for example, is kept.
    """
    from storage.layout import Layout
    from workbench.errors import ProjectExists
    from workbench.services.context import initialise

    layout = Layout(folder.resolve())
    if layout.catalog.exists():
        raise ProjectExists(
            f"{layout.project} is a project already.",
            f"Open it with `workbench -C {folder}`, or name another folder.",
        )
    is_new = _write_starter(layout.config)
    try:
        initialise(layout.project)
    except BaseException:
        if is_new:
            layout.config.unlink()
        raise
    click.echo(str(layout.project))
    output.say("Name your files in workbench.toml, then start with `workbench up`.")


def _write_starter(path: Path) -> bool:
    """Writes a workbench.toml unless there is one; whether it did."""
    from storage.errors import StoreUnusable

    name = path.parent.name if path.parent.name.isprintable() else ""
    text = STARTER.replace("{name}", json.dumps(name.strip() or "project", ensure_ascii=False))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    except OSError as error:
        raise StoreUnusable(
            f"{path.parent} cannot hold a project: {error.strerror}.",
            "Name a folder you may write to.",
        ) from error
    return True


@click.command()
@click.argument("folder", metavar="[DIR]", type=FOLDER, default="workbench-demo")
@click.option(
    "--headless", is_flag=True, help="Tell the story as text instead of opening the interface."
)
@click.option("--fresh", is_flag=True, help="Begin again in a folder that holds a demo.")
@options.as_json
def demo(folder: Path, *, headless: bool, fresh: bool, as_json: bool) -> int:
    """Live through a year of flights in a few minutes.

    Twelve monthly files arrive in a project of their own: rows are checked, drift is found, a
    model is retrained, judged, and promoted or not.
    """
    import workbench.demo

    return workbench.demo.run(folder, headless=headless, as_json=as_json, fresh=fresh)


@click.command()
@options.as_json
@click.pass_obj
def status(session: Session, *, as_json: bool) -> None:
    """Show the whole project on one page."""
    with session.open() as workbench:
        overview, folder = workbench.overview(), workbench.project_dir
        for warning in workbench.warnings:
            output.say(warning)
    if as_json:
        output.print_json(overview)
    else:
        _print_overview(overview, folder)


def _print_overview(overview: Overview, folder: Path) -> None:
    machine = overview.machine
    disk = (
        f"catalog {words.size(machine.catalog_bytes)}, blobs {words.size(machine.blob_bytes)}, "
        f"predictions {words.size(machine.predictions_bytes)}; "
        f"{words.size(machine.disk_free_bytes)} free"
    )
    output.print_facts(
        [
            ("Project", overview.project),
            ("Folder", str(folder)),
            ("Services", ", ".join(rows.service(one) for one in overview.services)),
            ("Disk", disk),
        ]
    )
    tables = {
        "Datasets": (rows.DATASETS, [rows.dataset(one) for one in overview.datasets]),
        "Watched folders": (rows.INBOX, [rows.inbox(one) for one in overview.inbox]),
        "Models": (rows.MODELS, [rows.model(one) for one in overview.models]),
        "Jobs": (rows.JOBS, [rows.job(one) for one in overview.jobs]),
        "Open alerts": (rows.ALERTS, [rows.alert(one) for one in overview.alerts]),
    }
    for one in overview.inbox:
        for problem in one.problems:
            output.say(f"{one.dataset}: {problem}")
    for title, (headings, cells) in tables.items():
        if cells:
            output.print_table(headings, cells, title=title)
