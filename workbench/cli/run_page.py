"""A run on one page: what made it, what came of it, its files, and what was made of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from workbench.cli import output
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Run
    from storage.records.run_cards import RunCard
    from workbench.api import Workbench

_CHILDREN = 10


def document(card: RunCard) -> dict[str, Any]:
    """The run as programs read it, with its files, children and model versions."""
    import msgspec

    made: dict[str, Any] = msgspec.to_builtins(card.run)
    return made | {
        "artifacts": msgspec.to_builtins(card.artifacts),
        "children": [child.label for child in card.children],
        "models": list(card.models),
    }


def write(workbench: Workbench, run: str, path: Path) -> None:
    """Writes a run as a page that needs nothing else."""
    from workbench.report import run as report

    found = workbench.get_run(run)
    page = report.html(
        found,
        baseline=workbench.baseline_of(found.id),
        figures=workbench.run_figures(found.id),
        made_at=datetime.now(UTC),
        project=workbench.config.project,
    )
    output.write_page(path, page)


def tell(workbench: Workbench, card: RunCard) -> None:
    """Prints all that people want to know of a run."""
    from storage.errors import Problem
    from workbench.cli import run_summary

    run = card.run
    _facts(card)
    if run.metrics:
        click.secho("\nMetrics", bold=True)
        run_summary.metrics(run, workbench.baseline_of(run.id))
    try:
        figures = workbench.run_figures(run.id)
    except Problem as problem:
        output.say(f"Its figures cannot be shown: {problem.problem}")
        figures = None
    if figures is not None:
        for leak in figures.leaks:
            click.secho(output.printable(f"Warning: {leak.sentence}"), fg="yellow")
        run_summary.of_figures(figures)
    _pairs(run)
    _belongings(card)


def _facts(card: RunCard) -> None:
    run = card.run
    output.print_facts(
        [
            ("Run", f"{run.label} {run.name}"),
            (
                "Experiment",
                f"{run.experiment}, recipe {run.recipe}" if run.recipe else run.experiment,
            ),
            ("State", run.state.value),
            ("Why", run.error or ""),
            ("Note", run.note),
            ("Part of", "" if run.parent_id is None else f"r{run.parent_id}"),
            ("Models", ", ".join(card.models)),
            ("Estimator", run.model),
            ("Dataset", words.versioned(run.dataset, run.version)),
            ("Trained on", run.train),
            ("Tested on", run.test),
            ("Seed", str(run.seed)),
            ("Started", f"{words.moment(run.started_at)} by {run.created_by}"),
            ("Took", words.took(run.started_at, run.ended_at)),
            ("Source hash", run.source_hash),
        ]
    )


def _pairs(run: Run) -> None:
    named = (
        ("parameter", "Parameters", run.params),
        ("tag", "Tags", run.tags),
        ("what", "Environment", run.environment),
    )
    for heading, title, pairs in named:
        if pairs:
            shown = [(name, str(value)) for name, value in sorted(pairs.items())]
            output.print_table((heading, "value"), shown, title=title)


def _belongings(card: RunCard) -> None:
    if card.artifacts:
        files = [(one.path, words.size(one.size_bytes)) for one in card.artifacts]
        output.print_table(("file", ">size"), files, title="Files")
    if card.children:
        shown = [(one.label, one.name, one.state.value) for one in card.children[:_CHILDREN]]
        output.print_table(("run", "name", "state"), shown, title="Its parts, newest first")
        if len(card.children) > _CHILDREN:
            output.say(f"`workbench runs list --where 'parent = {card.run.label}'` lists all.")
