"""How a study goes on when a trial has ended: what was concluded and what follows, in one transaction."""

from __future__ import annotations

from storage.errors import NotFound
from storage.records import (
    Job,
    JobState,
    Metric,
    MetricPoint,
    NewEvent,
    RunState,
    Severity,
    Study,
    StudyState,
    Trial,
    TrialState,
)
from storage.store import Transaction
from workbench.core import studies, words


def end_trial(  # noqa: PLR0913 - what a trial ended with, each by its name
    tx: Transaction,
    trial: Trial,
    *,
    state: TrialState,
    value: float | None = None,
    step: int | None = None,
    error: str | None = None,
    cause: int | None,
) -> None:
    """Ends a trial, and enqueues what follows from it.

    Args:
        tx: An open change.
        trial: Which trial, with its params and its run.
        state: What it ends as.
        value: The metric at its end.
        step: The step at which it was pruned.
        error: Why it failed, in one sentence.
        cause: Id of its job.
    """
    ended = tx.studies.end_trial(trial, state=state, value=value, step=step, error=error)
    if ended:
        _tell_parent(tx, tx.studies.get(trial.study_id))
        advance(tx, trial.study_id, cause=cause)


def advance(tx: Transaction, study_id: int, *, cause: int | None) -> Study:
    """Enqueues the next trials of a study, or ends it; the study as it is then.

    Args:
        tx: An open change.
        study_id: Which study.
        cause: Id of the job from which this follows; None when a person asked.
    """
    study = tx.studies.get(study_id)
    following = studies.after(study, now=tx.now, last_error=_last_error(tx, study))
    tx.studies.add_trials(study.id, following.numbers)
    tx.jobs.enqueue_all(
        [studies.trial_job(study, number, cause=cause) for number in following.numbers]
    )
    if following.state is not None:
        end(tx, study, state=following.state, reason=following.reason, cause=cause)
    return tx.studies.get(study_id)


def end(
    tx: Transaction, study: Study, *, state: StudyState, reason: str, cause: int | None
) -> None:
    """Ends a running study together with its run; what its trials were worth is measured next."""
    if not tx.studies.end(study.id, state=state, reason=reason):
        return
    has_best = study.best_value is not None
    if has_best:
        run_state = RunState.FINISHED
    else:
        run_state = RunState.FAILED if state is StudyState.FAILED else RunState.KILLED
    tx.runs.set_metrics(study.run_id, _counts(study))
    tx.runs.end(
        study.run_id,
        state=run_state,
        params={**tx.runs.get(study.run_id).params, **study.best_params} if has_best else None,
        error=None if has_best else reason,
    )
    tx.events.add(_ended(study, state, reason))
    finished = study.trials.get(TrialState.FINISHED, 0)
    if finished >= studies.LEAST_FOR_IMPORTANCES and len(study.space) > 1:
        tx.jobs.enqueue(studies.importances_job(study, cause=cause))


def after_job_end(tx: Transaction, job: Job) -> None:
    """Ends the trial whose job ended without it, or lets it wait for another attempt; the study goes on.

    Args:
        tx: The transaction that ends the job.
        job: A trial's job as it is now.
    """
    try:
        trial = tx.studies.trial(job.arguments["study"], job.arguments["number"])
    except NotFound:
        return  # somebody removed the study meanwhile
    if job.state is JobState.QUEUED:
        tx.studies.wait(trial)
    else:
        is_wanted = job.state is JobState.CANCELLED
        state = TrialState.CANCELLED if is_wanted else TrialState.FAILED
        end_trial(tx, trial, state=state, error=job.error, cause=job.id)


def _tell_parent(tx: Transaction, study: Study) -> None:
    """Shows the best so far as a curve of the study's own run, a step a trial."""
    if study.best_value is not None and study.state is StudyState.RUNNING:
        point = MetricPoint(key=study.metric, value=study.best_value, step=study.ended, at=tx.now)
        tx.runs.log(study.run_id, [point])
    else:
        tx.runs.heartbeat(study.run_id)


def _last_error(tx: Transaction, study: Study) -> str | None:
    if not study.trials.get(TrialState.FAILED):
        return None
    errors = [trial.error for trial in tx.studies.trials(study.id) if trial.error]
    return errors[-1] if errors else None


def _counts(study: Study) -> list[Metric]:
    """How many of its trials ended how, as metrics of its run."""
    shown = (TrialState.FINISHED, TrialState.PRUNED, TrialState.FAILED)
    return [
        Metric(key=f"trials_{state.value}", value=float(study.trials.get(state, 0)), step=0)
        for state in shown
    ]


def _ended(study: Study, state: StudyState, reason: str) -> NewEvent:
    best = (
        ""
        if study.best_value is None
        else f" Best {study.metric} {words.metric(study.best_value)} in trial {study.best_trial}."
    )
    return NewEvent(
        kind=f"study.{state.value}",
        subject=study.label,
        message=f"{study.label} {study.experiment} {state.value}: {reason}{best}",
        severity=Severity.ERROR if state is StudyState.FAILED else Severity.INFO,
    )
