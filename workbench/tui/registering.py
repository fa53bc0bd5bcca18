"""Which finished runs can become versions of models, and as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import Run
from workbench.core import words
from workbench.tui.run_seen import main_metric

if TYPE_CHECKING:
    from workbench.api import Workbench
    from workbench.config import Config

BASELINE = "baseline"
"""The recipe of guesses, which are held against models and are none."""
RUNS = 200
"""Newest finished runs that are offered."""
LOOKED_THROUGH = 500
"""Newest versions of a model among which those of a run are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """The runs that are offered, newest first, and the models they may belong to."""

    runs: tuple[Run, ...]
    choices: tuple[tuple[str, str], ...]
    """Each run's label, and what is said of it."""
    models: Mapping[str, str]
    """The model that a run is most likely meant for, by the run's label."""


def offered(workbench: Workbench, selected: str | None) -> Offered:
    """The finished runs and what they would become; guesses are left out.

    Args:
        workbench: The application handle.
        selected: The model that is looked at; None: there is none.
    """
    found = workbench.find_runs("state = finished", limit=RUNS)
    runs = tuple(run for run in found if run.recipe != BASELINE)
    made = _made(workbench)
    models = {run.label: _model_of(run, workbench.config, selected) for run in runs}
    return Offered(
        runs=runs,
        choices=tuple((run.label, _said(run, workbench.config, made)) for run in runs),
        models=models,
    )


def register(workbench: Workbench, run: str, model: str) -> tuple[int, str]:
    """Queues a registration; gives the job's number and the sentence that says so."""
    job = workbench.register(run, model=model)
    return job.id, f"{job.label} registers {run} as a version of {model}: export, then proof"


def _made(workbench: Workbench) -> dict[int, list[str]]:
    """The versions that were made of each run."""
    found: dict[int, list[str]] = {}
    for summary in workbench.models():
        for one in workbench.model_versions(summary.model.name, limit=LOOKED_THROUGH):
            if one.run_id is not None:
                found.setdefault(one.run_id, []).append(one.label)
    return found


def _said(run: Run, config: Config, made: Mapping[int, list[str]]) -> str:
    metric = main_metric(run, config)
    value = f"{metric} {words.metric(run.metrics[metric].value)}" if metric else "no metric"
    told = [f"{run.experiment} {run.recipe}".strip(), value]
    if run.id in made:
        told.append(f"is {words.listed(made[run.id], most=2)}")
    return ", ".join(told)


def _model_of(run: Run, config: Config, selected: str | None) -> str:
    named = [name for name, one in config.models.items() if one.experiment == run.experiment]
    if selected in named or (selected is not None and not named):
        return selected or ""
    return named[0] if named else run.experiment
