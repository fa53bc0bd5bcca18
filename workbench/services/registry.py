"""Registers a run's model: exported to ONNX, proved on real rows, kept with its signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.errors import NotFound
from storage.records import (
    ModelVersion,
    NewAlert,
    NewEvent,
    NewModelVersion,
    Parity,
    Run,
    Severity,
    Signature,
    Window,
    notebook,
)
from workbench.core import columns as column_rules
from workbench.core import policy
from workbench.core.words import number, plural
from workbench.engines import native, parity_check
from workbench.engines.export import exporting
from workbench.engines.onnx_session import Session
from workbench.errors import UsageError
from workbench.services import rows as row_services
from workbench.services import training, training_jobs
from workbench.services.context import Context

PARITY_ROWS = 100_000
SAMPLE_ROWS = 64


def register(
    context: Context,
    *,
    run: int,
    model: str,
    cycle: int | None = None,
    holdout: int | None = None,
) -> None:
    """Exports a run's model, proves the export, and keeps both as a version of `model`.

    Args:
        context: The project.
        run: A finished run.
        model: The model's name in workbench.toml.
        cycle: The retraining cycle it belongs to.
        holdout: Dataset version whose added rows the gate judges it on.

    Raises:
        NotFound: There is no such model or run.
        UsageError: The run has not finished.
        ExportRefused: The model has no exact ONNX form here.
    """
    if model not in context.config.models:
        raise NotFound.named("model", model, known=context.config.models)
    with context.store.read() as tx:
        found = tx.runs.get(run)
        artifacts = {one.path: one.blob for one in tx.runs.artifacts(run)}
    training_jobs.refuse_unfinished(found)
    blobs = context.store.blobs
    signature = msgspec.json.decode(
        blobs.read(artifacts[training.SIGNATURE_ARTIFACT]), type=Signature
    )
    trained = native.load(blobs.read(artifacts[training.MODEL_ARTIFACT]))
    context.progress(0.1, "exporting to ONNX")
    graph = exporting.export(trained, signature)
    session = Session(graph, signature)
    context.progress(0.4, "proving parity on real rows")
    rows = _real_rows(context, found, signature)
    parity = parity_check.prove(
        trained, session, rows, target_std=_target_std(context, found, signature)
    )
    new = NewModelVersion(
        model=model,
        experiment=found.experiment,
        run_id=run,
        onnx_blob=blobs.put(graph),
        native_blob=artifacts[training.MODEL_ARTIFACT],
        profile_blob=artifacts[training.PROFILE_ARTIFACT],
        sample_blob=blobs.put(_sample(session, signature, rows)),
        row_hashes_blob=artifacts[training.HASHES_ARTIFACT],
        signature=signature,
        parity=parity,
        metrics={
            key: metric.value
            for key, metric in found.metrics.items()
            if np.isfinite(metric.value) and not key.startswith(notebook.SYSTEM)
        },
        importances=msgspec.json.decode(
            blobs.read(artifacts[training.IMPORTANCES_ARTIFACT]), type=dict[str, float]
        ),
        created_by=context.who,
    )
    result: dict[str, Any] = {"model": model}
    with context.conclude(result) as tx:
        version = tx.models.register(new)
        result["number"] = version.number
        tx.events.add(_registered(version))
        if not parity.passed:
            tx.events.raise_alert(_parity_failed(version))
        if cycle is not None and holdout is not None:
            tx.reviews.note_challenger(cycle, version.number)
            outcome = policy.Registered(
                cycle=cycle, model=model, number=version.number, holdout=holdout
            )
            cause = context.job.id if context.job else None
            tx.jobs.enqueue_all(policy.after(outcome, cause=cause))


def _real_rows(context: Context, run: Run, signature: Signature) -> dict[str, NDArray[Any]]:
    """Rows of the run's dataset version, evenly taken, as many as parity asks for."""
    if run.dataset is None or run.version is None:
        raise UsageError(f"{run.label} names no dataset version, so its export cannot be proved.")
    with context.store.read() as tx:
        window = Window(dataset=run.dataset, version=run.version)
        selection = row_services.select(context, tx, window)
    fetched = context.store.frames.fetch(selection, [*signature.names])
    total = len(next(iter(fetched.values())))
    step = max(1, -(-total // PARITY_ROWS))
    return {name: values[::step] for name, values in fetched.items()}


def _target_std(context: Context, run: Run, signature: Signature) -> float | None:
    """Standard deviation of a regression's target; None for classes."""
    if signature.task != "regression" or run.dataset is None or run.version is None:
        return None
    target = context.config.experiments[run.experiment].target
    with context.store.read() as tx:
        window = Window(dataset=run.dataset, version=run.version)
        selection = row_services.select(context, tx, window)
    values = context.store.frames.fetch(selection, [target])[target]
    return float(np.nanstd(np.ma.filled(values.astype(np.float64), np.nan)))


def _sample(session: Session, signature: Signature, rows: Mapping[str, NDArray[Any]]) -> bytes:
    """Rows with the answers the graph gives for them, asked again whenever it is loaded."""
    first = {name: values[:SAMPLE_ROWS] for name, values in rows.items()}
    scores = session.scores(column_rules.typed(signature, first))
    values = {name: np.ma.asanyarray(column).tolist() for name, column in first.items()}
    return msgspec.json.encode({"columns": values, "scores": scores.tolist()})


def _registered(version: ModelVersion) -> NewEvent:
    return NewEvent(
        kind="model.registered",
        subject=version.label,
        message=f"{version.label} registered from r{version.run_id}: {words(version.parity)}",
        severity=Severity.INFO if version.parity.passed else Severity.ERROR,
    )


def _parity_failed(version: ModelVersion) -> NewAlert:
    return NewAlert(
        key=f"parity {version.label}",
        severity=Severity.ERROR,
        title=f"{version.label} failed parity",
        text=f"{words(version.parity)}. It cannot become champion.",
    )


def words(parity: Parity) -> str:
    """The proof in one line: `parity passed: largest difference 2.2e-16, 0 flips on 80 000 rows`."""
    verdict = "passed" if parity.passed else "failed"
    return (
        f"parity {verdict}: largest difference {number(parity.max_abs_diff, digits=2)}, "
        f"{plural(parity.flips, 'flip')} on {plural(parity.rows, 'row')}"
    )
