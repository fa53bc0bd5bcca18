"""Makes a run a version of a model, and proves a version's export again."""

from __future__ import annotations

import click

from workbench.cli import following, foreign, options, output
from workbench.cli.session import Session


@click.command()
@click.argument("source", metavar="RUN|FILE")
@click.option(
    "--as",
    "--model",
    "model",
    required=True,
    metavar="NAME",
    help="The model it becomes a version of; made when it is missing.",
)
@foreign.options
@options.wait
@options.as_json
@click.pass_obj
def register(
    session: Session,
    source: str,
    *,
    model: str,
    dataset: str | None,
    target: str | None,
    columns: str | None,
    trust: bool,
    wait: bool,
    as_json: bool,
) -> int:
    """Make a run, or a file with a model, a version of a model: export it and prove the export.

    FILE is .onnx, a LightGBM .txt, .skops, .pkl or .joblib, and is proved on the rows of --dataset. The same
    run registered again gives the version it has.
    """
    with session.open() as workbench:
        if foreign.is_file(source):
            job = foreign.enqueue(
                workbench,
                source,
                model=model,
                dataset=dataset,
                target=target,
                columns=columns,
                trust=trust,
            )
        else:
            foreign.refuse_options(dataset, target, columns, trust=trust)
            job = workbench.register(source, model=model)
        if model not in workbench.config.models:
            output.say(
                f"workbench.toml does not name {model}, so nothing will be automatic for it."
            )
        return following.answer(workbench, job, wait=wait, as_json=as_json)


@click.command()
@click.argument("version", metavar="VERSION")
@options.wait
@options.as_json
@click.pass_obj
def verify(session: Session, version: str, *, wait: bool, as_json: bool) -> int:
    """Prove a version's export again, on the same rows with today's packages.

    With --wait, exit 1 when the proof fails.
    """
    with session.open() as workbench:
        job = workbench.verify_model(version)
        code = following.answer(workbench, job, wait=wait, as_json=as_json)
        if not wait or code:
            return code
        (found,) = workbench.verifications(version, limit=1)
        return 0 if found.parity.passed else 1
