from __future__ import annotations

from datetime import timedelta

import pytest

from storage.records import OnFail
from workbench import config
from workbench.config import ColumnCheck, RecipeConfig, SplitConfig, TableCheck
from workbench.core import metrics
from workbench.errors import ConfigInvalid

FLIGHTS = """
[project]
name = "flights"

[datasets.flights]
files = "inbox/flights/*"
mode  = "append"
time  = "scheduled_departure"
key   = ["flight_id"]
[datasets.flights.checks.table]
rows = { min = 1000, max = 50_000, on_fail = "warn" }
[datasets.flights.checks.columns]
carrier  = { not_null = true, in = ["AA", "UA", 3, true], max_categories = 40, unique = true }
distance = { min = 0, max = 6000, max_null_share = 0.1, at_least = 0.99, on_fail = "warn" }

[experiments.late]
dataset = "flights"
target  = "late"
task    = "binary"
exclude = ["flight_id"]
split   = { by = "time", test = "30d" }
model   = "lightgbm.LGBMClassifier"
params  = { n_estimators = 200, learning_rate = 0.05 }
metric  = "roc_auc"
seed    = 7
[experiments.late.recipes.linear]
model   = "recipes:make_pipeline"

[models.late]
experiment = "late"
gate    = { non_inferiority = 0.002, slices = ["origin"], resamples = 500, max_ece = 0.1 }
retrain = { on = ["drift", "performance"], windows = [1, 2], cooldown = "12h", window = "90d" }

[serve]
port = 0
log_columns = { exclude = ["passenger_name"] }
max_body = "1MB"
workers = 2
timeout = "5s"
unknown_category = "warn"
out_of_range = "reject"
[serve.log]
sample = 0.1
keep = "90d"
max_size = "10GB"
access = false

[watch]
settle = "500ms"
after = "leave"
poll = true

[worker]
slots = 3
memory_limit = "2GB"
"""


def test_a_file_that_says_nothing_but_a_name_gets_the_defaults():
    parsed = config.parse('[project]\nname = "empty"', file="workbench.toml")

    assert parsed == config.Config(project="empty")


def test_a_dataset_has_its_files_and_checks():
    flights = config.parse(FLIGHTS, file="workbench.toml").datasets["flights"]

    assert (flights.files, flights.time, flights.key) == (
        "inbox/flights/*",
        "scheduled_departure",
        ("flight_id",),
    )
    assert flights.table == TableCheck(min_rows=1000, max_rows=50_000, on_fail=OnFail.WARN)
    assert flights.columns == (
        ColumnCheck(
            column="carrier",
            not_null=True,
            within=("AA", "UA", "3", "true"),
            max_categories=40,
            unique=True,
        ),
        ColumnCheck(
            column="distance",
            minimum=0,
            maximum=6000,
            max_null_share=0.1,
            at_least=0.99,
            on_fail=OnFail.WARN,
        ),
    )


def test_an_experiment_has_its_own_model_first_and_then_its_recipes():
    late = config.parse(FLIGHTS, file="workbench.toml").experiments["late"]

    assert late.split == SplitConfig(by="time", test=timedelta(days=30))
    assert late.recipes == (
        RecipeConfig(
            name="default",
            model="lightgbm.LGBMClassifier",
            params={"n_estimators": 200, "learning_rate": 0.05},
        ),
        RecipeConfig(name="linear", model="recipes:make_pipeline"),
    )


def test_a_model_has_its_gate_and_its_policy():
    late = config.parse(FLIGHTS, file="workbench.toml").models["late"]

    assert (late.gate.non_inferiority, late.gate.slices, late.gate.max_ece) == (
        0.002,
        ("origin",),
        0.1,
    )
    assert (late.gate.by, late.gate.group, late.gate.max_latency_ratio) == (None, None, None)
    assert (late.retrain.windows, late.retrain.window) == ((1, 2), timedelta(days=90))
    assert (late.retrain.cooldown, late.retrain.max_cooldown) == (
        timedelta(hours=12),
        timedelta(days=7),
    )


def test_the_processes_have_their_settings():
    parsed = config.parse(FLIGHTS, file="workbench.toml")

    assert (parsed.serve.port, parsed.serve.log_columns_exclude) == (0, ("passenger_name",))
    assert (parsed.serve.max_body_bytes, parsed.worker.memory_limit_bytes) == (1024**2, 2 * 1024**3)
    assert (parsed.watch.settle, parsed.watch.after) == (timedelta(milliseconds=500), "leave")
    assert parsed.watch.poll


def test_the_endpoint_has_its_limits_and_its_rules():
    serve = config.parse(FLIGHTS, file="workbench.toml").serve

    assert (serve.workers, serve.timeout) == (2, timedelta(seconds=5))
    assert (serve.unknown_category, serve.out_of_range, serve.extra_column) == (
        "warn",
        "reject",
        "reject",
    )
    assert (serve.log.sample, serve.log.keep) == (0.1, timedelta(days=90))
    assert (serve.log.max_bytes, serve.log.access) == (10 * 1024**3, False)


def test_a_cooldown_longer_than_the_longest_one_raises_it():
    text = FLIGHTS.replace('cooldown = "12h"', 'cooldown = "30d"')

    assert config.parse(text, file="f").models["late"].retrain.max_cooldown == timedelta(days=30)


@pytest.mark.parametrize("name", ["late", "late-2", "9lives", "항공편", "_x", "नाम"])
def test_names_are_letters_of_any_script(name):
    text = f'[project]\nname = "p"\n[datasets."{name}"]'

    assert list(config.parse(text, file="f").datasets) == [name]


def test_a_byte_order_mark_is_skipped(tmp_path):
    path = tmp_path / "workbench.toml"
    path.write_bytes(b"\xef\xbb\xbf[project]\r\nname = 'p'\r\n")

    assert config.read(path).project == "p"


def test_a_file_that_is_not_there_is_named_with_what_writes_one(tmp_path):
    with pytest.raises(ConfigInvalid, match=r"workbench\.toml cannot be read") as caught:
        config.read(tmp_path / "workbench.toml")

    assert "workbench init" in caught.value.remedy


def test_a_file_that_is_not_text_is_refused_with_the_line(tmp_path):
    path = tmp_path / "workbench.toml"
    path.write_bytes(b"[project]\nname = '\xff'")

    with pytest.raises(ConfigInvalid, match="line 2: this is not UTF-8"):
        config.read(path)


def test_the_metrics_of_a_task_are_those_that_can_be_computed():
    assert metrics.OF_TASK == config.METRICS
