from __future__ import annotations

import subprocess
import sys

import pytest

from storage.records import SearchParam, Trial, TrialState
from workbench.core import search
from workbench.engines import sampler

SPACE = (
    SearchParam(name="rate", low=0.01, high=0.3, log=True),
    SearchParam(name="leaves", low=15, high=255, step=10, is_whole=True),
    SearchParam(name="share", low=0.5, high=0.9, step=0.1),
    SearchParam(name="kind", choices=("gbdt", "dart", True)),
)


def trial(number: int, state: TrialState = TrialState.FINISHED, **fields: object) -> Trial:
    known = {
        "study_id": 1,
        "number": number,
        "state": state,
        "params": None,
        "value": None,
        "step": None,
        "run_id": None,
        "job_id": None,
        "error": None,
        "started_at": None,
        "ended_at": None,
    }
    return Trial(**{**known, **fields})


def proposed(number: int, trials: list[Trial], **fields: object) -> dict[str, object]:
    known = {"seed": 7, "sampler": "tpe", "is_maximized": True, "beginning": {}}
    return sampler.propose(SPACE, trials, number=number, **{**known, **fields})


def studied(count: int, *, of: str = "tpe") -> list[Trial]:
    """Trials of which those with a rate near 0.05 are the best; every fifth is of another state."""
    trials: list[Trial] = []
    odd = (TrialState.PRUNED, TrialState.FAILED, TrialState.RUNNING)
    for number in range(count):
        params = proposed(number, trials, sampler=of)
        state = odd[number // 5 % 3] if number % 5 == 4 else TrialState.FINISHED
        has_value = state in {TrialState.FINISHED, TrialState.PRUNED}
        trials.append(
            trial(
                number,
                state,
                params=params,
                value=-abs(params["rate"] - 0.05) if has_value else None,
                step=10 if state is TrialState.PRUNED else None,
            )
        )
    return trials


@pytest.mark.parametrize("of", ["tpe", "random"])
def test_whatever_is_proposed_lies_in_the_search(of):
    for one in studied(30, of=of):
        assert all(search.contains(param, one.params[param.name]) for param in SPACE)


@pytest.mark.parametrize("of", ["tpe", "random"])
def test_the_same_trials_seed_and_number_propose_the_same(of):
    before = studied(20, of=of)

    assert proposed(20, before, sampler=of) == proposed(20, before, sampler=of)
    assert proposed(20, before, sampler=of) != proposed(20, before, sampler=of, seed=8)
    assert proposed(20, before, sampler=of) != proposed(21, before, sampler=of)


def test_the_first_trial_begins_where_it_is_told():
    beginning = {"rate": 0.1, "kind": "dart"}
    params = proposed(0, [], beginning=beginning)

    assert {name: params[name] for name in beginning} == beginning
    assert proposed(1, [], beginning=beginning) != params


def test_what_is_proposed_gets_better_with_what_is_known():
    rates = [abs(one.params["rate"] - 0.05) for one in studied(60)]

    assert sum(rates[40:]) / 20 < 0.5 * sum(rates[:10]) / 10


def test_what_runs_elsewhere_is_not_proposed_again():
    before = studied(30)
    first = proposed(30, before)
    running = trial(30, TrialState.RUNNING, params=first)

    assert proposed(31, [*before, running]) != first


def test_the_param_that_decides_has_the_largest_importance():
    shares = sampler.importances(SPACE, studied(40), is_maximized=True, seed=7)

    assert next(iter(shares)) == "rate"
    assert shares["rate"] > 0.6
    assert sum(shares.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("count", [0, 3])
def test_few_trials_say_nothing_of_importances(count):
    assert sampler.importances(SPACE, studied(count), is_maximized=True, seed=7) == {}


def test_trials_that_are_all_alike_say_nothing_of_importances():
    alike = [trial(n, params=proposed(n, []), value=0.5) for n in range(6)]

    assert sampler.importances(SPACE, alike, is_maximized=True, seed=7) == {}


def test_optuna_opens_no_storage_of_its_own():
    code = (
        "import sys; from workbench.engines import sampler; "
        "print({'sqlalchemy', 'alembic'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "set()"
