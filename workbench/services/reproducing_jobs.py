"""Jobs that make runs again, made without loading what they will need."""

from __future__ import annotations

from storage.records import NewJob, Run, RunState
from storage.store import Transaction
from workbench.errors import UsageError
from workbench.services import baseline_runs, definitions

MODEL_ARTIFACT = "model.bin"
REPORT_ARTIFACT = "reproduction.json"


def is_baseline(run: Run) -> bool:
    """Whether a run is a guess that was measured beside another run."""
    return run.recipe == run.model == baseline_runs.NAME and run.parent_id is not None


def job_for(tx: Transaction, run: Run) -> NewJob:
    """The job that makes a run again.

    Raises:
        UsageError: The run has not finished, or kept no model to compare with.
    """
    if run.state is not RunState.FINISHED:
        raise UsageError(
            f"{run.label} is {run.state.value}; only a finished run can be made again.",
            "See `workbench runs list --where 'state = finished'`.",
        )
    kept = tx.runs.artifacts(run.id)
    if not is_baseline(run) and definitions.artifact(kept, MODEL_ARTIFACT) is None:
        raise UsageError(
            f"{run.label} kept no model that another could be compared with.",
            "Runs that `workbench run` trained keep theirs.",
        )
    return NewJob(
        kind="reproduce",
        subject=f"{run.label} {run.experiment} {run.recipe}",
        arguments={"run": run.id},
        dedup_key=f"reproduce {run.label}",
    )
