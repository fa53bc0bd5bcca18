"""Proves a version's export again, with the packages of today."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from storage.errors import BlobDamaged, NotFound, Problem
from storage.records import ModelVersion, NewAlert, NewEvent, Parity, Severity
from workbench.core import checking
from workbench.core import parity as rules
from workbench.core.proof_words import sentence as words
from workbench.engines import native, parity_check
from workbench.engines.environment import package_versions
from workbench.engines.estimators import first_line
from workbench.engines.onnx_session import Session
from workbench.services import proving_rows
from workbench.services.context import Context


class _Unanswered(Exception):
    """Why there is nothing to compare; its text is a sentence."""


def verify(context: Context, *, model: str, number: int, who: str | None = None) -> None:
    """Asks model and graph the same rows as at registration, and keeps what came of it.

    What cannot be loaded any more is a failed proof, and no failed job.

    Args:
        context: The project, working for a job.
        model: The model.
        number: The version's number.
        who: Who asked for it; None: whoever this process works for.

    Raises:
        NotFound: There is no such version.
    """
    with context.store.read() as tx:
        version = tx.models.version(model, number)
    context.progress(0.1, "loading model and graph")
    found = _proof(context, version)
    told = {
        "model": model,
        "number": number,
        "proof": words(found),
        "packages": changes(version, found) or "as at registration",
    }
    with context.conclude(told) as tx:
        tx.models.add_verification(version, found, who=who or context.who)
        tx.events.add(_verified(version, found))
        if found.passed:
            tx.events.resolve(alert_key(version))
        else:
            tx.events.raise_alert(_failed(version, found))


def changes(version: ModelVersion, found: Parity) -> str:
    """Which packages changed since registration: `onnxruntime 1.31.0 to 1.32.0`; empty where none did."""
    changed = rules.changed_packages(version.parity.packages, found.packages)
    return ", ".join(
        f"{name} {before or 'absent'} to {after or 'absent'}"
        for name, (before, after) in changed.items()
    )


def alert_key(version: ModelVersion) -> str:
    """The key of the alert that a version failed its proof; its next success settles it."""
    return f"verify {version.label}"


def _proof(context: Context, version: ModelVersion) -> Parity:
    against = version.parity.against
    try:
        return _proved(context, version)
    except _Unanswered as problem:
        refused = rules.unanswered(str(problem), limit=version.parity.limit, against=against)
    return replace(refused, packages=package_versions(parity_check.PACKAGES))


def _proved(context: Context, version: ModelVersion) -> Parity:
    session = _session(context, version)
    columns, numbers = _rows(context, version)
    std = None
    if version.signature.task == "regression":
        std = version.parity.limit / rules.LIMIT
    context.progress(0.3, "asking both the same rows")
    try:
        if version.native_blob is None:
            return parity_check.prove_alone(session, columns, target_std=std)
        return parity_check.prove(
            _native(context, version),
            session,
            columns,
            row_numbers=numbers,
            target_std=std,
        )
    except (Problem, ValueError) as error:
        raise _Unanswered(_sentence(error)) from error


def _session(context: Context, version: ModelVersion) -> Session:
    try:
        graph = context.store.blobs.read(version.onnx_blob)
        return Session(graph, version.signature, threads=parity_check.THREADS)
    except Exception as error:  # the runtime has no common base of its errors
        raise _Unanswered(f"the graph cannot be loaded: {_sentence(error)}") from error


def _native(context: Context, version: ModelVersion) -> native.NativeModel:
    try:
        return native.load(context.store.blobs.read(version.native_blob or ""))
    except Exception as error:  # of another release of its library, which may raise anything
        raise _Unanswered(f"the trained model cannot be loaded: {_sentence(error)}") from error


def _rows(
    context: Context, version: ModelVersion
) -> tuple[dict[str, NDArray[Any]], NDArray[np.int64] | None]:
    """The rows of registration; where they are gone, those of the sample."""
    if version.dataset is not None and version.version is not None:
        try:
            found = proving_rows.of_version(
                context, version.dataset, version.version, version.signature
            )
        except (NotFound, BlobDamaged):
            pass  # removed meanwhile
        else:
            if len(found.numbers):
                return found.columns, found.numbers
    kept = msgspec.json.decode(context.store.blobs.read(version.sample_blob))
    return checking.arrays(version.signature, kept["columns"]), None


def _sentence(error: Exception) -> str:
    if isinstance(error, Problem):
        return error.problem
    return f"{type(error).__name__}: {first_line(error)[:300]}"


def _verified(version: ModelVersion, found: Parity) -> NewEvent:
    changed = changes(version, found)
    since = f"; since registration {changed}" if changed else ""
    return NewEvent(
        kind="model.verified",
        subject=version.label,
        message=f"{version.label} verified: {words(found)}{since}",
        severity=Severity.INFO if found.passed else Severity.ERROR,
    )


def _failed(version: ModelVersion, found: Parity) -> NewAlert:
    changed = changes(version, found)
    since = f" Since registration: {changed}." if changed else ""
    served = " It is being served." if "champion" in version.aliases else ""
    return NewAlert(
        key=alert_key(version),
        severity=Severity.ERROR,
        title=f"{version.label} failed its proof",
        text=f"{words(found)}.{since}{served}",
    )
