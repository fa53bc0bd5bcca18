"""Where model versions and dataset versions came from, and what came of them."""

from __future__ import annotations

from collections.abc import Iterator

from storage.predictions import LoggedAnswers, Predictions
from storage.records import (
    AliasMove,
    Lineage,
    LineageNode,
    ModelVersion,
    Version,
)
from storage.records.filters import Comparison, Field
from storage.records.lineage import Noun
from storage.store import Transaction
from workbench.core import words
from workbench.core.proof_words import sentence as proof
from workbench.services import labels
from workbench.services import lineage_nodes as nodes
from workbench.services.context import Context

MOST_MOVES = 10_000


def of_model(context: Context, label: str) -> Lineage:
    """What a model version was made of, and what came of it.

    Raises:
        NotFound: There is no such version.
    """
    with context.store.read() as tx:
        version = labels.model_version(tx, label)
    log = Predictions(context.store.frames, context.store.layout.predictions)
    answered = log.answered(version.model, version.number)
    with context.store.read() as tx:
        origins = nodes.of_version(version, tuple(_made_of(tx, version)))
        return Lineage(
            label=version.label,
            origins=origins,
            descendants=nodes.of_version(version, tuple(_came_of(tx, version, answered))),
        )


def of_dataset(context: Context, label: str) -> Lineage:
    """What a dataset version was made of, and what was made of it.

    Raises:
        NotFound: There is no such dataset or version.
        UsageError: The label cannot mean a version.
    """
    with context.store.read() as tx:
        version = labels.dataset_version(tx, label)
        return Lineage(
            label=version.label,
            origins=nodes.of_dataset(version, tuple(nodes.files(tx, version))),
            descendants=nodes.of_dataset(version, tuple(_learnt_from(tx, version))),
        )


def _made_of(tx: Transaction, version: ModelVersion) -> Iterator[LineageNode]:
    if version.run_id is not None:
        yield nodes.of_run(tx, tx.runs.get(version.run_id), version.train)
    else:
        yield nodes.node("file", version.source, "brought in from elsewhere")
        if version.dataset is not None and version.version is not None:
            yield nodes.of_rows(tx, version.dataset, version.version, "proved on its rows")
    yield nodes.node("proof", "", proof(version.parity))


def _came_of(
    tx: Transaction, version: ModelVersion, answered: LoggedAnswers | None
) -> Iterator[LineageNode]:
    yield from _alias_nodes(tx, version)
    if answered is not None:
        requests = words.plural(answered.requests, "request")
        span = f"{words.moment(answered.first_at)} to {words.moment(answered.last_at)}"
        yield nodes.node(
            "predictions", "", f"{words.plural(answered.rows, 'row')} in {requests}, {span}"
        )
    model = tx.models.get(version.model)
    reviews = [
        one
        for one in tx.reviews.newest(model, limit=1000)
        if version.number in (one.challenger, one.champion)
    ]
    yield from nodes.drawn(
        [
            nodes.node(
                "review",
                f"review {one.id}",
                ("as challenger: " if one.challenger == version.number else "as champion: ")
                + f"{one.decision.verdict.value}, {one.decision.reasons[0]}",
            )
            for one in reviews
        ],
        "review",
    )
    yield from nodes.drawn(
        [
            nodes.node(
                "proof", f"verification {one.id}", f"{words.moment(one.at)}: {proof(one.parity)}"
            )
            for one in tx.models.verifications(version)
        ],
        "verification",
    )
    reports = [
        one
        for one in tx.drift.newest(model=version.model, limit=1000)
        if one.model_version == version.number
    ]
    yield from nodes.drawn(
        [
            nodes.node(
                "drift report",
                f"drift report {one.id}",
                f"{one.dataset}@v{one.version}: {one.sentence}",
            )
            for one in reports
        ],
        "drift report",
    )
    yield from _beside(tx, version)


def _beside(tx: Transaction, version: ModelVersion) -> Iterator[LineageNode]:
    """Other versions that were made of the same run."""
    if version.run_id is None:
        return
    for other in tx.models.of_run(version.run_id):
        if other.id != version.id:
            yield nodes.node(
                "model version",
                other.label,
                f"made of the same run, {nodes.standing(other)}",
            )


def _alias_nodes(tx: Transaction, version: ModelVersion) -> Iterator[LineageNode]:
    """Each time that an alias pointed at it, and until when; newest first."""
    after: dict[str, AliasMove] = {}
    held: list[LineageNode] = []
    for move in tx.models.moves(version.model, None, limit=MOST_MOVES):
        if move.to_number == version.number:
            held.append(nodes.node("alias", move.alias, _held(move, after.get(move.alias))))
        after[move.alias] = move
    yield from nodes.drawn(held, "time")


def _held(move: AliasMove, after: AliasMove | None) -> str:
    until = f"until {words.moment(after.at)}" if after else "until now"
    spite = f"; in spite of its failed proof: {move.override}" if move.override else ""
    return f"{words.moment(move.at)} {until}, by {move.who}: {move.why}{spite}"


def _learnt_from(tx: Transaction, version: Version) -> Iterator[LineageNode]:
    """Runs on it with the model versions made of them, and what was proved or judged on its rows."""
    made: dict[int | None, list[ModelVersion]] = {}
    for one in tx.models.of_rows(version.id):
        made.setdefault(one.run_id, []).append(one)
    on_it = Comparison(field=Field(name="data"), operator="=", values=(version.label,))
    total = tx.runs.count_of(on_it)
    runs = tx.runs.find(on_it, limit=nodes.MOST)
    drawn = {run.id for run in runs}
    for run in runs:
        yield nodes.node(
            "run",
            run.label,
            f"recipe {run.recipe} of {run.experiment}, {run.state.value}",
            *(nodes.of_version(one) for one in made.get(run.id, [])),
        )
    if total > len(runs):
        yield nodes.node("more", "", f"and {words.plural(total - len(runs), 'run')} more")
    for run_id, versions in made.items():
        if run_id not in drawn:
            yield from (nodes.of_version(one) for one in versions)
    users = [one for one in tx.removals.users_of(version) if " " in one]
    yield from nodes.drawn([nodes.node(_noun_of(one), one) for one in users], "report")


def _noun_of(user: str) -> Noun:
    nouns: tuple[Noun, ...] = ("drift report", "review", "cycle")
    return next((noun for noun in nouns if user.startswith(noun)), "evaluation")
