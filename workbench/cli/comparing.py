"""Runs side by side: what differs first, then metrics, gains on the same rows, and curves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli import curves, options, output
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Metric, Run, Scalar
    from storage.records.run_comparison import PairedDifference, RunComparison

_SYSTEM = "system."
_MOST_CURVES = 6


@click.command()
@click.argument("wanted", metavar="RUN RUN...", nargs=-1, required=True)
@options.as_json
@click.pass_obj
def compare(session: Session, wanted: tuple[str, ...], *, as_json: bool) -> None:
    """Compare runs with the first one: what differs, metrics, gains on the same rows, curves."""
    with session.open() as workbench:
        found = workbench.compare_runs(*wanted)
    if as_json:
        output.print_json(found)
    else:
        _tell(found)


def _tell(found: RunComparison) -> None:
    labels = [run.label for run in found.runs]
    output.print_table(
        ("run", "experiment", "recipe", "state", "rows of"),
        [_heading(run) for run in found.runs],
    )
    if found.differences:
        output.print_table(
            ("", "what", *labels),
            [(one.area, one.name, *map(value_cell, one.values)) for one in found.differences],
            title="What differs",
        )
    else:
        click.echo("\nNothing that was recorded of them differs.")
    metrics = [one for one in found.metrics if not one.key.startswith(_SYSTEM)]
    if metrics:
        output.print_table(
            ("metric", *labels),
            [(one.key, *map(_metric, one.metrics)) for one in metrics],
            title="Metrics, each on its own test rows, with 95 % intervals",
        )
    _gains(found)
    shown = [one for one in found.curves if not one.key.startswith(_SYSTEM)]
    for curve in shown[:_MOST_CURVES]:
        curves.draw(curve, labels)
    if len(shown) > _MOST_CURVES:
        others = words.listed([one.key for one in shown[_MOST_CURVES:]], most=5)
        output.say(f"Curves not drawn: {others}.")


def _heading(run: Run) -> tuple[str, ...]:
    data = words.versioned(run.dataset, run.version)
    return (run.label, run.experiment, run.recipe, run.state.value, data)


def _gains(found: RunComparison) -> None:
    first = found.runs[0].label
    if found.paired:
        output.print_table(
            (
                "run",
                "metric",
                ">rows",
                f">{first}",
                ">value",
                ">gain",
                "95 % interval",
                "test",
                ">p",
            ),
            [(f"r{one.run_id}", *gain_cells(one)) for one in found.paired],
            title=f"Against {first} on the test rows that both have scored; a gain is better",
        )
    for one in found.unpaired:
        click.echo(f"r{one.run_id} and {first} cannot be held against each other: {one.reason}.")


def gain_cells(one: PairedDifference) -> tuple[str, ...]:
    """Metric, rows, both values, the gain with its interval, the test and its p."""
    return (
        one.metric,
        words.count(one.rows),
        words.metric(one.first_value),
        words.metric(one.value),
        words.signed(one.gain),
        words.gain_interval(one.low, one.high),
        one.test,
        words.p_value(one.p_value),
    )


def value_cell(value: Scalar) -> str:
    """A param or the like as a cell of a table."""
    if value is None:
        return words.NOTHING
    return str(value).lower() if isinstance(value, bool) else str(value)


def _metric(one: Metric | None) -> str:
    if one is None:
        return words.NOTHING
    bounds = words.interval(one.low, one.high)
    shown = words.metric(one.value)
    return shown if bounds == words.NOTHING else f"{shown} ({bounds})"
