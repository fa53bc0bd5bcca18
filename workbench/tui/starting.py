"""How a run can be started once more: its recipe, its params, and which of them somebody had set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from storage.errors import Problem
from storage.records import Run, Scalar, SearchParam
from workbench.core import typed, words
from workbench.errors import UsageError
from workbench.tui.views.studies import text

if TYPE_CHECKING:
    from workbench.api import Workbench

Filled = Mapping[str, str]
PARAM = "param "
"""What the names of a form's lines about params begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What a new run begins with."""

    experiment: str
    recipe: str
    data: str
    """What the run learned from; empty: nobody knows."""
    params: Mapping[str, Scalar] = field(default_factory=dict)
    """All it had, for people to change."""
    settings: Mapping[str, Scalar] = field(default_factory=dict)
    """Those that were set for it besides what the recipe says."""


def beginning(workbench: Workbench, run: Run | None) -> Beginning:
    """What a run like `run` begins with; None: the first experiment as it stands.

    Raises:
        UsageError: workbench.toml has no experiment that can be trained.
    """
    experiments = workbench.config.experiments
    if not experiments:
        raise UsageError(
            "workbench.toml has no experiment to train.", "Add [experiments.NAME] to it."
        )
    if run is None:
        first = next(iter(experiments.values()))
        recipe = first.recipes[0]
        return Beginning(
            experiment=first.name, recipe=recipe.name, data="", params=dict(recipe.params)
        )
    config = experiments.get(run.experiment)
    recipes = {one.name: one for one in config.recipes} if config else {}
    if run.recipe not in recipes:
        raise UsageError(
            f"{run.label} was logged by a script or by a recipe that is gone, so it cannot be trained here.",
            f"Experiments of workbench.toml: {words.listed(list(experiments), most=6)}.",
        )
    settings = _settings(workbench, run)
    known = {**recipes[run.recipe].params, **settings}
    return Beginning(
        experiment=run.experiment,
        recipe=run.recipe,
        data=words.versioned(run.dataset, run.version) if run.dataset else "",
        params={name: run.params.get(name, value) for name, value in known.items()} | run.params,
        settings=settings,
    )


def train(workbench: Workbench, begun: Beginning, filled: Filled) -> str:
    """Queues the run that a form describes; gives the sentence that says so.

    Raises:
        NotFound: There is no such experiment, recipe or version.
        UsageError: Something typed cannot be understood.
    """
    experiment, recipe = filled["experiment"], filled["recipe"]
    data = filled["data"]
    version = workbench.version_for(experiment, data) if data else None
    is_same = (experiment, recipe) == (begun.experiment, begun.recipe)
    params = {**_changed(begun, filled, is_same=is_same), **_more(filled)}
    job = workbench.train(experiment, recipe=recipe or None, params=params or None, version=version)
    told = ", ".join(f"{name}={text(value)}" for name, value in params.items())
    return f"{job.label} trains {experiment} {recipe}{f' with {told}' if told else ''}"


def tune(workbench: Workbench, filled: Filled) -> str:
    """Starts the study that a form describes; gives the sentence that says so.

    Raises:
        NotFound: There is no such experiment or recipe.
        UsageError: It has no search, or something typed cannot be understood.
    """
    study = workbench.tune(
        filled["experiment"],
        recipe=filled["recipe"] or None,
        trials=typed.whole(filled["trials"], called="trials"),
        timeout_s=_seconds(filled["timeout"]),
        parallel=typed.whole(filled["jobs"], called="at a time") or 1,
        params=_more(filled),
    )
    return (
        f"{study.label} looks for better params of {study.experiment}: its run is r{study.run_id}"
    )


def searched(param: SearchParam) -> str:
    """What a param of a search may be, in words."""
    if param.choices:
        return " | ".join(text(one) for one in param.choices)
    step = f", steps of {param.step:g}" if param.step else ""
    return f"{param.low:g} to {param.high:g}{', log' if param.log else ''}{step}"


def _settings(workbench: Workbench, run: Run) -> dict[str, Scalar]:
    """What was set for a run: by its job, or by its study and trial."""
    if run.job_id is None:
        return {}
    try:
        job = workbench.job(run.job_id)
    except Problem:
        return {}
    if job.kind == "trial":
        study = workbench.study(job.arguments["study"])
        names = {one.name for one in study.space} | set(study.params)
        return {name: value for name, value in run.params.items() if name in names}
    params = job.arguments.get("params") if job.kind == "train" else None
    return dict(params) if isinstance(params, dict) else {}


def _changed(begun: Beginning, filled: Filled, *, is_same: bool) -> dict[str, Scalar]:
    """What had been set and still stands there, and what somebody has changed."""
    found: dict[str, Scalar] = {}
    for name, before in begun.params.items():
        now = filled.get(f"{PARAM}{name}", "")
        is_kept = now == text(before)
        if now and (not is_kept or (is_same and name in begun.settings)):
            found[name] = before if is_kept else typed.scalar(now)
    return found


def _more(filled: Filled) -> dict[str, Scalar]:
    return {name: typed.scalar(value) for name, value in typed.pairs(filled["more"]).items()}


def _seconds(told: str) -> float | None:
    from workbench.config import units  # noqa: PLC0415 - only a form needs it

    if not told:
        return None
    try:
        return units.duration(told).total_seconds() or None
    except ValueError as error:
        raise UsageError(
            f"timeout: '{told}' is no span: {error}.", "Write one such as 10m."
        ) from None
