"""Optuna: proposes what to try next, and says which params mattered, from trials that others keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.importance import FanovaImportanceEvaluator, get_param_importances
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.trial import FrozenTrial, create_trial
from optuna.trial import TrialState as OptunaState

from storage.records import Scalar, SearchParam, Trial, TrialState
from workbench.core.studies import LEAST_FOR_IMPORTANCES

optuna.logging.set_verbosity(optuna.logging.WARNING)

_STATES = {
    TrialState.RUNNING: OptunaState.RUNNING,
    # One that waits for another attempt has its params already.
    TrialState.QUEUED: OptunaState.RUNNING,
    TrialState.FINISHED: OptunaState.COMPLETE,
    TrialState.PRUNED: OptunaState.PRUNED,
    TrialState.FAILED: OptunaState.FAIL,
    TrialState.CANCELLED: OptunaState.FAIL,
}


def propose(  # noqa: PLR0913 - all that decides it, each by its name
    space: Sequence[SearchParam],
    trials: Sequence[Trial],
    *,
    number: int,
    seed: int,
    sampler: str,
    is_maximized: bool,
    beginning: Mapping[str, Scalar],
) -> dict[str, Scalar]:
    """What a trial tries; the same again for the same trials, seed and number.

    Args:
        space: What it may try.
        trials: The study's others; those without params teach nothing.
        number: The trial's.
        seed: The study's.
        sampler: `tpe` or `random`.
        is_maximized: Whether larger is better.
        beginning: What trial 0 tries of the params named here.
    """
    drawn = int(np.random.SeedSequence((seed, number)).generate_state(1)[0])
    chosen: BaseSampler = (
        RandomSampler(seed=drawn)
        if sampler == "random"
        else TPESampler(seed=drawn, constant_liar=True)
    )
    study = _study(space, trials, is_maximized=is_maximized, sampler=chosen)
    if number == 0 and beginning:
        study.enqueue_trial(dict(beginning))
    asked = study.ask(fixed_distributions=_distributions(space)).params
    return {param.name: asked[param.name] for param in space}


def importances(
    space: Sequence[SearchParam], trials: Sequence[Trial], *, is_maximized: bool, seed: int
) -> dict[str, float]:
    """The share of each param in how much the values of the finished trials differ.

    Returns:
        Shares by param, the largest first; they sum to 1. Empty when too few trials have finished, or
        their values do not differ.

    Source: functional ANOVA, Hutter, Hoos, Leyton-Brown (ICML 2014).
    """
    finished = [trial for trial in trials if trial.state is TrialState.FINISHED]
    if len(finished) < LEAST_FOR_IMPORTANCES or len({trial.value for trial in finished}) < 2:
        return {}
    study = _study(space, finished, is_maximized=is_maximized)
    evaluator = FanovaImportanceEvaluator(seed=seed % 2**32)
    return {
        name: float(share)
        for name, share in get_param_importances(study, evaluator=evaluator).items()
    }


def _study(
    space: Sequence[SearchParam],
    trials: Sequence[Trial],
    *,
    is_maximized: bool,
    sampler: BaseSampler | None = None,
) -> optuna.Study:
    study = optuna.create_study(
        direction="maximize" if is_maximized else "minimize",
        sampler=sampler or RandomSampler(seed=0),
    )
    distributions = _distributions(space)
    study.add_trials(
        [_frozen(trial, distributions) for trial in trials if trial.params is not None]
    )
    return study


def _frozen(trial: Trial, distributions: dict[str, BaseDistribution]) -> FrozenTrial:
    has_value = trial.state in {TrialState.FINISHED, TrialState.PRUNED}
    steps = {trial.step: trial.value} if trial.step is not None and trial.value is not None else {}
    return create_trial(
        state=_STATES[trial.state],
        value=trial.value if has_value else None,
        params={name: (trial.params or {})[name] for name in distributions},
        distributions=distributions,
        intermediate_values=steps,
    )


def _distributions(space: Sequence[SearchParam]) -> dict[str, BaseDistribution]:
    return {param.name: _distribution(param) for param in space}


def _distribution(param: SearchParam) -> BaseDistribution:
    if param.choices:
        return CategoricalDistribution(list(param.choices))
    if param.is_whole:
        step = int(param.step) if param.step is not None else 1
        return IntDistribution(int(param.low), int(param.high), log=param.log, step=step)
    return FloatDistribution(param.low, param.high, log=param.log, step=param.step)
