"""A model, or one of its versions, on one page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from workbench.cli import model_lists, options, output, rows
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import InputColumn, ModelVerification, ModelVersion
    from workbench.api import Workbench

METRICS = 12
"""Metrics that are shown; the others are in --json."""
INPUTS = 25
CATEGORIES = 6
WORST = 5
MOVES = 10


@click.command()
@click.argument("version", metavar="MODEL|VERSION")
@click.option("--all", "is_all", is_flag=True, help="Every metric, input and worst row.")
@options.as_json
@click.pass_obj
def show(session: Session, version: str, *, is_all: bool, as_json: bool) -> None:
    """Show a model with its versions, or one version with its proof, signature and an example."""
    with session.open() as workbench:
        if "@" not in version:
            _show_model(workbench, version, as_json=as_json)
            return
        found = workbench.model_version(version)
        if as_json:
            output.print_json(found)
        else:
            tell(workbench, found, is_all=is_all)


def _show_model(workbench: Workbench, name: str, *, as_json: bool) -> None:
    from storage.errors import NotFound

    summaries = {one.model.name: one for one in workbench.models()}
    if name not in summaries:
        raise NotFound.named("model", name, known=summaries)
    if as_json:
        output.print_json(summaries[name])
        return
    versions = workbench.model_versions(name, limit=20)
    output.print_table(rows.MODELS, [rows.model(summaries[name])])
    if versions:
        cells = map(rows.model_version, versions)
        output.print_table(rows.MODEL_VERSIONS, cells, title="Versions")
    moves = workbench.model_moves(name, limit=MOVES)
    if moves:
        output.print_table(model_lists.MOVES, map(model_lists.move_row, moves), title="Aliases")
    if name not in workbench.config.models:
        output.say(f"workbench.toml does not name {name}, so nothing is automatic for it.")


def tell(workbench: Workbench, version: ModelVersion, *, is_all: bool = False) -> None:
    """Prints all that matters of a version."""
    verifications = workbench.verifications(version.label, limit=1)
    output.print_facts(_facts(version, verifications))
    _metrics(version, is_all=is_all)
    _inputs(version, is_all=is_all)
    if not version.parity.passed or is_all:
        _worst(version, WORST if not is_all else len(version.parity.worst))
    _example(workbench, version)


def _facts(
    version: ModelVersion, verifications: Sequence[ModelVerification]
) -> list[tuple[str, str]]:
    from workbench.core.proof_words import sentence

    signature = version.signature
    gives = ", ".join(signature.classes) if signature.classes else "a value"
    made = "" if version.run_id is None else f"r{version.run_id}"
    last = verifications[0] if verifications else None
    return [
        ("Version", version.label),
        ("Aliases", ", ".join(version.aliases)),
        ("Note", version.note),
        ("Tags", ", ".join(f"{key}={value}" for key, value in version.tags.items())),
        ("Run", made),
        ("File", version.source),
        ("Dataset", words.versioned(version.dataset, version.version)),
        ("Trained on", version.train),
        ("Task", f"{signature.task}: {gives}"),
        ("Parity", sentence(version.parity).removeprefix("parity ")),
        ("Asked", _asked(version)),
        (
            "Verified",
            ""
            if last is None
            else f"{words.moment(last.at)} by {last.who}: {sentence(last.parity)}",
        ),
        ("Overridden", version.override or ""),
        ("Made", f"{words.moment(version.created_at)} by {version.created_by}"),
    ]


def _asked(version: ModelVersion) -> str:
    parity = version.parity
    alone = f", {words.count(parity.single_rows)} alone as well" if parity.single_rows else ""
    return (
        f"{words.plural(parity.rows, 'row')}, {words.count(parity.hostile_rows)} of them hostile{alone}; "
        f"99.9 % within {words.number(parity.p999_abs_diff, digits=2)}, "
        f"limit {words.number(parity.limit, digits=2)}"
    )


def _metrics(version: ModelVersion, *, is_all: bool) -> None:
    from workbench.core.metric_order import in_order

    keys = list(in_order(version.metrics))
    shown = keys if is_all else keys[:METRICS]
    output.print_table(
        ("metric", ">value", "95 % interval"),
        [
            (key, words.metric(version.metrics[key]), _interval(version.intervals.get(key)))
            for key in shown
        ],
        title="Metrics",
    )
    if len(keys) > len(shown):
        output.say(f"{words.plural(len(keys) - len(shown), 'metric')} more with --all.")


def _inputs(version: ModelVersion, *, is_all: bool) -> None:
    """The columns it takes; of many those that weigh most, in their order."""
    inputs = version.signature.inputs
    if not is_all and len(inputs) > INPUTS:
        weights = version.importances
        heavy = sorted(inputs, key=lambda one: -weights.get(one.name, 0.0))[:INPUTS]
        inputs = tuple(one for one in inputs if one in heavy)
    output.print_table(
        ("input", "type", "missing", "range or categories", ">importance"),
        [_input(one, version) for one in inputs],
        title="Takes",
    )
    rest = len(version.signature.inputs) - len(inputs)
    if rest:
        output.say(f"{words.plural(rest, 'input')} of less importance more with --all.")


def _interval(bounds: tuple[float, float] | None) -> str:
    return "" if bounds is None else words.interval(*bounds)


def _input(column: InputColumn, version: ModelVersion) -> tuple[str, ...]:
    return (
        column.name,
        column.type.value,
        "may be" if column.nullable else "never",
        values_of(column),
        words.number(version.importances.get(column.name)),
    )


def values_of(column: InputColumn) -> str:
    """What training saw of a column: its range, or its categories."""
    if column.minimum is not None and column.maximum is not None:
        return f"{column.minimum:.6g} to {column.maximum:.6g}"
    return words.listed(list(column.categories), most=CATEGORIES) if column.categories else ""


def _worst(version: ModelVersion, most: int) -> None:
    found = version.parity.worst[:most]
    if not found:
        return
    output.print_table(
        (">row", "what", "changed", "model", "graph", ">difference", "label"),
        [
            (
                words.count(one.row),
                one.kind,
                ", ".join(f"{name}={one.values.get(name, '')!r}" for name in one.changed[:3]),
                _scores(one.native),
                _scores(one.onnx),
                words.number(one.difference, digits=2),
                "flipped" if one.flipped else "",
            )
            for one in found
        ],
        title="Rows that differ most",
    )


def _scores(scores: tuple[float | None, ...]) -> str:
    return ", ".join("no number" if one is None else words.number(one, digits=6) for one in scores)


def _example(workbench: Workbench, version: ModelVersion) -> None:
    card = workbench.model_card(version.label)
    if card.example is None:
        return
    found = card.example
    shares = [f"{name} {words.number(share)}" for name, share in found.probabilities.items()]
    answer = ", ".join(shares) or f"value {words.number(found.value)}"
    click.secho("\nExample", bold=True)
    click.echo(output.printable(json.dumps(found.row, ensure_ascii=False)))
    click.echo(output.printable(f"gives {answer}"))
    click.echo(output.printable(card.calls[0].text))
