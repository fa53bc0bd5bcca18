"""Two versions side by side: what they take, how they were made, what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli import options, output
from workbench.cli.comparing import gain_cells, value_cell
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import ModelVersion
    from storage.records.model_diff import MetricChange, ModelDiff
    from storage.records.run_comparison import PairedDifference


@click.command()
@click.argument("before", metavar="VERSION")
@click.argument("after", metavar="VERSION")
@click.option(
    "--no-rows",
    "is_quick",
    is_flag=True,
    help="Do not read the test rows again for the gain on those that both have scored.",
)
@options.as_json
@click.pass_obj
def diff(session: Session, before: str, after: str, *, is_quick: bool, as_json: bool) -> None:
    """Show how one version differs from another: `diff late@v6 late@v7`, or `diff late@v6 v7`."""
    with session.open() as workbench:
        found = workbench.model_diff(before, after, by_row=not is_quick)
    if as_json:
        output.print_json(found)
    else:
        _tell(found)


def _tell(found: ModelDiff) -> None:
    labels = (found.before.label, found.after.label)
    output.print_table(("", *labels), _heads(found))
    if found.inputs:
        output.print_table(
            ("what", "column", *labels),
            [(one.aspect, one.name, one.before, one.after) for one in found.inputs],
            title="What they take and give",
        )
    else:
        click.echo("\nBoth take and give the same.")
    if found.differences:
        output.print_table(
            ("", "what", *labels),
            [(one.area, one.name, *map(value_cell, one.values)) for one in found.differences],
            title="How they were made",
        )
    output.print_table(
        ("metric", *labels, ">change"),
        [_metric(one) for one in found.metrics],
        title="Metrics, each on its own test rows, with 95 % intervals",
    )
    if found.paired is not None:
        _gain(found.paired, labels)
    elif found.unpaired:
        click.echo(output.printable(f"\nNo gain on the same rows can be told: {found.unpaired}."))
    if found.importances:
        output.print_table(
            ("input", *(f">{label}" for label in labels)),
            [
                (one.name, words.percent(one.before), words.percent(one.after))
                for one in found.importances
            ],
            title="Importances that moved",
        )


def _heads(found: ModelDiff) -> list[tuple[str, ...]]:
    both = (found.before, found.after)
    return [
        ("aliases", *(", ".join(one.aliases) or words.NOTHING for one in both)),
        ("made of", *(one.origin for one in both)),
        ("made", *(f"{words.moment(one.created_at)} by {one.created_by}" for one in both)),
        ("parity", *map(_parity, both)),
        ("graph", *map(words.size, found.graph_bytes)),
    ]


def _parity(version: ModelVersion) -> str:
    from workbench.core.proof_words import sentence

    spite = f" (overridden: {version.override})" if version.override else ""
    return sentence(version.parity).removeprefix("parity ") + spite


def _metric(one: MetricChange) -> tuple[str, ...]:
    from workbench.core.metric_order import COUNTS

    change = None if one.before is None or one.after is None else one.after - one.before
    return (
        one.key,
        _with_interval(one.before, one.before_interval),
        _with_interval(one.after, one.after_interval),
        words.delta(change, 0 if one.key in COUNTS else 4),
    )


def _with_interval(value: float | None, bounds: tuple[float, float] | None) -> str:
    shown = words.NOTHING if value is None else words.metric(value)
    return shown if bounds is None else f"{shown} ({words.interval(*bounds)})"


def _gain(one: PairedDifference, labels: tuple[str, str]) -> None:
    output.print_table(
        (
            "metric",
            ">rows",
            *(f">{label}" for label in labels),
            ">gain",
            "95 % interval",
            "test",
            ">p",
        ),
        [gain_cells(one)],
        title="On the test rows that both have scored; a gain is better",
    )
