"""Gathers all that is known of a model version into its card."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.errors import NotFound
from storage.records import (
    CHAMPION,
    Evaluation,
    GateReview,
    ModelVerification,
    ModelVersion,
    Profile,
    Run,
    Scalar,
)
from storage.store import Transaction
from workbench.config import Task
from workbench.core import model_calls, model_limits, words
from workbench.core.baseline import verdict_of
from workbench.core.metric_order import in_order, is_aside
from workbench.core.metrics import default_metric
from workbench.core.model_cards import (
    CardInput,
    CardMetric,
    Example,
    Held,
    ModelCard,
    SourceFile,
)
from workbench.core.run_figures import RunFigures
from workbench.core.spreads import spread
from workbench.services import baseline_runs, labels, model_keepsakes, overview
from workbench.services.context import Context

MOST_FILES = 20
MOST_MOVES = 1000
MOST_REVIEWS = 1000
_TASKS: tuple[Task, ...] = ("binary", "multiclass", "regression")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What the catalog has of a version."""

    version: ModelVersion
    run: Run | None
    baseline: Run | None
    held: tuple[Held, ...]
    files: tuple[SourceFile, ...]
    reviews: tuple[GateReview, ...]
    verifications: tuple[ModelVerification, ...]
    evaluations: tuple[Evaluation, ...]


def card(context: Context, label: str) -> ModelCard:
    """The card of the version that `late@v3`, `late@champion` or `late` names.

    Raises:
        NotFound: There is no such model, version or alias.
    """
    with context.store.read() as tx:
        kept = _kept(tx, labels.model_version(tx, label))
    version = kept.version
    unknown: list[str] = []
    figures = model_keepsakes.figures(context, kept.run, unknown)
    profile = model_keepsakes.profile(context, version, unknown)
    example = model_keepsakes.example(context, version, unknown)
    metrics = _metrics(context, kept, figures)
    inputs = _inputs(version, figures, profile, example)
    primary = next((one for one in metrics if one.is_primary), None)
    told = context.config.models.get(version.model)
    test_rows = _count(version, kept.run, "test_rows")
    unknown += _unknown(kept, metrics)
    return ModelCard(
        version=version,
        project=context.config.project,
        description=told.description if told else "",
        intended_use=told.intended_use if told else "",
        held=kept.held,
        run=kept.run,
        source_files=kept.files[:MOST_FILES],
        source_count=len(kept.files),
        training_rows=_count(version, kept.run, "training_rows"),
        test_rows=test_rows,
        metrics=metrics,
        verdict=verdict_of(kept.run, kept.baseline, primary.key)
        if kept.run and kept.baseline and primary
        else "",
        baseline=str(kept.baseline.params.get("strategy", "")) if kept.baseline else "",
        figures=figures,
        inputs=inputs,
        example=example,
        first_time=profile.first_time if profile else None,
        last_time=profile.last_time if profile else None,
        reviews=kept.reviews,
        verifications=kept.verifications,
        evaluations=kept.evaluations,
        limits=model_limits.limits(
            version,
            metrics=metrics,
            figures=figures,
            inputs=inputs,
            test_rows=test_rows,
            verifications=kept.verifications,
        ),
        unknown=tuple(unknown),
        reproduce=f"workbench runs reproduce {kept.run.label}" if kept.run else "",
        calls=model_calls.calls(
            version,
            example.row if example else _made_up(version),
            address=_address(context),
        ),
    )


def _kept(tx: Transaction, version: ModelVersion) -> _Kept:
    run = _run(tx, version)
    model = tx.models.get(version.model)
    reviews = tx.reviews.newest(model, limit=MOST_REVIEWS)
    evaluations = [
        one for one in tx.drift.evaluations(model) if one.model_version == version.number
    ]
    return _Kept(
        version=version,
        run=run,
        baseline=baseline_runs.of_run(tx, run) if run else None,
        held=_held(tx, version),
        files=_files(tx, version),
        reviews=tuple(one for one in reviews if one.challenger == version.number),
        verifications=tx.models.verifications(version),
        evaluations=tuple(reversed(evaluations)),
    )


def _run(tx: Transaction, version: ModelVersion) -> Run | None:
    return None if version.run_id is None else tx.runs.get(version.run_id)


def _held(tx: Transaction, version: ModelVersion) -> tuple[Held, ...]:
    moves = tx.models.moves(version.model, None, limit=MOST_MOVES)
    found = []
    for alias in sorted(version.aliases, key=lambda name: (name != CHAMPION, name)):
        move = next((one for one in moves if one.alias == alias), None)
        if move is not None and move.to_number == version.number:
            found.append(Held(alias=alias, since=move.at, who=move.who, why=move.why))
        else:
            found.append(Held(alias=alias, since=None))
    return tuple(found)


def _files(tx: Transaction, version: ModelVersion) -> tuple[SourceFile, ...]:
    if version.dataset is None or version.version is None:
        return ()
    try:
        dataset = tx.datasets.get(version.dataset)
        rows_of = tx.datasets.version(dataset, version.version)
    except NotFound:
        return ()  # removed meanwhile; the label still says which rows they were
    brought = tx.partitions.of_version(rows_of.dataset_id, rows_of.number, added_only=True)
    by_hash = {one.source_sha256: one.source for one in brought}
    return tuple(SourceFile(path=path, sha256=sha256) for sha256, path in by_hash.items())


def _made_up(version: ModelVersion) -> dict[str, Scalar]:
    """A row for the calls where no real one is known: the least number, the first category."""
    return {
        one.name: one.categories[0] if one.categories else one.minimum
        for one in version.signature.inputs
    }


def _address(context: Context) -> str:
    """Where the endpoint listens, or will by its config; a free port is another one each time."""
    running = next((one.address for one in overview.services(context) if one.name == "serve"), None)
    if running is not None:
        return running
    serve = context.config.serve
    return f"http://{serve.host}:{serve.port}" if serve.port else model_calls.NOWHERE


def _metrics(context: Context, kept: _Kept, figures: RunFigures | None) -> tuple[CardMetric, ...]:
    version, guessed = kept.version, kept.baseline.metrics if kept.baseline else {}
    names = [key for key in in_order(version.metrics) if not is_aside(key)]
    primary = figures.metric if figures else _judged_by(context, kept)
    return tuple(
        CardMetric(
            key=key,
            value=version.metrics[key],
            low=low,
            high=high,
            baseline=guessed[key].value if key in guessed else None,
            is_primary=key == primary,
        )
        for key in names
        for low, high in [_bounds(kept, key)]
    )


def _judged_by(context: Context, kept: _Kept) -> str | None:
    """The metric that judged its experiment, as far as that can still be known."""
    experiment = context.config.experiments.get(kept.run.experiment if kept.run else "")
    if experiment is not None and experiment.metric is not None:
        return experiment.metric
    task = kept.version.signature.task
    return next((default_metric(one) for one in _TASKS if one == task), None)


def _bounds(kept: _Kept, key: str) -> tuple[float | None, float | None]:
    if key in kept.version.intervals:
        return kept.version.intervals[key]
    of_run = kept.run.metrics.get(key) if kept.run else None
    return (of_run.low, of_run.high) if of_run else (None, None)


def _inputs(
    version: ModelVersion,
    figures: RunFigures | None,
    profile: Profile | None,
    example: Example | None,
) -> tuple[CardInput, ...]:
    costs = figures.permutation if figures else {}
    row: Mapping[str, Scalar] = example.row if example else {}
    seen = {one.name: one for one in profile.columns} if profile else {}
    return tuple(
        CardInput(
            column=column,
            example=row.get(column.name),
            importance=version.importances.get(column.name),
            cost=costs.get(column.name),
            spread=spread(seen[column.name]) if column.name in seen else None,
        )
        for column in version.signature.inputs
    )


def _count(version: ModelVersion, run: Run | None, key: str) -> int | None:
    value = version.metrics.get(key)
    if value is None and run is not None and key in run.metrics:
        value = run.metrics[key].value
    return int(value) if value is not None and math.isfinite(value) else None


def _unknown(kept: _Kept, metrics: Sequence[CardMetric]) -> list[str]:
    version, run = kept.version, kept.run
    found = []
    if run is None:
        found.append(
            f"{version.label} was brought in from {version.source or 'a file'}: which code made it, and of "
            "what, nobody recorded here."
        )
    if not metrics:
        found.append("It has no metrics: nobody measured it on rows with known answers.")
    elif all(one.low is None for one in metrics):
        found.append("Its metrics have no intervals.")
    if run is not None and kept.baseline is None:
        found.append(f"No guess was measured on the test rows of {run.label}.")
    if run is not None and "git.commit" not in run.environment:
        found.append("The project was no git checkout: its code is known by its hash alone.")
    if version.row_hashes_blob is None:
        found.append("Whether rows were among its training rows cannot be checked.")
    if run is not None and version.dataset is not None and not kept.files:
        data = words.versioned(version.dataset, version.version)
        found.append(f"The files that brought {data} are not known any more.")
    return found
