"""Labels that are sent: kept before anybody is told so, and judged by a job a moment later."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Any

from storage.appended.segments import folder_of, segments_in
from storage.labels import LabelWriter
from storage.records import JobState, ModelVersion, NewJob
from workbench.core import sent_labels
from workbench.core.sent_labels import SentLabels
from workbench.services import labels
from workbench.services.context import Context

JUDGED_AFTER_S = 10.0
"""How long more labels are waited for."""


def add(context: Context, model: str, columns: Mapping[str, Sequence[Any]]) -> int:
    """Keeps labels of a model, and asks for their judging; gives how many.

    Args:
        context: The project.
        model: Whose predictions they judge.
        columns: The key columns, `label`, and perhaps `at`.

    Raises:
        NotFound: There is no such model.
        RequestInvalid: Names the row, the column and what is allowed; none was kept.
        UsageError: The model has no key columns.
        StoreUnusable: The disk is full.
    """
    version = version_of(context, model)
    found = sent_labels.of_columns(model, version.signature, columns, now=context.store.now())
    writer = LabelWriter(context.store.layout.labels)
    try:
        append(writer, model, found, caller=context.who)
    finally:
        writer.close()
    order(context, model)
    return len(found.labels)


def append(writer: LabelWriter, model: str, found: SentLabels, *, caller: str) -> None:
    """Writes labels that were checked.

    Raises:
        StoreUnusable: The disk is full.
    """
    writer.append(model, key=found.key, labels=found.labels, times=found.times, caller=caller)


def version_of(context: Context, model: str) -> ModelVersion:
    """The version whose key and classes labels must have: the champion, else the newest.

    Raises:
        NotFound: There is no such model, or no version of it.
    """
    with context.store.read() as tx:
        tx.models.get(model)
        newest = tx.models.newest(model, limit=1)
        return tx.models.at(model) or (newest[0] if newest else labels.model_version(tx, model))


def order(context: Context, model: str, *, delay_s: float = 0.0) -> bool:
    """Asks for the judging of a model's labels; False: one is under way, which may not see the newest."""
    with context.write() as tx:
        job = tx.jobs.enqueue(
            NewJob(
                kind="labels",
                subject=model,
                arguments={"model": model},
                dedup_key=f"labels {model}",
                delay_s=delay_s,
            )
        )
    return job.state is JobState.QUEUED


class Intake:
    """Takes labels in for an endpoint; any thread may call."""

    def __init__(self, context: Context) -> None:
        """Opens nothing yet."""
        self._context = context
        self._writer = LabelWriter(context.store.layout.labels)
        self._lock = threading.Lock()
        self._unjudged = _waiting(context)
        self._again_at = 0.0

    def keep(
        self, version: ModelVersion, rows: Sequence[Mapping[str, Any]], *, caller: str = ""
    ) -> int:
        """Keeps the labels that rows hold, and gives how many; they are on disk when this returns.

        Args:
            version: One of the model whose answers they judge.
            rows: Each with the key columns, `label`, and perhaps `at`.
            caller: Who sent them.

        Raises:
            RequestInvalid: Names the row, the column and what is allowed; none was kept.
            UsageError: The model has no key columns.
            StoreUnusable: The disk is full.
        """
        model = version.model
        found = sent_labels.of_rows(model, version.signature, rows, now=self._context.store.now())
        append(self._writer, model, found, caller=caller)
        with self._lock:
            self._unjudged.add(model)
        return len(found.labels)

    def look(self) -> None:
        """Asks for the judging of what came; costs nothing where no labels did."""
        if not self._unjudged or time.monotonic() < self._again_at:
            return
        with self._lock:
            models, self._unjudged = self._unjudged, set()
        under_way = [
            one for one in sorted(models) if not order(self._context, one, delay_s=JUDGED_AFTER_S)
        ]
        if under_way:
            self._again_at = time.monotonic() + JUDGED_AFTER_S
            with self._lock:
                self._unjudged.update(under_way)

    def close(self) -> None:
        """Lets go of the files; what was kept is on disk already."""
        self._writer.close()


def _waiting(context: Context) -> set[str]:
    """Models whose latest labels a process that was killed may not have asked to be judged."""
    folder = context.store.layout.labels
    if not folder.is_dir():
        return set()
    with context.store.read() as tx:
        models = [model.name for model in tx.models.all()]
    return {model for model in models if segments_in(folder_of(folder, model))}
