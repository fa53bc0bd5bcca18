"""What may be changed of a version: its note, its tags, and whether it is kept."""

from __future__ import annotations

import re

from storage.errors import Conflict
from storage.records import CycleState, JobState, ModelVersion, NewEvent
from storage.store import Transaction
from workbench.errors import UsageError
from workbench.services import labels
from workbench.services.context import Context

TAG = re.compile(r"[^\W_][\w.-]{0,99}")
"""What a tag may be called."""
LONGEST = 4000
"""Characters of a note or of a tag's value."""


def remove_version(context: Context, label: str, *, why: str) -> ModelVersion:
    """Takes a version away. Its number is never given again; `workbench data gc` frees its blobs.

    What the gate said of it and how it did stay: they name it by its number.

    Raises:
        NotFound: There is no such version.
        Conflict: An alias points at it, it waits for the gate, or a job works on it.
    """
    with context.write() as tx:
        version = labels.model_version(tx, label)
        _refuse_awaited(tx, version)
        tx.models.remove(version)
        for key in ("parity", "verify"):
            tx.events.resolve(f"{key} {version.label}")
        tx.events.add(
            NewEvent(
                kind="model.removed",
                subject=version.label,
                message=f"{version.label} removed by {context.who}: {why}",
                payload={"model": version.model, "number": version.number, "who": context.who},
            )
        )
        return version


def tag_version(context: Context, label: str, key: str, value: str | None) -> ModelVersion:
    """A version with a tag set, or with None taken away.

    Raises:
        NotFound: There is no such version.
        UsageError: Nothing can be tagged so.
    """
    if not TAG.fullmatch(key):
        raise UsageError(
            f"A tag cannot be called '{key}'.",
            "Use letters, digits, points, - and _, with a letter or a digit first.",
        )
    if value is not None:
        _refuse_long(value, "tag's value")
    with context.write() as tx:
        return tx.models.annotate(labels.model_version(tx, label), tags={key: value})


def note_version(context: Context, label: str, text: str) -> ModelVersion:
    """A version with another note; an empty one takes it away.

    Raises:
        NotFound: There is no such version.
        UsageError: The note is too long.
    """
    _refuse_long(text, "note")
    with context.write() as tx:
        return tx.models.annotate(labels.model_version(tx, label), note=text)


def _refuse_long(text: str, what: str) -> None:
    if len(text) > LONGEST:
        raise UsageError(
            f"The {what} has {len(text)} characters; at most {LONGEST} are kept.",
            "Keep the long form in a file beside the project.",
        )


def _refuse_awaited(tx: Transaction, version: ModelVersion) -> None:
    """A cycle that is open, or a job, still needs the version it names."""
    for cycle in tx.reviews.cycles(tx.models.get(version.model)):
        if cycle.state is CycleState.OPEN and cycle.challenger == version.number:
            raise Conflict(
                f"{version.label} waits for the gate in an open cycle, so it is kept.",
                "Wait until it has been judged; see `workbench cycle`.",
            )
    for job in tx.jobs.live():
        mine = (job.arguments.get("model"), job.arguments.get("number"))
        if mine == (version.model, version.number) and job.state in {
            JobState.QUEUED,
            JobState.RUNNING,
        }:
            raise Conflict(
                f"{job.label} works on {version.label}, so it is kept.",
                f"Wait for it, or cancel it with `workbench jobs cancel {job.label}`.",
            )
