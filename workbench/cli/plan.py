"""Which runs would change if they were made now."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records.planning import PlannedRun

_HEADINGS = ("experiment", "recipe", "on", "last run", "now", "why")


@click.command()
@click.argument("experiment", required=False)
@options.as_json
@click.pass_obj
def plan(session: Session, experiment: str | None, *, as_json: bool) -> None:
    """Show which runs would change if run now, and why.

    Each recipe of workbench.toml is held against its latest finished run: data, split, code, params, seed,
    environment. Nothing is run.
    """
    with session.open() as workbench:
        planned = workbench.plan(experiment)
    if as_json:
        import msgspec

        output.print_json(
            [msgspec.to_builtins(one) | {"would_change": one.would_change} for one in planned]
        )
        return
    if not planned:
        output.say("No experiments yet. Name one in workbench.toml: [experiments.NAME].")
        return
    output.print_table(_HEADINGS, [row for one in planned for row in _rows(one)])
    changed = sum(one.would_change for one in planned)
    output.say(f"{changed} of {words.plural(len(planned), 'run')} would change. Nothing was run.")


def _rows(one: PlannedRun) -> list[tuple[str, ...]]:
    """A row for the run, and one more for each further reason."""
    if one.data is None:
        now, why = "cannot run", ["its dataset has no accepted version"]
    elif one.last_run is None:
        now, why = "first run", ["it has not been run to its end"]
    else:
        now = "changes" if one.changes else "same"
        why = [f"{change.area}: {change.sentence}" for change in one.changes] or [""]
    last = words.NOTHING if one.last_run is None else f"r{one.last_run}"
    head = (one.experiment, one.recipe, one.data or words.NOTHING, last, now)
    return [(*head, why[0]), *(("",) * len(head) + (more,) for more in why[1:])]
