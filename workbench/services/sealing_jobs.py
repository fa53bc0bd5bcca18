"""The prediction log and the labels become Parquet, small files one, and what is too old goes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.appended.rows import Form
from storage.appended.sealed import Part, parts_in
from storage.appended.sealing import Seal, seal_of
from storage.labels import rows as labelled
from storage.layout import tree_size
from storage.predictions import folder_of
from storage.predictions import rows as predicted
from storage.records import NewEvent
from workbench.core import words
from workbench.services.context import Context
from workbench.services.input_types import types_of
from workbench.services.sealing import folders

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def seal(context: Context) -> None:
    """Seals what nobody appends to any more, joins small files, and removes predictions that are too old.

    Raises:
        StoreUnusable: The disk is full; nothing was lost.
    """
    logs = _logs(context)
    rows = torn_lines = 0
    removed: list[_Removed] = []
    for done, log in enumerate(logs):
        context.progress(done / len(logs), f"sealing {log.what}")
        with seal_of(log.form, context.store.frames, log.folder, log.types) as held:
            if held is None:
                continue  # another process is at it
            found = held.segments()
            held.join(now_us=_now_us(context))
            rows, torn_lines = rows + found.rows, torn_lines + found.torn_lines
            if log.form is predicted.FORM:
                removed += _remove_old(context, log, held)
    removed += _remove_most(context, logs)
    with context.conclude({"rows": rows, "torn_lines": torn_lines}) as tx:
        for one in removed:
            tx.events.add(one.event())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Log:
    """The predictions or the labels of one model."""

    model: str
    form: Form
    folder: Path
    types: Mapping[str, str] = field(default_factory=dict)

    @property
    def what(self) -> str:
        noun = "predictions" if self.form is predicted.FORM else "labels"
        return f"{noun} of {self.model}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Removed:
    """Predictions that were taken away."""

    log: _Log
    parts: Sequence[Part]
    reason: str

    def event(self) -> NewEvent:
        rows = sum(part.rows for part in self.parts)
        last = _EPOCH + timedelta(microseconds=max(part.last for part in self.parts))
        return NewEvent(
            kind="predictions.removed",
            subject=self.log.model,
            message=(
                f"{words.plural(rows, 'prediction')} of {self.log.model} up to "
                f"{words.moment(last)} removed: {self.reason}"
            ),
            payload={"model": self.log.model, "rows": rows, "until": last.isoformat()},
        )


def _logs(context: Context) -> list[_Log]:
    """What there is of every model, of those that were removed too."""
    layout = context.store.layout
    with context.store.read() as tx:
        versions = {model.name: tx.models.newest(model.name) for model in tx.models.all()}
    found: list[_Log] = []
    for form, root in ((predicted.FORM, layout.predictions), (labelled.FORM, layout.labels)):
        names = {folder_of(root, model): model for model in versions}
        for folder in folders(root):
            model = names.get(folder, folder.name)
            types = types_of(versions.get(model, ())) if form is predicted.FORM else {}
            found.append(_Log(model=model, form=form, folder=folder, types=types))
    return found


def _remove_old(context: Context, log: _Log, held: Seal) -> list[_Removed]:
    """Removes what is older than [serve.log] keep says."""
    keep = context.config.serve.log.keep
    if keep is None:
        return []
    before_us = _now_us(context) - keep // timedelta(microseconds=1)
    old = [part for part in parts_in(log.folder) if part.last < before_us]
    if not old:
        return []
    held.remove(old)
    return [
        _Removed(log=log, parts=old, reason=f"older than {words.duration(keep.total_seconds())}")
    ]


def _remove_most(context: Context, logs: Sequence[_Log]) -> list[_Removed]:
    """Removes the oldest sealed predictions until [serve.log] max_size is kept."""
    most = context.config.serve.log.max_bytes
    if most is None:
        return []
    excess = tree_size(context.store.layout.predictions) - most
    logged = [log for log in logs if log.form is predicted.FORM]
    parts = [(part.last, part, log) for log in logged for part in parts_in(log.folder)]
    gone: dict[Path, list[Part]] = defaultdict(list)
    for _, part, log in sorted(parts, key=lambda one: one[0]):
        if excess <= 0:
            break
        gone[log.folder].append(part)
        excess -= part.size_bytes
    removed: list[_Removed] = []
    for log in logged:
        if log.folder in gone:
            with seal_of(log.form, context.store.frames, log.folder, log.types) as held:
                if held is not None:
                    held.remove(gone[log.folder])
                    reason = f"the log may take {words.size(most)}"
                    removed.append(_Removed(log=log, parts=gone[log.folder], reason=reason))
    return removed


def _now_us(context: Context) -> int:
    return (context.store.now() - _EPOCH) // timedelta(microseconds=1)
