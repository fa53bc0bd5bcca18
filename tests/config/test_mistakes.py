from __future__ import annotations

import re

import pytest

from tests.config.test_reading import FLIGHTS
from workbench import config
from workbench.errors import ConfigInvalid


def mistakes_of(text: str) -> list[str]:
    with pytest.raises(ConfigInvalid) as caught:
        config.parse(text, file="workbench.toml")
    return caught.value.problem.splitlines()


LATE = '[experiments.late]\ndataset = "flights"\ntarget = "late"\n'
MODEL = 'model = "a.B"\n'

ONE_MISTAKE = {
    "near choice": (
        'mode  = "append"',
        'mode = "apend"',
        '[datasets.flights] mode = "apend": allowed are append, replace, upsert; did you mean "append"?',
    ),
    "far choice": (
        'mode  = "append"',
        'mode = "xyz"',
        '[datasets.flights] mode = "xyz": allowed are append, replace, upsert',
    ),
    "unknown key": (
        "seed    = 7",
        "sead = 7",
        (
            "[experiments.late] sead = 7: unknown key; known are dataset, target, task, exclude, moments, split, "
            'recipes, model, params, metric, slices, cv, search, seed; did you mean "seed"?'
        ),
    ),
    "unknown table": (
        "[watch]",
        "[watsh]",
        (
            "[watsh] is an unknown table: known are project, datasets, experiments, models, serve, watch, "
            'worker; did you mean "watch"?'
        ),
    ),
    "key without effect": (
        'experiment = "late"',
        'experiment = "late"\nrollout = { shadow = 1 }',
        "[models.late.rollout] is an unknown table: known are experiment, description, intended_use, gate, retrain",
    ),
    "no text": (
        'experiment = "late"',
        'experiment = "late"\nintended_use = 7',
        "[models.late] intended_use = 7: allowed is text",
    ),
    "text with control characters": (
        'experiment = "late"',
        'experiment = "late"\ndescription = "a\\u0007"',
        '[models.late] description = "a\\u0007": allowed is text without control characters',
    ),
    "no table": (
        "slots = 3",
        "slots = { a = 1 }",
        "[worker] slots = { a = 1 }: allowed is a whole number from 1 to 256",
    ),
    "no whole number": (
        "slots = 3",
        "slots = 3.5",
        "[worker] slots = 3.5: allowed is a whole number from 1 to 256",
    ),
    "flag as a number": (
        "slots = 3",
        "slots = true",
        "[worker] slots = true: allowed is a whole number from 1 to 256",
    ),
    "number out of range": (
        "port = 0",
        "port = 70000",
        "[serve] port = 70000: allowed is a whole number from 0 to 65535",
    ),
    "no flag": (
        "not_null = true",
        "not_null = 1",
        "[datasets.flights.checks.columns.carrier] not_null = 1: allowed are true, false",
    ),
    "no number": (
        "non_inferiority = 0.002",
        "non_inferiority = nan",
        "[models.late.gate] non_inferiority = nan: allowed is a number, 0 or more",
    ),
    "group and blocks": (
        "non_inferiority = 0.002",
        'group = "carrier", by = "time"',
        (
            '[models.late.gate] by = "time": rows of one group are drawn as one; '
            "give group or by, not both"
        ),
    ),
    "golden rows of nowhere": (
        "non_inferiority = 0.002",
        'golden = "fligths"',
        (
            '[models.late.gate] golden = "fligths": there is no such dataset; '
            'known are flights; did you mean "flights"?'
        ),
    ),
    "faster than the champion": (
        "non_inferiority = 0.002",
        "max_latency_ratio = 0.9",
        "[models.late.gate] max_latency_ratio = 0.9: allowed is a number, 1 or more",
    ),
    "no share": (
        "at_least = 0.99",
        "at_least = 99",
        "[datasets.flights.checks.columns.distance] at_least = 99: allowed is a number from 0 to 1",
    ),
    "empty text": (
        'target  = "late"',
        'target = " "',
        '[experiments.late] target = " ": allowed is one line of text',
    ),
    "metric of another task": (
        'metric  = "roc_auc"',
        'metric = "rmse"',
        (
            '[experiments.late] metric = "rmse": allowed are roc_auc, pr_auc, log_loss, brier, '
            "accuracy, f1, ece"
        ),
    ),
    "no duration": (
        '"500ms"',
        '"soon"',
        '[watch] settle = "soon": allowed is a number and ms, s, m, h, d or w, such as 2s, 24h or 30d',
    ),
    "bare duration": (
        '"500ms"',
        "2",
        "[watch] settle = 2: allowed is a number and ms, s, m, h, d or w, such as 2s, 24h or 30d, in quotes",
    ),
    "empty window": (
        'window = "90d"',
        'window = "0d"',
        '[models.late.retrain] window = "0d": allowed is more than zero',
    ),
    "no size": (
        '"2GB"',
        '"2 cups"',
        '[worker] memory_limit = "2 cups": allowed is a number and B, KB, MB, GB or TB, such as 32MB',
    ),
    "small size": ('"1MB"', '"3B"', '[serve] max_body = "3B": allowed is at least 1KB'),
    "a sample of more than all": (
        "sample = 0.1",
        "sample = 1.5",
        "[serve.log] sample = 1.5: allowed is a number from 0 to 1",
    ),
    "no leniency": (
        'unknown_category = "warn"',
        'unknown_category = "wanr"',
        '[serve] unknown_category = "wanr": allowed are accept, warn, reject; did you mean "warn"?',
    ),
    "no array": (
        '["origin"]',
        '"origin"',
        '[models.late.gate] slices = "origin": allowed is an array in brackets, with at least one value',
    ),
    "twice in an array": (
        '["origin"]',
        '["a", "a"]',
        '[models.late.gate] slices = ["a", "a"]: each value may stand here once',
    ),
    "wrong member": (
        '["drift", "performance"]',
        '["drfit"]',
        '[models.late.retrain] on = ["drfit"]: allowed are drift, performance; did you mean "drift"?',
    ),
    "windows": (
        "windows = [1, 2]",
        "windows = [3, 2]",
        "[models.late.retrain] windows = [3, 2]: 3 of the last 2 windows cannot be; allowed is [k, n], k <= n",
    ),
    "cooldown": (
        'cooldown = "12h"',
        'cooldown = "12h", max_cooldown = "1h"',
        '[models.late.retrain] max_cooldown = "1h": shorter than cooldown',
    ),
    "share of a time split": (
        'test = "30d"',
        "test = 1.5",
        '[experiments.late.split] test = 1.5: allowed is a duration such as "30d", or a share between 0 and 1',
    ),
    "nested parameter": (
        "n_estimators = 200",
        "n_estimators = [1]",
        "[experiments.late.params] n_estimators = [1]: allowed are text, a number, true and false",
    ),
    "import path": (
        '"lightgbm.LGBMClassifier"',
        '"LGBMClassifier"',
        (
            '[experiments.late] model = "LGBMClassifier": allowed is an import path such as '
            "lightgbm.LGBMClassifier, or recipes:make_pipeline"
        ),
    ),
    "files outside the project": (
        '"inbox/flights/*"',
        '"../*"',
        '[datasets.flights] files = "../*": allowed is a pattern below the project\'s folder, such as inbox/flights/*',
    ),
    "crossed bounds": (
        "min = 0, max = 6000",
        "min = 9, max = 6",
        "[datasets.flights.checks.columns.distance] min = 9: larger than max, which is 6",
    ),
    "crossed row bounds": (
        "min = 1000,",
        "min = 100_000,",
        "[datasets.flights.checks.table.rows] min = 100000: larger than max, which is 50000",
    ),
    "missing key": (
        'target  = "late"',
        "",
        "[experiments.late] target is missing: the column to predict",
    ),
    "missing name": (
        'name = "flights"',
        "",
        "[project] name is missing: what this project is called",
    ),
    "excluded target": (
        'exclude = ["flight_id"]',
        'exclude = ["late"]',
        '[experiments.late] exclude = ["late"]: late is the target; it is never a feature anyway',
    ),
    "unknown dataset": (
        'dataset = "flights"',
        'dataset = "flihgts"',
        '[experiments.late] dataset = "flihgts": there is no such dataset; known are flights; did you mean "flights"?',
    ),
    "unknown experiment": (
        'experiment = "late"',
        'experiment = "lat"',
        '[models.late] experiment = "lat": there is no such experiment; known are late; did you mean "late"?',
    ),
    "group split without a group": (
        'split   = { by = "time", test = "30d" }',
        'split = { by = "group" }',
        '[experiments.late.split] group: by = "group" needs the column whose values stay on one side',
    ),
    "group without a group split": (
        'test = "30d"',
        'test = "30d", group = "tail"',
        '[experiments.late.split] group = "tail": by is "time"; a group column belongs to by = "group"',
    ),
    "span of a random split": (
        'by = "time"',
        'by = "random"',
        '[experiments.late.split] test = "30d": by is "random"; allowed is a share between 0 and 1',
    ),
    "two default recipes": (
        "[experiments.late.recipes.linear]",
        "[experiments.late.recipes.default]",
        '[experiments.late] model = "lightgbm.LGBMClassifier": this is the recipe default, and recipes has one too',
    ),
    "shared files": (
        "[experiments.late]\n",
        '[datasets.more]\nfiles = "inbox/flights/*"\n[experiments.late]\n',
        '[datasets.more] files = "inbox/flights/*": dataset flights reads the same files',
    ),
    "long number": ("slots = 3", f"slots = {'9' * 5000}", "a number has too many digits"),
    "deep nesting": (
        "slots = 3",
        f"slots = {'[' * 20_000}",
        "tables or arrays are nested too deeply",
    ),
}


@pytest.mark.parametrize(
    ("right", "wrong", "mistake"), ONE_MISTAKE.values(), ids=ONE_MISTAKE.keys()
)
def test_one_mistake_is_reported_alone_and_in_full(right, wrong, mistake):
    assert right in FLIGHTS

    assert mistakes_of(FLIGHTS.replace(right, wrong, 1)) == [f"workbench.toml: {mistake}"]


def test_a_mistake_in_the_syntax_is_reported_with_line_and_column():
    (line,) = mistakes_of(FLIGHTS.replace("slots = 3", "slots == 3"))

    assert line.startswith("workbench.toml: line 54, column 8: ")


@pytest.mark.parametrize("text", ["[datasets.판매]\n", "[datasets]\n판매 = 1\n"])
def test_a_name_in_other_letters_is_asked_for_in_quotes(text: str):
    with pytest.raises(ConfigInvalid, match='stands in quotes: "판매"'):
        config.parse(text, file="workbench.toml")


def test_every_mistake_is_reported_at_once():
    text = FLIGHTS
    chosen = ["near choice", "unknown key", "no whole number", "number out of range", "no duration"]
    for right, wrong, _ in (ONE_MISTAKE[name] for name in chosen):
        text = text.replace(right, wrong, 1)

    assert {line.removeprefix("workbench.toml: ") for line in mistakes_of(text)} == {
        ONE_MISTAKE[name][2] for name in chosen
    }


def test_a_time_split_and_a_training_window_need_a_time_column():
    lines = mistakes_of(FLIGHTS.replace('time  = "scheduled_departure"', ""))

    assert [re.sub(r": dataset.*", "", line) for line in lines] == [
        'workbench.toml: [experiments.late.split] by = "time"',
        'workbench.toml: [models.late.retrain] window = "90d"',
    ]


@pytest.mark.parametrize("name", ["a@b", "a/b", "a b", "-a", "", "a.b", "a\\\\b", "x" * 65])
def test_names_that_could_not_be_typed_are_refused(name):
    lines = mistakes_of(f'[project]\nname = "p"\n[datasets."{name}"]')

    assert len(lines) == 1
    assert "is no name; allowed are letters" in lines[0]


def test_an_experiment_needs_a_model_or_recipes():
    text = f'[project]\nname = "p"\n[datasets.flights]\n{LATE}'

    assert mistakes_of(text) == [
        "workbench.toml: [experiments.late] model is missing: an import path such as lightgbm.LGBMClassifier"
    ]


def test_parameters_alone_need_a_model():
    text = f'[project]\nname = "p"\n[datasets.flights]\n{LATE}params = {{ a = 1 }}\n[experiments.late.recipes.b]\n{MODEL}'

    assert [line.partition("missing")[0] for line in mistakes_of(text)] == [
        "workbench.toml: [experiments.late] model is "
    ]


def test_a_mistake_stays_on_its_own_line_whatever_the_value_is():
    lines = mistakes_of('[project]\nname = "a\\u2028b\\u001b[31m"')

    assert len(lines) == 1
    assert lines[0].isprintable()


def test_a_long_value_is_shortened():
    (line,) = mistakes_of(FLIGHTS.replace('mode  = "append"', f'mode = "{"x" * 10_000}"'))

    assert len(line) < 200


def test_the_remedy_counts_the_mistakes():
    with pytest.raises(ConfigInvalid) as caught:
        config.parse("a = 1", file="workbench.toml")

    assert caught.value.remedy == "Mend workbench.toml (2 mistakes), then try again."
    assert caught.value.exit_code == 2
