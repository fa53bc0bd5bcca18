"""The processes of a project: worker, watcher, and the supervisor that keeps all."""

from __future__ import annotations

import click

from workbench.cli import output
from workbench.cli.session import Session


@click.command()
@click.option("--detach", is_flag=True, help="Return once it runs; `workbench down` stops it.")
@click.pass_obj
def up(session: Session, *, detach: bool) -> int:
    """Start worker, watcher and endpoint, and keep them running."""
    from workbench import supervisor

    folder = session.project_dir()
    if not detach:
        return supervisor.run(folder)
    supervisor.start(folder)
    output.say("Up. `workbench status` shows it, `workbench down` stops it.")
    return 0


@click.command()
@click.pass_obj
def down(session: Session) -> None:
    """Stop what `workbench up` started."""
    from workbench import supervisor

    folder = session.project_dir()
    was_running = supervisor.stop(folder)
    output.say("Stopped." if was_running else f"Nothing was running in {folder}.")


@click.command()
@click.option("--until-idle", is_flag=True, help="Stop once no job is queued or running.")
@click.pass_obj
def worker(session: Session, *, until_idle: bool) -> int:
    """Run jobs until stopped."""
    from workbench import worker as door

    return door.run(session.project_dir(), until_idle=until_idle)


@click.command()
@click.option("--once", is_flag=True, help="Read what lies there now, then stop.")
@click.pass_obj
def watch(session: Session, *, once: bool) -> int:
    """Read files that arrive in the watched folders.

    With --once, for cron: prints what was read and what is left, nothing when there was nothing
    to do. Its exit code is 1 while files are left: still being written, not to be opened, or
    settled while an earlier version is being checked.
    """
    from workbench import watch as door

    return door.run(session.project_dir(), once=once)
