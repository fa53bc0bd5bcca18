"""Runs: what they are trained on, what they keep, and how they fail."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest

from storage.records import JobState, RunState, Signature, VersionState
from tests.services.project import CONFIG, month, opened
from workbench.config import METRICS
from workbench.services import training

REPEATABLE = {
    training.MODEL_ARTIFACT,
    training.SIGNATURE_ARTIFACT,
    training.HASHES_ARTIFACT,
    training.SCORES_ARTIFACT,
    training.IMPORTANCES_ARTIFACT,
}
"""All but the profile: sums over several threads differ in their last digits."""


def artifacts(project, run):
    with project.store.read() as tx:
        return {one.path: one.blob for one in tx.runs.artifacts(run.id)}


def artifact(project, run, path):
    return project.store.blobs.read(artifacts(project, run)[path])


def hashes(project, run):
    return np.frombuffer(artifact(project, run, training.HASHES_ARTIFACT), "<u8")


def rows_of(run):
    return (run.metrics["training_rows"].value, run.metrics["test_rows"].value)


def failed(project, **arguments):
    """The job of a training that fails, and its run if one was begun."""
    job = project.do("train", experiment="returns", recipe="boosted", **arguments)
    assert job.state is JobState.FAILED, job.state
    with project.store.read() as tx:
        return job, next(iter(tx.runs.newest()), None)


def test_a_run_says_what_it_is(quarter):
    run = quarter.train(params={"n_estimators": 5})

    assert (run.state, run.dataset, run.version) == (RunState.FINISHED, "sales", 1)
    assert (run.recipe, run.model, run.seed) == ("boosted", "lightgbm.LGBMClassifier", 7)
    assert (run.train, run.test) == ("sales@v1", "the last 31 days")
    assert (run.params["num_iterations"], run.params["num_leaves"]) == (5, 7)
    assert run.environment["package.lightgbm"]
    assert len(run.source_hash) == 64
    assert run.job_id == quarter.jobs()[-1].id
    assert run.error is None


def test_the_params_of_a_run_are_those_that_were_used(quarter):
    params = quarter.train().params

    assert (params["deterministic"], params["learning_rate"]) == (True, 0.3)


def test_another_param_is_another_source(quarter):
    one, same, other = (
        quarter.train(params={"n_estimators": trees}).source_hash for trees in (3, 3, 4)
    )

    assert one == same != other


def test_boosting_tells_one_point_an_iteration(quarter):
    run = quarter.train()

    with quarter.store.read() as tx:
        points = tx.runs.curve(run.id, "roc_auc", points=500)
    assert [point.step for point in points] == list(range(1, 13))
    assert points[-1].value == pytest.approx(run.metrics["roc_auc"].value)


def test_every_metric_has_an_interval(quarter):
    found = quarter.train().metrics
    scored = [found[name] for name in METRICS["binary"]]

    assert all(one.low <= one.value <= one.high for one in scored)


def test_a_linear_recipe_is_trained_and_measured_too(quarter):
    run = quarter.train("linear")

    assert run.metrics["roc_auc"].value > 0.85
    assert set(run.metrics) >= {"accuracy", "brier", "ece", "f1", "log_loss", "pr_auc"}


def test_a_finished_run_is_told_with_its_metric(quarter):
    run = quarter.train()

    assert quarter.events()[-1].message == (
        f"r1 returns boosted finished: roc_auc {run.metrics['roc_auc'].value:.4f}"
    )


def test_a_run_keeps_all_that_its_registration_needs(quarter):
    run = quarter.train()

    assert set(artifacts(quarter, run)) == {
        "model.bin",
        "signature.json",
        "training-profile.json",
        "training-rows.u64",
        "test-scores.f64",
        "importances.json",
        "definition.json",
        "figures.json",
    }


def test_the_signature_names_inputs_and_key_and_no_other_column(quarter):
    run = quarter.train()
    signature = msgspec.json.decode(
        artifact(quarter, run, training.SIGNATURE_ARTIFACT), type=Signature
    )

    assert signature.names == ("가격", "수량", "지역")
    assert (signature.key, signature.classes) == (("id",), ("0", "1"))


def test_the_same_seed_gives_the_same_bytes(quarter):
    first, second = quarter.train(), quarter.train()
    kept = [artifacts(quarter, run) for run in (first, second)]

    assert {name: kept[0][name] for name in REPEATABLE} == {
        name: kept[1][name] for name in REPEATABLE
    }
    measured = [
        {key: one for key, one in run.metrics.items() if "system." not in key}
        for run in (first, second)
    ]
    assert measured[0] == measured[1]


@pytest.mark.parametrize("recipe", ["boosted", "linear"])
def test_a_dataset_that_grew_does_not_change_a_run_on_its_old_version(quarter, recipe):
    before = artifacts(quarter, quarter.train(recipe))
    quarter.accept(month(4))
    after = artifacts(quarter, quarter.train(recipe, version=1))

    # The bytes of a scikit-learn model hold addresses, so that its answers are compared instead.
    same = REPEATABLE - {training.MODEL_ARTIFACT}
    assert {name: before[name] for name in same} == {name: after[name] for name in same}


class TestASplit:
    """Which rows are the test."""

    def split(self, project, how, **arguments):
        project.configure('split = { by = "time", test = "31d" }', f"split = {how}")
        run = project.train(**arguments)
        return rows_of(run), hashes(project, run)

    def test_by_a_span_of_time_takes_the_newest_rows(self, quarter):
        (train, test), kept = self.split(quarter, '{ by = "time", test = "28d" }')

        assert train + test == len(kept) + test == 4500
        # The last row came at 2024-03-28 23:45, so 28 days before it lies within the last day of February.
        assert 1500 <= test < 1560

    def test_by_a_share_of_time_takes_that_share(self, quarter):
        (train, test), _ = self.split(quarter, '{ by = "time", test = 0.25 }')

        assert (train, test) == (3375, 1125)

    def test_at_random_takes_a_share_the_same_every_time(self, quarter):
        (train, test), kept = self.split(quarter, '{ by = "random", test = 0.2 }')
        again = hashes(quarter, quarter.train())

        assert (train, test) == (3600, 900)
        assert np.array_equal(kept, again)

    def test_at_random_depends_on_the_seed(self, quarter):
        _, kept = self.split(quarter, '{ by = "random", test = 0.2 }')
        quarter.configure("seed = 7", "seed = 8")

        assert not np.array_equal(kept, hashes(quarter, quarter.train()))

    def test_by_group_keeps_a_group_on_one_side(self, quarter):
        (train, test), _ = self.split(quarter, '{ by = "group", test = 0.25, group = "수량" }')
        sizes = np.unique(quarter.values("수량"), return_counts=True)[1].tolist()

        sums = {sum(some) for n in range(1, 8) for some in itertools.combinations(sizes, n)}
        assert train + test == 4500
        assert test in sums


def test_a_challenger_trains_on_a_span_of_the_version_before_and_is_tested_on_the_new_rows(quarter):
    quarter.accept(month(4, rows=400))
    run = quarter.train(
        version=2,
        train_version=1,
        train_start=datetime(2024, 2, 1, tzinfo=UTC).isoformat(),
        train_end=datetime(2024, 4, 1, tzinfo=UTC).isoformat(),
    )

    assert rows_of(run) == (3000, 400)
    assert run.train == "sales@v1, 2024-02-01 to 2024-04-01"
    assert run.test == "sales@v2, rows added"


def test_rows_without_a_label_are_left_out(quarter):
    rows = month(4, rows=400)
    rows["returned"] = np.where(np.arange(400) < 100, None, rows["returned"])
    quarter.accept(rows)

    assert sum(rows_of(quarter.train())) == 4800


def test_a_label_that_training_never_saw_is_left_out_of_the_metrics(quarter):
    quarter.configure('task = "binary"', 'task = "multiclass"')
    quarter.configure('metric = "roc_auc"', 'metric = "accuracy"')
    rows = month(4)
    rows["returned"] = np.where(np.arange(1500) < 50, 2, rows["returned"])
    quarter.accept(rows)
    run = quarter.train()

    assert 0.5 < run.metrics["accuracy"].value <= 1.0


def test_a_regression_is_measured_as_one(quarter):
    quarter.configure('task = "binary"', 'task = "regression"')
    quarter.configure('target = "returned"', 'target = "가격"')
    quarter.configure('metric = "roc_auc"', 'metric = "rmse"')
    quarter.configure("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")
    run = quarter.train()

    assert run.metrics["rmse"].low < run.metrics["rmse"].value < run.metrics["rmse"].high
    assert set(run.metrics) >= {"mae", "r2", "mape"}


def test_the_task_is_inferred_where_it_is_not_said(quarter):
    quarter.configure('task = "binary"\n', "")
    quarter.configure('metric = "roc_auc"\n', "")

    assert quarter.train().metrics["roc_auc"].low is not None


def test_a_column_without_values_is_left_out_and_the_run_finishes(project):
    rows = {**month(1), "할인": np.full(1500, None)}
    rows["할인"][0] = 1.5
    project.accept(rows, {**month(2), "할인": np.full(1500, None)})
    project.configure(
        'split = { by = "time", test = "31d" }', 'split = { by = "time", test = 0.5 }'
    )
    project.accept({**month(3), "할인": np.full(1500, None)})
    run = project.train(version=2, train_version=2, train_start="2024-02-01T00:00:00+00:00")

    assert run.state is RunState.FINISHED


def with_recipes(project, source):
    (project.folder / "recipes.py").write_text(source, encoding="utf-8")
    project.configure('model = "lightgbm.LGBMClassifier"', 'model = "recipes:make"')
    project.configure("params = { n_estimators = 12, num_leaves = 7, learning_rate = 0.3 }\n", "")


def test_a_recipe_of_the_project_is_trained(quarter):
    with_recipes(
        quarter,
        "from lightgbm import LGBMClassifier\ndef make():\n    return LGBMClassifier(n_estimators=4)\n",
    )

    assert quarter.train().params["num_iterations"] == 4


FAILING = {
    "a recipe that raises": (
        lambda project: with_recipes(project, "def make():\n    raise KeyError('no such thing')\n"),
        r"recipes:make raised KeyError: 'no such thing'\.",
    ),
    "a recipe that cannot be imported": (
        lambda project: with_recipes(project, "import nothing_of_this_name\n"),
        r"recipes\.py cannot be imported: ModuleNotFoundError: No module named 'nothing_of_this_name'\.",
    ),
    "a missing recipe": (
        lambda project: project.configure("lightgbm.LGBMClassifier", "recipes:make"),
        r"There is no recipes\.py in ",
    ),
    "an unknown estimator": (
        lambda project: project.configure("lightgbm.LGBMClassifier", "lightgbm.LGBMClasifier"),
        r"There is no 'LGBMClasifier' in lightgbm\.",
    ),
    "a regressor for classes": (
        lambda project: project.configure("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor"),
        r"lightgbm\.LGBMRegressor is no classifier, and the task is binary\.",
    ),
    "more test than there is": (
        lambda project: project.configure('test = "31d"', 'test = "400d"'),
        r"sales@v1 cannot be split by time: ",
    ),
}


@pytest.mark.parametrize(("spoil", "sentence"), FAILING.values(), ids=FAILING)
def test_what_cannot_be_trained_is_a_failed_run_with_one_sentence(quarter, spoil, sentence):
    spoil(quarter)
    job, run = failed(quarter)

    assert (run.state, run.job_id) == (RunState.FAILED, job.id)
    with pytest.raises(AssertionError, match=sentence):
        raise AssertionError(run.error)
    assert "\n" not in run.error
    assert job.error.startswith(run.error)
    assert run.ended_at is not None


def test_a_target_with_one_class_teaches_nothing(project):
    rows = month(1)
    rows["returned"][:] = 0
    project.accept(rows, month(2))
    _, run = failed(project)

    assert run.error == "The target has one class only: every training row is '0'."


def test_a_target_without_values_teaches_nothing(project):
    project.accept({**month(1), "returned": np.full(1500, None)})
    _, run = failed(project)

    assert (run.state, run.error) == (
        RunState.FAILED,
        "The target 'returned' has no value in sales@v1.",
    )


@pytest.mark.parametrize("test", ["0.2", '"31d"'])
def test_event_times_that_are_all_missing_cannot_split(project, test):
    project.configure('test = "31d"', f"test = {test}")
    project.accept({**month(1), "at": np.full(1500, None)})
    _, run = failed(project)

    assert run.error.startswith("sales@v1 cannot be split by time: ")


UNKNOWN = {
    "target": ('target = "returned"', 'target = "refunded"', "refunded"),
    "exclude": ('task = "binary"', 'task = "binary"\nexclude = ["colour"]', "colour"),
    "group": (
        'split = { by = "time", test = "31d" }',
        'split = { by = "group", test = 0.2, group = "shop" }',
        "shop",
    ),
    "slices": ('task = "binary"', 'task = "binary"\nslices = ["colour"]', "colour"),
    "key": ('key = ["id"]', 'key = ["order"]', "order"),
}


@pytest.mark.parametrize(("before", "after", "name"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_column_that_is_not_there_is_named(quarter, before, after, name):
    quarter.configure(before, after)
    job, run = failed(quarter)

    assert job.error.startswith(f"sales has no column '{name}', which [")
    assert "Its columns are id, at, 가격, 수량, 지역, returned." in job.error
    assert (run.state, run.error) == (RunState.FAILED, job.error.partition(". ")[0] + ".")


def test_a_dataset_without_rows_is_named(project):
    job, _ = failed(project)

    assert job.error.startswith("No dataset is called 'sales'.")


def test_a_version_that_is_not_there_is_named(quarter):
    job, _ = failed(quarter, version=9)

    assert job.error.startswith("No version is called 'sales@v9'.")


def test_before_its_checks_have_ended_a_dataset_has_no_version_to_train_on(project):
    project.add(month(1))
    job, _ = failed(project)

    assert job.error.startswith("sales has no accepted version yet.")


def test_rows_in_quarantine_are_not_trained_on(quarter):
    rows = month(4)
    rows["가격"][0] = -1
    quarter.add(rows)
    quarter.work(kinds=("check",))

    assert quarter.version(2).state is VersionState.QUARANTINED
    assert sum(rows_of(quarter.train())) == 4500


def test_a_run_belongs_to_its_cycle_and_is_followed_by_its_registration(trained):
    trained.accept(month(4, slope=-3.0))
    trained.work(kinds=("drift", "train"))

    (cycle,) = trained.cycles()
    run, registration = trained.run(cycle.run_id), trained.jobs()[-1]
    assert (run.cycle_id, run.state) == (cycle.id, RunState.FINISHED)
    assert registration.kind == "register"
    assert registration.arguments == {
        "run": run.id,
        "model": "returns",
        "cycle": cycle.id,
        "holdout": 2,
    }


def test_times_with_a_zone_split_too(tmp_path):
    with opened(tmp_path, CONFIG) as project:
        rows = month(1)
        stamped = np.array([f"{one}+09:00" for one in rows["at"].astype(str)])
        other = month(2)
        again = np.array([f"{one}+09:00" for one in other["at"].astype(str)])
        project.accept({**rows, "at": stamped}, {**other, "at": again})

        assert sum(rows_of(project.train())) == 3000
