"""Jobs that somebody started here and waits for: what came of them, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import Job, JobState
from workbench.core.proof_words import sentence as proof

if TYPE_CHECKING:
    from workbench.api import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A job that has ended."""

    job: int
    sentence: str
    is_bad: bool


def outcomes(workbench: Workbench, jobs: Iterable[int]) -> tuple[Outcome, ...]:
    """What came of those of `jobs` that have ended."""
    found = (workbench.job(number) for number in jobs)
    return tuple(_outcome(workbench, job) for job in found if not job.state.is_live)


def _outcome(workbench: Workbench, job: Job) -> Outcome:
    if job.state is not JobState.FINISHED:
        why = f": {job.error}" if job.error else ""
        told = f"{job.label} {job.kind} {job.subject} {job.state.value}{why}"
        return Outcome(job=job.id, sentence=told, is_bad=True)
    known = job.result or {}
    if job.kind in {"register", "register-file"} and "number" in known:
        version = workbench.model_version(f"{known['model']}@v{known['number']}")
        told = f"{version.label} is registered: {proof(version.parity)}"
        return Outcome(job=job.id, sentence=told, is_bad=not version.parity.passed)
    if job.kind == "verify" and "proof" in known:
        told = f"{job.subject} is verified: {known['proof']}"
        changed = known.get("changed packages")
        more = f"; since registration {changed}" if changed else ""
        return Outcome(job=job.id, sentence=told + more, is_bad=not known.get("passed"))
    if job.kind == "export" and "folder" in known:
        told = f"{known['model']} is in {known['folder']}"
        return Outcome(job=job.id, sentence=told, is_bad=False)
    told = f"{job.label} {job.kind} {job.subject} has finished"
    return Outcome(job=job.id, sentence=told, is_bad=False)
