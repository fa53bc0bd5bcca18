"""The checks of a dataset: tried out, over its versions, and suggested."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli import options, output, rows
from workbench.cli.output import RIGHT
from workbench.cli.session import Session
from workbench.core import words
from workbench.core.words import NOTHING

if TYPE_CHECKING:
    from storage.records import CheckResult, CheckTimeline

_SHOWN_EXAMPLES = 3


@click.command("check")
@click.argument("version")
@click.option("--history", is_flag=True, help="Show what they found in the newest versions.")
@click.option("--suggest", is_flag=True, help="Write checks that the newest versions would pass.")
@options.limit
@options.as_json
@click.pass_context
def check(
    command: click.Context,
    version: str,
    *,
    history: bool,
    suggest: bool,
    limit: int,
    as_json: bool,
) -> None:
    """Run the checks of workbench.toml on a version, without changing anything.

    Exits with 1 when a check fails that would keep the version back. With --history, --limit is how many
    versions are shown; with --suggest, stdout is TOML for workbench.toml.
    """
    if history and suggest:
        raise click.UsageError("--history and --suggest do not go together.")
    session: Session = command.obj
    dataset = version.partition("@")[0]
    if suggest:
        with session.open() as workbench:
            click.echo(workbench.suggest_checks(dataset), nl=False)
    elif history:
        with session.open() as workbench:
            timeline = workbench.check_history(dataset, limit=limit)
        output.print_json(timeline) if as_json else _print_history(timeline)
    else:
        command.exit(_try_out(session, version, as_json=as_json))


def _try_out(session: Session, label: str, *, as_json: bool) -> int:
    with session.open() as workbench:
        version = workbench.version(label)
        results = workbench.try_checks(version)
    if as_json:
        output.print_json(results)
    elif results:
        output.say(f"{version.label}, as its checks would end today")
        output.print_table(rows.CHECKS, map(rows.check_result, results))
        _tell_examples(results)
    else:
        output.say(
            f"Nothing is asked of {version.dataset}; "
            f"`workbench data check {version.dataset} --suggest` writes checks to start from."
        )
    return int(any(not one.passed and one.on_fail.value == "block" for one in results))


def _tell_examples(results: tuple[CheckResult, ...]) -> None:
    for one in results:
        if one.examples:
            shown = one.examples[:_SHOWN_EXAMPLES]
            output.say(f"\n{one.check}: {len(shown)} of {words.plural(one.rows_failed, 'row')}")
            for example in shown:
                output.say(output.printable(f"  {example}"))


def _print_history(timeline: CheckTimeline) -> None:
    if not timeline.checks:
        output.say(f"No check has looked at {timeline.dataset} yet.")
        return
    headings = ["check", *(f"{RIGHT}v{version.number}" for version in timeline.versions)]
    output.print_table(headings, ([one.check, *map(_cell, one.results)] for one in timeline.checks))


def _cell(result: CheckResult | None) -> str:
    """How many rows failed, or what was measured, and the verdict unless it is good."""
    if result is None:
        return NOTHING
    found = words.count(result.rows_failed) if result.value is None else words.number(result.value)
    if result.passed:
        return found
    return f"{found} {'warn' if result.on_fail.value == 'warn' else 'fail'}"
