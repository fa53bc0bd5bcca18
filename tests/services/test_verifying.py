"""The proof of a version repeated: with the packages of today, and with what is left of it."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from sqlalchemy import update

from storage import tables
from storage.records import AlertState, JobState, Severity
from tests.http.project import graph
from workbench.core import proof_words
from workbench.core.parity import changed_packages
from workbench.services import verifying


def version(project):
    with project.store.read() as tx:
        return tx.models.version("returns", 1)


def alter(project, **columns):
    """Changes what is kept of the version, as no program would."""
    with project.store.write() as tx:
        change = update(tables.model_versions).where(tables.model_versions.c.number == 1)
        tx.models._connection.execute(change.values(**columns))


def verify(project):
    job = project.do("verify", model="returns", number=1, who="mina")
    assert job.state is JobState.FINISHED, job.error
    with project.store.read() as tx:
        return tx.models.verifications(tx.models.version("returns", 1))[0]


def test_a_proof_repeated_with_the_same_packages_says_the_same(trained):
    found = verify(trained)

    assert found.parity == version(trained).parity
    assert found.who == "mina"
    event = trained.events()[-1]
    assert (event.kind, event.severity) == ("model.verified", Severity.INFO)
    assert event.message == f"returns@v1 verified: {proof_words.sentence(found.parity)}"


def test_what_has_changed_since_registration_is_named(trained):
    before = version(trained).parity
    packages = {**before.packages, "onnxruntime": "1.0.0"}
    alter(trained, parity=asdict(replace(before, packages=packages)))
    found = verify(trained)

    now = before.packages["onnxruntime"]
    assert verifying.changes(version(trained), found.parity) == f"onnxruntime 1.0.0 to {now}"
    assert trained.events()[-1].message.endswith(f"; since registration onnxruntime 1.0.0 to {now}")


def test_packages_that_came_or_went_are_changes_too():
    found = changed_packages({"a": "1", "b": "2"}, {"b": "3", "c": "4"})

    assert found == {"a": ("1", ""), "b": ("2", "3"), "c": ("", "4")}


def test_a_model_that_cannot_be_loaded_any_more_is_a_failed_proof_and_an_alert(trained):
    broken = trained.store.blobs.put(
        b'{"format":"lightgbm","signature":{"task":"binary","inputs":[]}}\nno tree'
    )
    right = version(trained).native_blob
    alter(trained, native_blob=broken)
    found = verify(trained)

    assert not found.parity.passed
    assert found.parity.reason.startswith("the trained model cannot be loaded: ")
    (alert,) = [one for one in trained.alerts() if one.key == "verify returns@v1"]
    assert alert.title == "returns@v1 failed its proof"
    assert alert.text.endswith("It is being served.")

    alter(trained, native_blob=right)
    assert verify(trained).parity.passed
    (settled,) = [one for one in trained.alerts(state=None) if one.key == "verify returns@v1"]
    assert settled.state is AlertState.RESOLVED


def test_a_blob_that_is_gone_is_a_failed_proof(trained):
    trained.store.blobs.path(version(trained).native_blob).unlink()

    assert "is missing" in verify(trained).parity.reason


def test_a_graph_that_is_none_is_a_failed_proof(trained):
    alter(trained, onnx_blob=trained.store.blobs.put(b"no graph"))

    assert verify(trained).parity.reason.startswith("the graph cannot be loaded: ")


def test_a_graph_that_answers_otherwise_is_a_failed_proof_with_its_worst_rows(trained):
    signature = version(trained).signature
    alter(trained, onnx_blob=trained.store.blobs.put(graph(signature)))
    found = verify(trained).parity

    assert not found.passed
    assert found.flips > 0
    assert found.worst[0].flipped


def test_when_the_rows_are_gone_those_of_the_sample_are_asked(trained):
    with trained.store.read() as tx:
        partitions = tx.partitions.of_version(1, 1)
    for one in partitions:
        trained.store.blobs.path(one.blob).unlink(missing_ok=True)
    found = verify(trained).parity

    assert found.passed
    assert found.rows - found.hostile_rows == 64


def test_a_version_without_another_form_is_held_against_itself(trained):
    alter(trained, native_blob=None)
    found = verify(trained).parity

    assert (found.passed, found.against) == (True, "itself")


def test_an_unknown_version_is_named(trained):
    job = trained.do("verify", model="returns", number=9)

    assert job.state is JobState.FAILED
    assert job.error.startswith("No model version is called 'returns@v9'")


@pytest.mark.slow
def test_a_regression_is_measured_as_at_registration(quarter):
    quarter.configure('task = "binary"', 'task = "regression"')
    quarter.configure('target = "returned"', 'target = "가격"')
    quarter.configure('metric = "roc_auc"', 'metric = "rmse"')
    quarter.configure("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")
    before = quarter.register(quarter.train()).parity
    after = verify(quarter).parity

    assert after.limit == pytest.approx(before.limit)
    assert after.max_abs_diff == before.max_abs_diff
