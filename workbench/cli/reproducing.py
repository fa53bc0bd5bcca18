"""Makes a run again and says whether it is the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli import following, options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records.reproduction import Reproduction


@click.command()
@click.argument("run", metavar="RUN")
@click.option("--no-wait", is_flag=True, help="Print the job that will do it, and return.")
@options.as_json
@click.pass_obj
def reproduce(session: Session, run: str, *, no_wait: bool, as_json: bool) -> int:
    """Make a run again from what it recorded; exit 1 when it differs.

    The verdict is one of: bit-identical, same model, same predictions, differs. What differs is told with what
    has changed since: data, code, packages, machine.
    """
    with session.open() as workbench:
        job = workbench.reproduce(run)
        if no_wait:
            return following.answer(workbench, job, wait=False, as_json=as_json)
        job = following.follow(workbench, job)
        found = workbench.reproduction(job)
    if found is None:
        return following.answer_ended(job, as_json=as_json) or 1
    if as_json:
        output.print_json(found)
    else:
        _tell(found)
    return 0 if found.sameness.is_reproduced else 1


def _tell(found: Reproduction) -> None:
    click.secho(f"{found.sameness.value}: {output.printable(found.sentence)}", bold=True)
    for reason in found.reasons:
        click.echo(f"  because {output.printable(reason)}")
    if found.metrics:
        output.print_table(
            ("metric", ">then", ">again"),
            [(one.key, words.metric(one.first), words.metric(one.again)) for one in found.metrics],
            title="Metrics that are not the same",
        )
