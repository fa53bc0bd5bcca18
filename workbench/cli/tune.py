"""Tuning: start a study, follow it, look at one, stop one."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from workbench.cli import following, options, output, study_following
from workbench.cli.output import RIGHT
from workbench.cli.session import Session
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Scalar, Study, Trial
    from workbench.api import Workbench

STUDIES = (
    "study",
    "experiment",
    "recipe",
    "state",
    ">trials",
    "metric",
    ">best",
    "in",
    "started",
    ">took",
)


class _Duration(click.ParamType[float]):
    """A span of time as workbench.toml writes it, in seconds."""

    name = "duration"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The seconds of `10m`."""
        from workbench.config import units

        try:
            seconds = units.duration(str(value)).total_seconds()
        except ValueError as error:
            self.fail(f"'{value}': {error}.", param, ctx)
        if not seconds:
            self.fail(f"'{value}': allowed is more than zero.", param, ctx)
        return seconds


@click.command()
@click.argument("experiment", required=False)
@click.option("--trials", type=click.IntRange(1, 10_000), metavar="N", help="Trials at most.")
@click.option(
    "--timeout", type=_Duration(), metavar="SPAN", help="No further trial starts after it: 10m."
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=1,
    show_default=True,
    metavar="N",
    help="Trials at the same time, as far as the worker has slots.",
)
@options.recipe
@options.settings("all trials")
@click.option("--show", metavar="STUDY", help="Show a study and its trials: s3.")
@click.option("--stop", metavar="STUDY", help="End a study; its best so far stays.")
@click.option(
    "--wait/--no-wait",
    "wait",
    default=None,
    help="Follow the study to its end; exit 1 when it fails. At a terminal that is so anyway.",
)
@options.limit
@options.as_json
@click.pass_obj
def tune(
    session: Session,
    experiment: str | None,
    *,
    trials: int | None,
    timeout: float | None,
    jobs: int,
    recipe: str | None,
    settings: tuple[str, ...],
    show: str | None,
    stop: str | None,
    wait: bool | None,
    limit: int,
    as_json: bool,
) -> int:
    """Look for the best params of an experiment; without one, list the studies.

    What is looked for stands in [experiments.NAME.search.params] of workbench.toml. Each trial is a job
    and a run; it is judged on a part of the training rows, never on the test rows. Ctrl-c asks whether to
    leave the study running or to stop it.
    """
    if sum(one is not None for one in (experiment, show, stop)) > 1:
        raise click.UsageError("Give one of EXPERIMENT, --show STUDY and --stop STUDY.")
    with session.open() as workbench:
        if stop is not None:
            return _answer(workbench, workbench.stop_study(stop), as_json=as_json)
        if show is not None:
            study = workbench.study(show)
            study = study_following.follow(workbench, study) if wait else study
            return _answer(workbench, study, as_json=as_json)
        if experiment is None:
            _list(workbench, limit=limit, as_json=as_json)
            return 0
        study = workbench.tune(
            experiment,
            recipe=recipe,
            trials=trials,
            timeout_s=timeout,
            parallel=jobs,
            params=options.params(settings),
        )
        if wait is None:
            wait = study_following.is_watched() and following.has_worker(workbench)
        if wait:
            study = study_following.follow(workbench, study)
            return _answer(workbench, study, as_json=as_json)
        output.print_json(study) if as_json else click.echo(study.label)
        output.say(_queued(workbench, study))
        return 0


def _queued(workbench: Workbench, study: Study) -> str:
    look = f"{study.label} is queued: see it with `workbench tune --show {study.label}`."
    if following.has_worker(workbench):
        return look
    return f"{look} No worker is running: start one with `workbench up`."


def _list(workbench: Workbench, *, limit: int, as_json: bool) -> None:
    output.print_records(
        workbench.studies(limit=limit),
        STUDIES,
        _row,
        as_json=as_json,
        when_none="No studies yet. `workbench tune EXPERIMENT` starts one.",
    )


def _answer(workbench: Workbench, study: Study, *, as_json: bool) -> int:
    from storage.records import StudyState

    trials = workbench.trials(study.id)
    params = {**workbench.get_run(study.run_id).params, **study.best_params}
    if as_json:
        best = params if study.best_trial is not None else None
        output.print_json({"study": study, "trials": trials, "params": best})
    else:
        _print(study, trials)
        if study.best_trial is not None:
            _print_best(study, params)
    return 1 if study.state is StudyState.FAILED else 0


def _print(study: Study, trials: tuple[Trial, ...]) -> None:
    output.print_facts(
        [
            ("Study", f"{study.label} of {study.experiment}, recipe {study.recipe}"),
            ("State", study.state.value),
            ("Why", study.reason),
            ("Trials", _counts(study)),
            (
                "Metric",
                f"{study.metric}, {'larger' if study.is_maximized else 'smaller'} is better",
            ),
            ("Best", _best(study)),
            (
                "Trained on",
                f"v{study.version} of its dataset, judged on a part of the training rows",
            ),
            ("How", f"sampler {study.sampler}, pruner {study.pruner}, seed {study.seed}"),
            ("Run", f"r{study.run_id}"),
            ("Started", f"{words.moment(study.started_at)} by {study.created_by}"),
            ("Took", words.took(study.started_at, study.ended_at)),
        ]
    )
    if trials:
        names = [param.name for param in study.space]
        output.print_table(
            (">trial", "state", f"{RIGHT}{study.metric}", *names, "run", ">took", "why"),
            [_trial_row(trial, names, study.best_trial) for trial in trials],
            title="Trials",
        )
    if study.importances:
        shares = [(name, words.percent(share)) for name, share in study.importances.items()]
        output.print_table(("param", ">importance"), shares, title="What mattered")


def _print_best(study: Study, params: Mapping[str, Scalar]) -> None:
    """How to train with the best params, and the line of workbench.toml that keeps them."""
    from workbench.core import search

    settings = {**study.params, **study.best_params}
    words_of = [f"--set {shlex.quote(f'{name}={value}')}" for name, value in settings.items()]
    recipe = "" if study.recipe == "default" else f" --recipe {shlex.quote(study.recipe)}"
    output.say(f"\nTrain it: workbench run {study.experiment}{recipe} {' '.join(words_of)}")
    output.say(f"Keep it, for {study.experiment}, recipe {study.recipe}, in workbench.toml:")
    click.echo(search.as_toml(params))


def _best(study: Study) -> str:
    if study.best_value is None:
        return ""
    run = "" if study.best_run_id is None else f", run r{study.best_run_id}"
    return f"{words.metric(study.best_value)} in trial {study.best_trial}{run}"


def _counts(study: Study) -> str:
    states = ", ".join(f"{count} {state.value}" for state, count in study.trials.items())
    return f"{sum(study.trials.values())} of {study.budget}" + (f": {states}" if states else "")


def _row(study: Study) -> tuple[str, ...]:
    return (
        study.label,
        study.experiment,
        study.recipe,
        study.state.value,
        f"{study.ended}/{study.budget}",
        study.metric,
        words.metric(study.best_value),
        words.NOTHING if study.best_run_id is None else f"r{study.best_run_id}",
        words.moment(study.started_at),
        words.took(study.started_at, study.ended_at),
    )


def _trial_row(trial: Trial, names: list[str], best: int | None) -> tuple[str, ...]:
    params = trial.params or {}
    return (
        f"{trial.number} best" if trial.number == best else str(trial.number),
        trial.state.value,
        words.metric(trial.value),
        *(_shown(params.get(name)) if params else words.NOTHING for name in names),
        words.NOTHING if trial.run_id is None else f"r{trial.run_id}",
        words.NOTHING if trial.started_at is None else words.took(trial.started_at, trial.ended_at),
        (trial.error or "") if trial.step is None else f"pruned at step {trial.step}",
    )


def _shown(value: Scalar) -> str:
    return words.number(value) if isinstance(value, float) else str(value)
