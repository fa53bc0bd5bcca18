"""Models: their versions, what the gate said of them, and which one is served."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from workbench.cli import following, options, output, rows
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import ModelSummary, ModelVersion
    from workbench.api import Workbench


@click.group()
def model() -> None:
    """Look at models; register, promote and roll back versions.

    VERSION is written late@v3, or late@champion for the one that is served.
    """


@model.command("list")
@options.as_json
@click.pass_obj
def list_models(session: Session, *, as_json: bool) -> None:
    """List the models with their champions."""
    with session.open() as workbench:
        summaries = workbench.models()
    output.print_records(
        summaries,
        rows.MODELS,
        rows.model,
        as_json=as_json,
        when_none="No models yet. `workbench model register RUN --model NAME` makes one.",
    )


@model.command("log")
@click.argument("model", metavar="MODEL")
@options.limit
@options.as_json
@click.pass_obj
def log(session: Session, model: str, *, limit: int, as_json: bool) -> None:
    """List the versions of a model, newest first."""
    with session.open() as workbench:
        versions = workbench.model_versions(model, limit=limit)
    output.print_records(
        versions,
        rows.MODEL_VERSIONS,
        rows.model_version,
        as_json=as_json,
        when_none=f"{model} has no versions yet. `workbench model register RUN --model {model}` makes one.",
    )


@model.command("show")
@click.argument("version", metavar="MODEL|VERSION")
@options.as_json
@click.pass_obj
def show(session: Session, version: str, *, as_json: bool) -> None:
    """Show a model with its versions, or one version with its proof."""
    with session.open() as workbench:
        if "@" in version:
            found = workbench.model_version(version)
            output.print_json(found) if as_json else _print_version(found)
            return
        summary = _summary(workbench, version)
        versions = workbench.model_versions(version, limit=20)
    if as_json:
        output.print_json(summary)
        return
    output.print_table(rows.MODELS, [rows.model(summary)])
    output.print_table(rows.MODEL_VERSIONS, map(rows.model_version, versions), title="Versions")


def _print_version(version: ModelVersion) -> None:
    from workbench.core.metric_order import in_order

    parity, signature = version.parity, version.signature
    proof = (
        f"{'pass' if parity.passed else 'fail'}: {words.plural(parity.rows, 'row')}, "
        f"{words.count(parity.hostile_rows)} of them hostile; largest difference "
        f"{words.number(parity.max_abs_diff)}, {words.plural(parity.flips, 'flipped label')}"
    )
    output.print_facts(
        [
            ("Version", version.label),
            ("Aliases", ", ".join(version.aliases)),
            ("Run", f"r{version.run_id}"),
            ("Dataset", words.versioned(version.dataset, version.version)),
            ("Task", signature.task),
            ("Classes", ", ".join(signature.classes)),
            ("Parity", proof),
            ("Made", f"{words.moment(version.created_at)} by {version.created_by}"),
        ]
    )
    metrics = [(key, words.metric(version.metrics[key])) for key in in_order(version.metrics)]
    output.print_table(("metric", ">value"), metrics, title="Metrics")
    inputs = [
        (one.name, one.type.value, "may be missing" if one.nullable else "", importance)
        for one in signature.inputs
        for importance in [words.number(version.importances.get(one.name))]
    ]
    output.print_table(("input", "type", "", ">importance"), inputs, title="Inputs")


@model.command("reviews")
@click.argument("model", metavar="MODEL")
@options.limit
@options.as_json
@click.pass_obj
def reviews(session: Session, model: str, *, limit: int, as_json: bool) -> None:
    """List what the gate said of challengers, newest first."""
    with session.open() as workbench:
        found = workbench.reviews(model, limit=limit)
    output.print_records(
        found,
        rows.REVIEWS,
        rows.review,
        as_json=as_json,
        when_none=f"No challenger of {model} has been to the gate yet.",
    )


@model.command("register")
@click.argument("run", metavar="RUN")
@click.option(
    "--model", "model", required=True, metavar="NAME", help="The model it becomes a version of."
)
@options.wait
@options.as_json
@click.pass_obj
def register(session: Session, run: str, *, model: str, wait: bool, as_json: bool) -> int:
    """Make a run a version of a model: export it and prove that the export answers the same."""
    with session.open() as workbench:
        job = workbench.register(run, model=model)
        return following.answer(workbench, job, wait=wait, as_json=as_json)


@model.command("promote")
@click.argument("version", metavar="VERSION")
@options.why
@click.option(
    "--expected",
    type=click.IntRange(0),
    metavar="N",
    help="Only when the champion is still version N; 0: only when there is none.",
)
@options.as_json
@click.pass_obj
def promote(
    session: Session, version: str, *, why: str, expected: int | None, as_json: bool
) -> None:
    """Make a version the champion."""
    with session.open() as workbench:
        found = workbench.model_version(version)
        champion = _summary(workbench, found.model).champion
        before = champion.number if champion else None
        promoted = workbench.promote(
            found.model,
            found.number,
            expected=before if expected is None else expected or None,
            why=why,
        )
    _tell_champion(promoted, before, as_json=as_json)


@model.command("rollback")
@click.argument("model", metavar="MODEL")
@options.why
@options.as_json
@click.pass_obj
def rollback(session: Session, model: str, *, why: str, as_json: bool) -> None:
    """Make the previous champion champion again."""
    with session.open() as workbench:
        champion = _summary(workbench, model).champion
        before = champion.number if champion else None
        restored = workbench.roll_back(model, why=why, expected=before)
    _tell_champion(restored, before, as_json=as_json)


def _tell_champion(version: ModelVersion, before: int | None, *, as_json: bool) -> None:
    if as_json:
        output.print_json(version)
    else:
        click.echo(version.label)
    output.say(f"{version.label} is champion{f'; was v{before}' if before else ''}.")


def _summary(workbench: Workbench, name: str) -> ModelSummary:
    from storage.errors import NotFound

    summaries = {one.model.name: one for one in workbench.models()}
    if name not in summaries:
        raise NotFound.named("model", name, known=summaries)
    return summaries[name]


@click.command()
@click.argument("model", metavar="MODEL")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write it as a page that needs nothing else.",
)
@options.as_json
@click.pass_obj
def history(session: Session, model: str, *, html: Path | None, as_json: bool) -> None:
    """Show a model's life, window by window."""
    with session.open() as workbench:
        life, project = workbench.history(model), workbench.config.project
    if html is not None:
        from workbench.report import history as report

        page = report.html(life, made_at=datetime.now(UTC), project=project)
        output.write_page(html, page)
    if as_json:
        output.print_json(life)
    elif html is None:
        output.print_table(rows.HISTORY, map(rows.history_window, life.windows))
