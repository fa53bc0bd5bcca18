"""What follows when a trial of a study has ended: further trials, or the study's end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.records import NewJob, Study, StudyState, TrialState
from workbench.core import words

HOPELESS = 5
"""Failed trials, with none that came to its end, after which a study gives up."""
LEAST_FOR_IMPORTANCES = 4
"""Finished trials below which nothing is said about importances."""
_PRIORITY = -1
_ATTEMPTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What follows."""

    numbers: tuple[int, ...] = ()
    """Trials to enqueue."""
    state: StudyState | None = None
    """What the study ends as; None: it goes on."""
    reason: str = ""


def after(study: Study, *, now: datetime, last_error: str | None = None) -> Next:
    """What follows from how a study stands.

    Args:
        study: The study, with the counts of its trials.
        now: Against its timeout.
        last_error: Why the latest trial failed; None: it did not.
    """
    if study.state is not StudyState.RUNNING:
        return Next()
    begun = sum(study.trials.values())
    why = _why_no_further(study, begun, now, last_error)
    if why is None:
        room = min(study.parallel - study.live, study.budget - begun)
        return Next(numbers=tuple(range(begun, begun + max(0, room))))
    if study.live:
        return Next()
    has_best = study.best_trial is not None
    return Next(state=StudyState.FINISHED if has_best else StudyState.FAILED, reason=why)


def _why_no_further(study: Study, begun: int, now: datetime, last_error: str | None) -> str | None:
    """Why no further trial is begun; None: some are."""
    failed = study.trials.get(TrialState.FAILED, 0)
    last = f"the last one: {last_error or 'no reason kept'}"
    if failed >= HOPELESS and failed == study.ended:
        return f"The first {failed} trials all failed; {last}"
    if _is_late(study, now):
        over = f"Its time of {study.timeout_s:g} s was over after {words.plural(begun, 'trial')}"
        return f"{over}, which failed; {last}" if failed == begun else f"{over}."
    if begun < study.budget:
        return None
    if failed == begun:
        return f"All {words.plural(begun, 'trial')} failed; {last}"
    return f"All {words.plural(begun, 'trial')} are done."


def _is_late(study: Study, now: datetime) -> bool:
    if study.timeout_s is None or study.first_trial_at is None:
        return False
    return now >= study.first_trial_at + timedelta(seconds=study.timeout_s)


def trial_job(study: Study, number: int, *, cause: int | None) -> NewJob:
    """The job of a trial.

    Args:
        study: The study.
        number: The trial's.
        cause: Id of the job that asked for it; None when a person did.
    """
    return NewJob(
        kind="trial",
        subject=f"{study.label} {study.experiment} trial {number}",
        arguments={"study": study.id, "number": number},
        dedup_key=f"trial {study.label} {number}",
        # Behind what keeps the project going: checks, drift, retraining.
        priority=_PRIORITY,
        max_attempts=_ATTEMPTS,
        cause=cause,
    )


def importances_job(study: Study, *, cause: int | None) -> NewJob:
    """The job that measures how much each param of a study matters; arguments as of `trial_job`."""
    return NewJob(
        kind="importances",
        subject=f"{study.label} {study.experiment}",
        arguments={"study": study.id},
        dedup_key=f"importances {study.label}",
        priority=_PRIORITY,
        cause=cause,
    )
