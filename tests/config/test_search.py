from __future__ import annotations

from datetime import timedelta

import pytest

from storage.records import SearchParam
from tests.config.test_mistakes import LATE, MODEL, mistakes_of
from workbench import config
from workbench.config import SearchConfig

HEAD = f'[project]\nname = "p"\n[datasets.flights]\n{LATE}{MODEL}'
RATE = "[experiments.late.search.params]\nlearning_rate = { low = 0.01, high = 0.3, log = true }\n"


def search_of(text: str) -> SearchConfig:
    found = config.parse(HEAD + text, file="workbench.toml").experiments["late"].search
    assert found is not None
    return found


def test_a_search_is_read_whole():
    found = search_of(
        '[experiments.late.search]\ntrials = 50\ntimeout = "10m"\npruner = "none"\nsampler = "random"\n'
        + RATE
        + 'num_leaves = { low = 15, high = 255, step = 1 }\nboosting = { choices = ["gbdt", "dart"] }\n'
    )

    assert (found.trials, found.timeout) == (50, timedelta(minutes=10))
    assert (found.pruner, found.sampler) == ("none", "random")
    assert found.space == (
        SearchParam(name="learning_rate", low=0.01, high=0.3, log=True),
        SearchParam(name="num_leaves", low=15, high=255, step=1, is_whole=True),
        SearchParam(name="boosting", choices=("gbdt", "dart")),
    )


def test_a_search_that_names_its_params_only_has_the_defaults():
    found = search_of(RATE)

    assert (found.trials, found.timeout, found.pruner, found.sampler) == (30, None, "median", "tpe")


def test_an_experiment_without_a_search_has_none():
    assert config.parse(HEAD, file="workbench.toml").experiments["late"].search is None


@pytest.mark.parametrize("name", ["trials", "params", "timeout", "low", "choices"])
def test_a_param_may_be_called_like_a_key(name):
    text = f"[experiments.late.search.params]\n{name} = {{ low = 1, high = 2 }}\n"

    assert [param.name for param in search_of(text).space] == [name]


def test_bounds_are_whole_only_where_all_of_them_are_written_so():
    text = "[experiments.late.search.params]\na = { low = 0, high = 1.0 }\nb = { low = 0, high = 9, step = 3 }\n"

    assert [param.is_whole for param in search_of(text).space] == [False, True]


def test_a_range_ends_where_its_steps_end():
    text = "[experiments.late.search.params]\na = { low = 0.1, high = 1.0, step = 0.4 }\nb = { low = 1, high = 9, step = 3 }\n"

    assert [param.high for param in search_of(text).space] == [0.9, 7]


def test_choices_of_different_kinds_are_different_values():
    text = '[experiments.late.search.params]\na = { choices = [1, 1.0, true, "1"] }\n'

    assert search_of(text).space[0].choices == (1, 1.0, True, "1")


PARAM = "[experiments.late.search.params.a]"
MISTAKES = {
    "no params": (
        "[experiments.late.search]\ntrials = 3\n",
        "[experiments.late.search] needs params",
    ),
    "empty params": (
        "[experiments.late.search.params]\n",
        "[experiments.late.search] needs params",
    ),
    "no trials": (
        f"[experiments.late.search]\ntrials = 0\n{RATE}",
        "[experiments.late.search] trials = 0: allowed is a whole number from 1 to 10000",
    ),
    "pruner": (
        f'[experiments.late.search]\npruner = "medan"\n{RATE}',
        'pruner = "medan": allowed are median, none; did you mean "median"?',
    ),
    "sampler": (
        f'[experiments.late.search]\nsampler = "grid"\n{RATE}',
        'sampler = "grid": allowed are tpe, random',
    ),
    "timeout": (
        f"[experiments.late.search]\ntimeout = 10\n{RATE}",
        "timeout = 10: allowed is a number and ms",
    ),
    "no time": (f'[experiments.late.search]\ntimeout = "0s"\n{RATE}', "allowed is more than zero"),
    "unknown key": (
        f"[experiments.late.search]\ntrails = 3\n{RATE}",
        'trails = 3: unknown key; known are trials, timeout, sampler, pruner, params; did you mean "trials"?',
    ),
    "a value": (
        "[experiments.late.search.params]\na = 0.1\n",
        "[experiments.late.search.params] a = 0.1: allowed is a table",
    ),
    "one bound": (f"{PARAM}\nlow = 1\n", f"{PARAM} needs low and high, or choices = [ … ]"),
    "unknown bound": (
        f"{PARAM}\nlow = 1\nhigh = 2\nlogg = true\n",
        'logg = true: unknown key; known are low, high, step, log, choices; did you mean "log"?',
    ),
    "turned bounds": (
        f"{PARAM}\nlow = 2\nhigh = 1\n",
        f"{PARAM} high = 1: it must be above low, which is 2",
    ),
    "text": (f'{PARAM}\nlow = "1"\nhigh = 2\n', f'{PARAM} low = "1": allowed is a number'),
    "log of nothing": (
        f"{PARAM}\nlow = 0\nhigh = 1\nlog = true\n",
        "low = 0: log = true needs bounds above 0",
    ),
    "log by steps": (
        f"{PARAM}\nlow = 1.0\nhigh = 2\nlog = true\nstep = 0.5\n",
        "step = 0.5: log = true goes by no step",
    ),
    "a long step": (f"{PARAM}\nlow = 1\nhigh = 2\nstep = 5\n", "step = 5: allowed is more than 0"),
    "one choice": (
        f'{PARAM}\nchoices = ["a"]\n',
        'choices = ["a"]: allowed is an array in brackets',
    ),
    "twice": (f"{PARAM}\nchoices = [1, 1]\n", "choices = [1, 1]: each value may stand here once"),
    "both": (f"{PARAM}\nlow = 1\nchoices = [1, 2]\n", "choices = [1, 2]: it stands alone"),
}


@pytest.mark.parametrize(("text", "mistake"), MISTAKES.values(), ids=MISTAKES)
def test_one_mistake_is_told_alone(text, mistake):
    (told,) = mistakes_of(HEAD + text)

    assert mistake in told


def test_all_mistakes_are_told_at_once():
    told = mistakes_of(
        f"{HEAD}[experiments.late.search]\ntrials = 0\n[experiments.late.search.params]\n"
        "a = { low = 2, high = 1 }\nb = 3\n"
    )

    assert len(told) == 3
