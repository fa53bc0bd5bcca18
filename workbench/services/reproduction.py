"""Makes a run again from what it recorded, and says how like the first one it is."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.errors import Problem
from storage.records import Artifact, Metric, Run, RunState
from storage.records.reproduction import Reproduction, Sameness
from workbench.core import metrics, reproducing, words
from workbench.engines import environment, native, training
from workbench.engines.training import Fitted
from workbench.errors import TrainingFailed
from workbench.services import (
    definitions,
    keepsakes,
    material,
    reproducing_baselines,
    run_again,
    run_figures,
)
from workbench.services import reproduction_verdicts as verdicts
from workbench.services.context import Context
from workbench.services.definitions import Definition
from workbench.services.material import Material, Plan
from workbench.services.reproducing_jobs import MODEL_ARTIFACT, REPORT_ARTIFACT, is_baseline
from workbench.services.training import HASHES_ARTIFACT, SCORES_ARTIFACT


@dataclass(frozen=True, slots=True, kw_only=True)
class _First:
    """The run as it was kept."""

    run: Run
    definition: Definition
    plan: Plan
    model: bytes
    scores: NDArray[np.float64]
    """Flat."""
    hashes: NDArray[np.uint64]
    """Of its training rows, ascending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Again:
    """The run that was made, before it is kept."""

    run: Run
    fitted: Fitted
    model: bytes
    scores: NDArray[np.float64]
    hashes: NDArray[np.uint64]
    source_hash: str
    metrics: dict[str, float]
    rows: int
    """Test rows."""


def reproduce(context: Context, *, run: int) -> None:
    """Makes a run again as its child, and keeps how like the first one it is.

    Args:
        context: The project.
        run: Id of a finished run that kept its model, or of a baseline.

    Raises:
        NotFound: There is no such run.
    """
    with context.store.read() as tx:
        found = tx.runs.get(run)
    if is_baseline(found):
        reproducing_baselines.reproduce(context, found)
        return
    try:
        first = _first(context, found)
        again = _made_again(context, first)
    except Problem as problem:
        _keep(context, found, verdicts.impossible(found, problem), None)
        return
    _keep(context, found, _report(first, again), (first, again))


def _first(context: Context, run: Run) -> _First:
    """What was kept of a run, and the plan to make it again."""
    with context.store.read() as tx:
        kept = {one.path: one.blob for one in tx.runs.artifacts(run.id)}
        definition = definitions.of_run(context, tx, run)
        plan = definitions.plan_of(context, tx, definition)
    read = context.store.blobs.read
    return _First(
        run=run,
        definition=definition,
        plan=plan,
        model=read(kept[MODEL_ARTIFACT]),
        scores=np.frombuffer(read(kept[SCORES_ARTIFACT]), "<f8"),
        hashes=np.frombuffer(read(kept[HASHES_ARTIFACT]), "<u8"),
    )


def _made_again(context: Context, first: _First) -> _Again:
    context.progress(0.02, "reading rows")
    plan = first.plan
    rows = material.read(context, plan)
    child = run_again.start(
        context, first.run, params=plan.recipe.params, seed=plan.experiment.seed
    )
    context.progress(0.1, "training")
    with _code(context, first.definition) as folder:
        source_hash = environment.recipe_source_hash(plan.recipe, folder)
        try:
            fitted = _fitted(context, plan, rows, folder)
        except TrainingFailed as error:
            with context.write() as tx:
                tx.runs.end(child.id, state=RunState.FAILED, error=error.problem)
            raise
    context.progress(0.9, "comparing")
    identified = {name: rows.train_columns[name] for name in first.plan.identity}
    return _Again(
        run=child,
        fitted=fitted,
        model=native.dump(fitted.model),
        scores=fitted.test_scores.astype("<f8").reshape(-1),
        hashes=training.row_hashes(identified),
        source_hash=source_hash,
        metrics=_measured(rows, fitted),
        rows=len(rows.test.target),
    )


@contextmanager
def _code(context: Context, definition: Definition) -> Iterator[Path]:
    """A folder with recipes.py as it was; the project's own when the run did not keep it."""
    if definition.source is None:
        yield context.project_dir
        return
    with tempfile.TemporaryDirectory(dir=context.store.layout.staging) as folder:
        (Path(folder) / definitions.RECIPES_FILE).write_text(definition.source, encoding="utf-8")
        yield Path(folder)


def _fitted(context: Context, plan: Plan, rows: Material, folder: Path) -> Fitted:
    return training.fit(
        plan.recipe,
        task=rows.task,
        train=rows.train,
        test=rows.test,
        seed=plan.experiment.seed,
        metric=plan.experiment.metric or metrics.default_metric(rows.task),
        project_dir=folder,
        report=lambda told: context.progress(None, told.message) if told.message else None,
        looks_closer=False,
    )


def _measured(rows: Material, fitted: Fitted) -> dict[str, float]:
    judged = run_figures.judged(rows, fitted)
    values = metrics.compute(rows.task, judged.truth, judged.scores, classes=judged.classes)
    counts = {
        "training_rows": float(len(rows.train.target)),
        "test_rows": float(len(rows.test.target)),
    }
    return {**values, **counts}


def _report(first: _First, again: _Again) -> Reproduction:
    kind = reproducing.sameness(
        same_file=again.model == first.model,
        same_model=again.model == native.canonical(first.model),
        same_scores=again.scores.tobytes() == first.scores.tobytes(),
    )
    apart = reproducing.largest_difference(first.scores, again.scores)
    changed = reproducing.remade(first.run.metrics, again.metrics)
    sentence = reproducing.sentence(
        kind,
        run=first.run.label,
        again=again.run.label,
        rows=again.rows,
        apart=apart,
        changed=changed,
    )
    is_same = kind in {Sameness.BIT_IDENTICAL, Sameness.SAME_MODEL}
    reasons = () if is_same else tuple(_reasons(first, again)) or (verdicts.NO_REASON,)
    return Reproduction(
        run=first.run.id,
        again=again.run.id,
        sameness=kind,
        sentence=sentence,
        reasons=reasons,
        largest_difference=apart,
        rows=again.rows,
        metrics=changed,
    )


def _reasons(first: _First, again: _Again) -> Iterator[str]:
    """What has changed since, the likeliest first."""
    if again.hashes.tobytes() != first.hashes.tobytes():
        gone = np.setdiff1d(first.hashes, again.hashes).size
        yield (
            f"data changed: {words.plural(gone, 'training row')} of "
            f"{words.count(first.hashes.size)} are not those of then"
        )
    if again.source_hash != first.run.source_hash:
        where = definitions.RECIPES_FILE if ":" in first.run.model else "workbench.toml"
        yield f"code changed: the recipe in {where} is not that of then, which was not kept"
    yield from reproducing.changes(first.run.environment, again.run.environment)


def _keep(
    context: Context, run: Run, report: Reproduction, made: tuple[_First, _Again] | None
) -> None:
    artifacts = [] if made is None else _artifacts(context, report, *made)
    with context.conclude(msgspec.to_builtins(report)) as tx:
        if made is not None:
            _, again = made
            values = [Metric(key=key, value=one, step=0) for key, one in again.metrics.items()]
            tx.runs.set_metrics(again.run.id, values)
            tx.runs.keep_artifacts(again.run.id, artifacts)
            tx.runs.set_tags(again.run.id, {"reproduction": report.sameness.value})
            tx.runs.end(again.run.id, state=RunState.FINISHED, params=again.fitted.params)
        tx.events.add(verdicts.event_of(run, report))


def _artifacts(
    context: Context, report: Reproduction, first: _First, again: _Again
) -> list[Artifact]:
    contents = {
        MODEL_ARTIFACT: again.model,
        SCORES_ARTIFACT: again.scores.tobytes(),
        HASHES_ARTIFACT: again.hashes.astype("<u8").tobytes(),
        definitions.ARTIFACT: msgspec.json.encode(first.definition),
        REPORT_ARTIFACT: msgspec.json.encode(report),
    }
    return [
        keepsakes.kept(context.store.blobs, path, content) for path, content in contents.items()
    ]
