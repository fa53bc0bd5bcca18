"""A run as the Runs screen sees it, made ready on the feed's thread: what the page that is open needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.errors import Problem
from storage.records import CurvePoint, GateReview, Job, ModelVersion, Run, Study, Trial
from storage.records.reproduction import Reproduction
from workbench.core import words
from workbench.core.metric_order import in_order
from workbench.tui.log_tail import LogTail

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.records.run_cards import RunCard
    from workbench.api import Workbench
    from workbench.config import Config
    from workbench.core.run_figures import RunFigures

PAGES = ("run", "curves", "figures", "made with", "log")
CURVES = 12
"""Metrics that are drawn by step."""
POINTS = 240
"""Points of a curve: two for each cell of a wide chart."""
LOOKED_THROUGH = 200
"""Newest versions and reviews of a model among which those of a run are looked for."""
STUDIES = 200
"""Newest studies among which that of a run is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """The champion that a run's version challenged, or would challenge today."""

    label: str
    metrics: Mapping[str, float]
    """Empty when the run itself made the champion."""
    is_itself: bool = False
    is_comparable: bool = False
    """Whether both were measured on the same test rows; a difference means nothing otherwise."""
    review: GateReview | None = None
    """What the gate said of the two on the same rows; None when it has not judged the run's version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Which page of which run somebody looks at."""

    run: int
    page: str = PAGES[0]
    metric: str | None = None
    """The metric drawn on the first page; None: the one that the run is judged by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSeen:
    """A run with what belongs to it; parts that the open page does not show are empty."""

    glance: Glance
    card: RunCard
    job: Job | None
    """The job that made it; None: a script did, or nothing is left of it."""
    study: Study | None
    """The study that the run stands for."""
    trials: tuple[Trial, ...] = ()
    rival: Rival | None = None
    baseline: Run | None = None
    curves: tuple[tuple[str, tuple[CurvePoint, ...]], ...] = ()
    """Metrics with their points; on the first page that which is drawn."""
    figures: RunFigures | None = None
    problem: str = ""
    """Why the figures cannot be read."""
    remade: tuple[tuple[Run, Reproduction], ...] = ()
    """Runs that were made again from it, and what came of that, newest first."""
    log: tuple[str, ...] = ()

    @property
    def run(self) -> Run:
        """The run itself."""
        return self.card.run


class RunReader:
    """Reads runs for one screen, and keeps its place in the log that was read last."""

    def __init__(self) -> None:
        self._tail: LogTail | None = None

    def read(self, workbench: Workbench, glance: Glance) -> RunSeen:
        """What the open page shows of a run."""
        card = workbench.run_card(glance.run)
        seen = RunSeen(
            glance=glance,
            card=card,
            job=_job(workbench, card.run.job_id),
            study=_study(workbench, card.run),
        )
        match glance.page:
            case "curves":
                return replace(seen, curves=_curves(workbench, card.run, _drawable(card.run)))
            case "figures":
                return _with_figures(workbench, seen)
            case "log":
                return replace(seen, log=self._log(workbench, seen.job))
            case "made with":
                return seen
            case _:
                return _summary(workbench, seen)

    def _log(self, workbench: Workbench, job: Job | None) -> tuple[str, ...]:
        if job is None:
            return ()
        if self._tail is None or self._tail.job != job.id:
            self._tail = LogTail(job.id)
        return self._tail.read(workbench)


def main_metric(run: Run, config: Config) -> str | None:
    """The metric a run is judged by; None while it has none."""
    experiment = config.experiments.get(run.experiment)
    named = experiment.metric if experiment else None
    if named in run.metrics:
        return named
    told = (key for key in shown_metrics(run) if not _is_count(key))
    return next(told, None)


def shown_metrics(run: Run) -> list[str]:
    """The metrics that people look at, those first that experiments are judged by; not those of the machine."""
    return [key for key in in_order(run.metrics) if not key.startswith("system.")]


def _is_count(key: str) -> bool:
    return key.endswith("_rows") or key.startswith("trials_")


def _summary(workbench: Workbench, seen: RunSeen) -> RunSeen:
    run, wanted = seen.run, seen.glance.metric
    drawn = wanted if wanted in run.metrics else main_metric(run, workbench.config)
    return replace(
        seen,
        trials=workbench.trials(seen.study.id) if seen.study else (),
        rival=_rival(workbench, run),
        baseline=workbench.baseline_of(run.id),
        curves=_curves(workbench, run, [drawn] if drawn else []),
        remade=_remade(workbench, seen),
    )


def _job(workbench: Workbench, number: int | None) -> Job | None:
    if number is None:
        return None
    try:
        return workbench.job(number)
    except Problem:
        return None


def _study(workbench: Workbench, run: Run) -> Study | None:
    found = workbench.studies(experiment=run.experiment, limit=STUDIES)
    return next((one for one in found if one.run_id == run.id), None)


def _drawable(run: Run) -> list[str]:
    machine = sorted(key for key in run.metrics if key.startswith("system."))
    return [*shown_metrics(run), *machine][:CURVES]


def _curves(
    workbench: Workbench, run: Run, keys: Sequence[str]
) -> tuple[tuple[str, tuple[CurvePoint, ...]], ...]:
    return tuple((key, workbench.metric_history(run.id, key, points=POINTS)) for key in keys)


def _with_figures(workbench: Workbench, seen: RunSeen) -> RunSeen:
    try:
        return replace(seen, figures=workbench.run_figures(seen.run.id))
    except Problem as problem:
        # A damaged file is told where it would be drawn; the rest of the run can be read.
        return replace(seen, problem=f"{problem.problem} {problem.remedy}".strip())


def _remade(workbench: Workbench, seen: RunSeen) -> tuple[tuple[Run, Reproduction], ...]:
    found = []
    for child in seen.card.children:
        if child.name != f"{seen.run.label} again":
            continue
        job = _job(workbench, child.job_id)
        reproduction = workbench.reproduction(job) if job is not None else None
        if reproduction is not None:
            found.append((child, reproduction))
    return tuple(found)


def _rival(workbench: Workbench, run: Run) -> Rival | None:
    """The champion that the run's version challenged; while none was, the one that is served."""
    summaries = [one for one in workbench.models() if one.model.experiment == run.experiment]
    for summary in summaries:
        review = _review_of(workbench, summary.model.name, run)
        if review is not None and review.champion is not None:
            challenged = words.versioned(review.model, review.champion)
            return _beside(workbench, run, workbench.model_version(challenged), review)
    champion = next((one.champion for one in summaries if one.champion), None)
    return _beside(workbench, run, champion, None) if champion else None


def _review_of(workbench: Workbench, model: str, run: Run) -> GateReview | None:
    """What the gate said last of the version that the run was made into; None when it said nothing."""
    versions = workbench.model_versions(model, limit=LOOKED_THROUGH)
    made = {one.number for one in versions if one.run_id == run.id}
    reviews = workbench.reviews(model, limit=LOOKED_THROUGH) if made else ()
    return next((one for one in reviews if one.challenger in made), None)


def _beside(
    workbench: Workbench, run: Run, champion: ModelVersion, review: GateReview | None
) -> Rival:
    if champion.run_id == run.id:
        return Rival(label=champion.label, metrics={}, is_itself=True)
    theirs = None if champion.run_id is None else workbench.get_run(champion.run_id)
    tested = (run.dataset, run.version, run.test)
    return Rival(
        label=champion.label,
        metrics=champion.metrics,
        is_comparable=theirs is not None
        and tested == (theirs.dataset, theirs.version, theirs.test),
        review=review,
    )
