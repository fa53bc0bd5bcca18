"""What is kept and told of a run that was made again, or could not be."""

from __future__ import annotations

from storage.errors import NotFound, Problem
from storage.records import NewEvent, Run, Severity
from storage.records.reproduction import Reproduction, Sameness
from workbench.errors import TrainingFailed

NO_REASON = (
    "nothing that was recorded has changed: something the seed does not fix decides, or the machine"
)


def impossible(run: Run, problem: Problem) -> Reproduction:
    """For a run that cannot be made again."""
    kinds = {NotFound: "data or recipe gone", TrainingFailed: "it cannot be trained any more"}
    why = next((words_ for kind, words_ in kinds.items() if isinstance(problem, kind)), "not kept")
    return Reproduction(
        run=run.id,
        again=None,
        sameness=Sameness.DIFFERS,
        sentence=f"{run.label} cannot be made again: {problem.problem}",
        reasons=(why,),
        largest_difference=None,
        rows=0,
        metrics=(),
    )


def event_of(run: Run, report: Reproduction) -> NewEvent:
    """What happened, as the project's history tells it."""
    is_fine = report.sameness.is_reproduced
    return NewEvent(
        kind="run.reproduced" if is_fine else "run.not_reproduced",
        subject=run.label,
        message=report.sentence,
        severity=Severity.INFO if is_fine else Severity.WARNING,
    )
