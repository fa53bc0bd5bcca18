"""Registers a run's model: exported to ONNX, proved on real rows, kept with its signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.records import (
    ModelVersion,
    NewAlert,
    NewEvent,
    NewModelVersion,
    Run,
    Severity,
    Signature,
    notebook,
)
from storage.store import Transaction
from workbench.core import columns as column_rules
from workbench.core import policy
from workbench.core.proof_words import sentence
from workbench.engines import native, parity_check
from workbench.engines.export import exporting
from workbench.engines.onnx_session import Session
from workbench.errors import UsageError
from workbench.services import model_jobs, proving_rows, training
from workbench.services.context import Context
from workbench.services.training_jobs import refuse_unfinished

SAMPLE_ROWS = 64
NEEDED = (
    training.MODEL_ARTIFACT,
    training.SIGNATURE_ARTIFACT,
    training.PROFILE_ARTIFACT,
    training.HASHES_ARTIFACT,
    training.IMPORTANCES_ARTIFACT,
)
"""What a run has kept that has a model."""


def register(
    context: Context,
    *,
    run: int,
    model: str,
    cycle: int | None = None,
    holdout: int | None = None,
    who: str | None = None,
) -> None:
    """Exports a run's model, proves the export, and keeps both as a version of `model`.

    The same run again gives the version it has, which is not proved anew.

    Args:
        context: The project.
        run: A finished run.
        model: What it becomes a version of; need not stand in workbench.toml.
        cycle: The retraining cycle it belongs to.
        holdout: Dataset version whose added rows the gate judges it on.
        who: Who asked for it; None: whoever this process works for.

    Raises:
        NotFound: There is no such run.
        UsageError: The run has not finished or kept no model, or no model can be called so.
        ExportRefused: The model has no exact ONNX form here.
    """
    model_jobs.refuse_name(context, model)
    with context.store.read() as tx:
        found = tx.runs.get(run)
        artifacts = {one.path: one.blob for one in tx.runs.artifacts(run)}
        known = next((one for one in tx.models.of_run(run) if one.model == model), None)
    if known is not None:
        result = {"model": model, "number": known.number}
        with context.conclude(result) as tx:
            _follow(context, tx, known, cycle=cycle, holdout=holdout)
        return
    refuse_unfinished(found)
    _refuse_without_model(found, artifacts)
    by = who or ("policy" if cycle is not None else context.who)
    new = _exported(context, found, artifacts, model=model, created_by=by)
    keep(context, new, cycle=cycle, holdout=holdout)


def _exported(
    context: Context, run: Run, artifacts: Mapping[str, str], *, model: str, created_by: str
) -> NewModelVersion:
    """A run's model as a graph, with its proof and all that is kept with it."""
    blobs = context.store.blobs
    signature = msgspec.json.decode(
        blobs.read(artifacts[training.SIGNATURE_ARTIFACT]), type=Signature
    )
    trained = native.load(blobs.read(artifacts[training.MODEL_ARTIFACT]))
    context.progress(0.1, "exporting to ONNX")
    graph = exporting.export(trained, signature)
    session = Session(graph, signature, threads=parity_check.THREADS)
    context.progress(0.4, "proving parity on real rows")
    asked = proving_rows.of_run(context, run, signature)
    parity = parity_check.prove(
        trained,
        session,
        asked.columns,
        row_numbers=asked.numbers,
        target_std=proving_rows.target_std(context, run, signature),
    )
    measured = {
        key: metric
        for key, metric in run.metrics.items()
        if np.isfinite(metric.value) and not key.startswith(notebook.SYSTEM)
    }
    return NewModelVersion(
        model=model,
        experiment=run.experiment,
        run_id=run.id,
        onnx_blob=blobs.put(graph),
        native_blob=artifacts[training.MODEL_ARTIFACT],
        profile_blob=artifacts[training.PROFILE_ARTIFACT],
        sample_blob=blobs.put(sample(session, signature, asked.columns)),
        row_hashes_blob=artifacts[training.HASHES_ARTIFACT],
        signature=signature,
        parity=parity,
        metrics={key: metric.value for key, metric in measured.items()},
        intervals={
            key: (metric.low, metric.high)
            for key, metric in measured.items()
            if metric.low is not None and metric.high is not None
        },
        importances=msgspec.json.decode(
            blobs.read(artifacts[training.IMPORTANCES_ARTIFACT]), type=dict[str, float]
        ),
        created_by=created_by,
    )


def keep(
    context: Context,
    new: NewModelVersion,
    *,
    cycle: int | None = None,
    holdout: int | None = None,
) -> None:
    """Ends a job with a new version: the version, what is told of it, and what follows are one commit.

    Args:
        context: The project, working for a job.
        new: Exported and proved; its blobs are kept already.
        cycle: The retraining cycle it belongs to.
        holdout: Dataset version whose added rows the gate judges it on.
    """
    result: dict[str, Any] = {"model": new.model}
    with context.conclude(result) as tx:
        version = tx.models.register(new)
        result["number"] = version.number
        tx.events.add(_registered(version))
        if not version.parity.passed:
            tx.events.raise_alert(_parity_failed(version))
        _follow(context, tx, version, cycle=cycle, holdout=holdout)


def _follow(
    context: Context,
    tx: Transaction,
    version: ModelVersion,
    *,
    cycle: int | None,
    holdout: int | None,
) -> None:
    """What comes after the registration of a cycle's challenger."""
    if cycle is None or holdout is None:
        return
    tx.reviews.note_challenger(cycle, version.number)
    outcome = policy.Registered(
        cycle=cycle, model=version.model, number=version.number, holdout=holdout
    )
    cause = context.job.id if context.job else None
    tx.jobs.enqueue_all(policy.after(outcome, cause=cause))


def _refuse_without_model(run: Run, artifacts: Mapping[str, str]) -> None:
    lacking = [name for name in NEEDED if name not in artifacts]
    if lacking:
        raise UsageError(
            f"{run.label} kept no {lacking[0]}, so there is no model of it to register.",
            "Runs that `workbench run` trained can be registered; a model from elsewhere by its file.",
        )


def sample(session: Session, signature: Signature, rows: Mapping[str, NDArray[Any]]) -> bytes:
    """Rows with the answers the graph gives for them, asked again whenever it is loaded."""
    first = {name: values[:SAMPLE_ROWS] for name, values in rows.items()}
    scores = session.scores(column_rules.typed(signature, first))
    values = {name: np.ma.asanyarray(column).tolist() for name, column in first.items()}
    return msgspec.json.encode({"columns": values, "scores": scores.tolist()})


def _registered(version: ModelVersion) -> NewEvent:
    return NewEvent(
        kind="model.registered",
        subject=version.label,
        message=f"{version.label} registered from {version.origin}: {sentence(version.parity)}",
        severity=Severity.INFO if version.parity.passed else Severity.ERROR,
    )


def _parity_failed(version: ModelVersion) -> NewAlert:
    return NewAlert(
        key=f"parity {version.label}",
        severity=Severity.ERROR,
        title=f"{version.label} failed parity",
        text=f"{sentence(version.parity)}. It cannot become champion without an override.",
    )
