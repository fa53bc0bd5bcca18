"""Runs: train, list, show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from workbench.cli import following, options, output, rows
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Run, Scalar

_WORDS: dict[str, bool | None] = {"true": True, "false": False, "none": None}


@click.command()
@click.argument("experiment")
@click.option("--recipe", metavar="NAME", help="One of its recipes; otherwise the first.")
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="K=V",
    help="A parameter for this run; may be given again.",
)
@options.wait
@options.as_json
@click.pass_obj
def run(
    session: Session,
    experiment: str,
    *,
    recipe: str | None,
    settings: tuple[str, ...],
    wait: bool,
    as_json: bool,
) -> int:
    """Train an experiment on the newest data.

    A job does it; its name is printed. The newest accepted version of the dataset is used.
    """
    params = dict(map(setting, settings))
    with session.open() as workbench:
        job = workbench.train(experiment, recipe=recipe, params=params or None)
        return following.answer(workbench, job, wait=wait, as_json=as_json)


@click.group()
def runs() -> None:
    """Look at runs."""


@runs.command("list")
@click.option("--experiment", metavar="NAME", help="Only runs of this experiment.")
@options.limit
@options.as_json
@click.pass_obj
def list_runs(session: Session, *, experiment: str | None, limit: int, as_json: bool) -> None:
    """List runs, newest first."""
    with session.open() as workbench:
        found = workbench.runs(experiment=experiment, limit=limit)
    output.print_records(
        found,
        rows.RUNS,
        rows.run,
        as_json=as_json,
        when_none="No runs yet. `workbench run EXPERIMENT` makes one.",
    )


@runs.command("show")
@click.argument("run", metavar="RUN")
@options.as_json
@click.pass_obj
def show(session: Session, run: str, *, as_json: bool) -> None:
    """Show a run: its parameters, metrics and how to repeat it. RUN is written r12 or 12."""
    with session.open() as workbench:
        found = workbench.get_run(run)
    if as_json:
        output.print_json(found)
    else:
        _print_run(found)


def _print_run(run: Run) -> None:
    from workbench.core.metric_order import in_order

    output.print_facts(
        [
            ("Run", f"{run.label} {run.name}"),
            ("Experiment", f"{run.experiment}, recipe {run.recipe}"),
            ("State", run.state.value),
            ("Why", run.error or ""),
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
    if run.metrics:
        ordered = [run.metrics[key] for key in in_order(run.metrics)]
        metrics = [
            (one.key, words.metric(one.value), words.interval(one.low, one.high)) for one in ordered
        ]
        output.print_table(("metric", ">value", "95 % interval"), metrics, title="Metrics")
    if run.params:
        params = [(key, str(value)) for key, value in sorted(run.params.items())]
        output.print_table(("parameter", "value"), params, title="Parameters")


def setting(text: str) -> tuple[str, Scalar]:
    """The name and value of `name=value`; a value that reads as a number is one."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"'{text}' has no form NAME=VALUE.", param_hint="--set")
    return name.strip(), _scalar(value.strip())


def _scalar(text: str) -> Scalar:
    if text.lower() in _WORDS:
        return _WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
