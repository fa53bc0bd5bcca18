"""Registered versions: exported, proved, and kept with all that serving and watching need."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from storage.records import JobState, NewModelVersion, Severity
from tests.services.project import month
from workbench.core import columns as column_rules
from workbench.core import proof_words
from workbench.engines.onnx_session import Session
from workbench.errors import PromotionRefused, UsageError
from workbench.services import champions, model_jobs, registry, rows, training


def sample_of(project, version):
    return msgspec.json.decode(project.store.blobs.read(version.sample_blob))


def test_a_version_names_its_run_and_the_rows_it_was_trained_on(trained):
    with trained.store.read() as tx:
        version = tx.models.version("returns", 1)

    assert (version.label, version.run_id, version.dataset, version.version) == (
        "returns@v1",
        1,
        "sales",
        1,
    )
    assert version.signature.names == ("가격", "수량", "지역")
    assert version.signature.key == ("id",)


@pytest.mark.parametrize("recipe", ["boosted", "linear"])
def test_the_export_is_proved_on_the_rows_of_the_dataset(quarter, recipe):
    parity = quarter.register(quarter.train(recipe)).parity

    assert parity.passed
    assert parity.flips == 0
    assert parity.max_abs_diff <= parity.limit
    assert (parity.rows - parity.hostile_rows, parity.hostile_rows > 0) == (4500, True)


def test_the_importances_sum_to_one_and_name_what_matters(trained):
    with trained.store.read() as tx:
        importances = tx.models.version("returns", 1).importances

    assert sum(importances.values()) == pytest.approx(1.0)
    assert max(importances, key=importances.get) == "가격"


def test_the_metrics_of_the_run_are_kept_with_the_version(trained):
    with trained.store.read() as tx:
        version, run = tx.models.version("returns", 1), tx.runs.get(1)

    of_the_model = {key: one.value for key, one in run.metrics.items() if "system." not in key}
    assert version.metrics == of_the_model


def test_the_profile_is_that_of_the_training_rows_with_calibrated_limits(project):
    project.accept(*(month(number, rows=2_500) for number in (1, 2, 3)))
    run = project.train()
    profile = rows.read_profile(project.context, project.register(run).profile_blob)

    assert profile.rows == run.metrics["training_rows"].value
    assert {column.name for column in profile.columns} == {"가격", "수량", "지역"}
    assert all(column.block_effect is not None for column in profile.columns)


def test_the_sample_holds_rows_and_what_the_graph_answers_for_them(trained):
    with trained.store.read() as tx:
        version = tx.models.version("returns", 1)
    sample = sample_of(trained, version)
    session = Session(trained.store.blobs.read(version.onnx_blob), version.signature)
    columns = {name: np.array(values) for name, values in sample["columns"].items()}

    assert len(sample["scores"]) == registry.SAMPLE_ROWS
    assert session.scores(column_rules.typed(version.signature, columns)).tolist() == pytest.approx(
        sample["scores"]
    )


def test_missing_values_in_the_sample_are_null(project):
    holes = month(1)
    holes["가격"] = np.where(np.arange(1500) < 5, None, holes["가격"])
    project.accept(holes, month(2))
    version = project.register(project.train())

    assert sample_of(project, version)["columns"]["가격"][:5] == [None] * 5


def test_a_registration_is_told_with_its_proof(trained):
    (event,) = [one for one in trained.events() if one.kind == "model.registered"]

    assert event.message.startswith("returns@v1 registered from r1: parity passed: largest")
    assert event.severity is Severity.INFO


def test_the_same_run_registered_twice_is_one_version(quarter):
    run = quarter.train()
    first, second = quarter.register(run), quarter.register(run)

    assert first == second
    assert quarter.happened().count("model.registered") == 1
    with quarter.store.read() as tx:
        assert tx.models.count("returns") == 1


def test_each_run_is_a_version_of_its_own(quarter):
    numbers = [quarter.register(quarter.train(recipe)).number for recipe in ("linear", "boosted")]

    assert numbers == [1, 2]


def test_a_model_need_not_stand_in_the_configuration(quarter):
    run = quarter.train()
    job = quarter.do("register", run=run.id, model="another one")

    assert (job.state, job.result) == (JobState.FINISHED, {"model": "another one", "number": 1})


@pytest.mark.parametrize("name", ["", "a@b", "a/b", " a", "-a", "x" * 101])
def test_a_model_has_a_name_that_can_be_written(quarter, name):
    with pytest.raises(UsageError, match="A model cannot be called"):
        model_jobs.registration(quarter.context, quarter.train(), model=name)


def test_an_unknown_run_is_named(quarter):
    job = quarter.do("register", run=9, model="returns")

    assert (job.state, job.error.partition(".")[0]) == (
        JobState.FAILED,
        "No run is called 'r9'",
    )


def test_a_failed_run_is_not_registered(quarter):
    quarter.configure('test = "31d"', 'test = "900d"')
    quarter.do("train", experiment="returns", recipe="boosted")

    with pytest.raises(UsageError, match="r1 is failed; only a finished run can be registered"):
        model_jobs.registration(quarter.context, quarter.run(1), model="returns")
    job = quarter.do("register", run=1, model="returns")
    assert job.state is JobState.FAILED
    assert job.error.startswith("r1 is failed; only a finished run can be registered.")


def test_a_registration_is_asked_for_once_at_a_time(quarter):
    run = quarter.train()
    new = model_jobs.registration(quarter.context, run, model="returns")
    with quarter.store.write() as tx:
        first, second = tx.jobs.enqueue(new), tx.jobs.enqueue(new)

    assert first == second
    assert first.arguments == {"run": 1, "model": "returns", "who": "test"}


def with_failed_parity(project):
    """A second version like the first, whose export answered differently."""
    with project.store.write() as tx:
        version, run = tx.models.version("returns", 1), tx.runs.get(1)
        again = tx.runs.start(
            training.NewRun(
                experiment=run.experiment,
                name="r",
                recipe="boosted",
                model=run.model,
                params={},
                seed=1,
                source_hash="0",
                dataset="sales",
                version=1,
            )
        )
        kept = {
            name: getattr(version, name)
            for name in NewModelVersion.__slots__
            if name not in {"experiment", "run_id", "parity"}
        }
        broken = replace(version.parity, passed=False, flips=3, max_abs_diff=0.25)
        return tx.models.register(
            NewModelVersion(experiment="returns", run_id=again.id, parity=broken, **kept)
        )


def test_a_version_that_failed_parity_is_not_promoted(trained):
    version = with_failed_parity(trained)

    with pytest.raises(
        PromotionRefused,
        match=r"returns@v2 failed parity \(3 flips, largest difference 0\.25\), so it may not be served",
    ):
        champions.promote(trained.context, "returns", version.number, expected=1, why="I insist")
    assert trained.serving() == 1


def test_a_failed_proof_is_put_in_words(trained):
    version = with_failed_parity(trained)

    assert proof_words.sentence(replace(version.parity, rows=6531)) == (
        "parity failed: largest difference 0.25, 3 flips on 6 531 rows"
    )


def test_a_regression_is_proved_within_a_share_of_its_spread(quarter):
    quarter.configure('task = "binary"', 'task = "regression"')
    quarter.configure('target = "returned"', 'target = "가격"')
    quarter.configure('metric = "roc_auc"', 'metric = "rmse"')
    quarter.configure("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")
    parity = quarter.register(quarter.train()).parity

    spread = np.std(quarter.values("가격"))
    assert parity.passed
    assert parity.limit == pytest.approx(1e-4 * spread, rel=0.01)


def test_a_challenger_of_a_cycle_is_followed_by_the_gate(trained):
    trained.accept(month(4, slope=-3.0))
    trained.work(kinds=("drift", "train", "register"))

    gate, (cycle,) = trained.jobs()[-1], trained.cycles()
    assert (gate.kind, gate.arguments) == (
        "gate",
        {"model": "returns", "number": 2, "cycle": cycle.id, "holdout": 2},
    )
    assert cycle.challenger == 2
    with trained.store.read() as tx:
        assert tx.models.version("returns", 2).created_by == "policy"


def test_a_challenger_that_was_registered_by_hand_meanwhile_is_followed_by_the_gate_too(trained):
    trained.accept(month(4, slope=-3.0))
    trained.work(kinds=("drift", "train"))
    (cycle,) = trained.cycles()
    new = model_jobs.registration(trained.context, trained.run(cycle.run_id), model="returns")
    registry.register(trained.context, **new.arguments)
    trained.work(kinds=("register",))

    gate, (cycle,) = trained.jobs()[-1], trained.cycles()
    assert (gate.kind, gate.arguments["number"], cycle.challenger) == ("gate", 2, 2)
    with trained.store.read() as tx:
        assert tx.models.count("returns") == 2
