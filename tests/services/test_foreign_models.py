"""Files with models from elsewhere become versions: proved, measured and served like those of runs."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import joblib
import lightgbm
import numpy as np
import pandas as pd
import pytest
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LinearRegression, LogisticRegression

from storage.errors import NotFound
from storage.records import JobState, ModelVersion
from tests.services.project import Project, month, write_csv
from workbench.core import columns as column_rules
from workbench.engines.onnx_session import Session
from workbench.errors import InputUnreadable, UsageError
from workbench.services import champions, foreign_jobs, scoring, served, verifying
from workbench.services import rows as row_services
from workbench.worker.kinds import KINDS

_MONTHS = [month(number) for number in (1, 2, 3)]
ROWS = {name: np.concatenate([one[name] for one in _MONTHS]) for name in _MONTHS[0]}
NUMBERS = np.column_stack([ROWS["가격"], ROWS["수량"]]).astype(float)


def booster() -> lightgbm.Booster:
    frame = pd.DataFrame({name: ROWS[name] for name in ("가격", "수량", "지역")})
    model = lightgbm.LGBMClassifier(n_estimators=4, num_leaves=7, verbose=-1)
    return model.fit(frame.astype({"지역": "category"}), ROWS["returned"]).booster_


def graph() -> bytes:
    model = LogisticRegression(max_iter=500).fit(NUMBERS, ROWS["returned"])
    return to_onnx(model, initial_types=[("X", FloatTensorType([None, 2]))]).SerializeToString()


def written(project: Project, name: str, content: bytes) -> Path:
    path = project.folder / name
    path.write_bytes(content)
    return path


def ask(project: Project, path: Path, **given):
    """The job that a file makes, done."""
    given = {"model": "far", "dataset": "sales@v1", "target": "returned", **given}
    asking = replace(project.context, who="mina")
    job = foreign_jobs.registration(asking, path, **given)
    with project.store.write() as tx:
        tx.jobs.enqueue(job)
    (done,) = project.work(kinds=("register-file",))
    return done


def register(project: Project, path: Path, **given) -> ModelVersion:
    job = ask(project, path, **given)
    assert job.state is JobState.FINISHED, job.error
    with project.store.read() as tx:
        return tx.models.version(job.result["model"], job.result["number"])


def test_the_kind_of_job_is_known():
    assert KINDS["register-file"] == "workbench.services.foreign_models:register"


def test_trees_from_elsewhere_become_a_version_that_serves(quarter):
    content = booster().model_to_string().encode()
    path = written(quarter, "model.txt", content)
    version = register(quarter, path)
    path.unlink()

    assert (version.run_id, version.created_by) == (None, "mina")
    sha256 = hashlib.sha256(content).hexdigest()
    assert version.source == f"model.txt, sha256 {sha256}, target returned"
    assert version.origin == "model.txt"
    assert (version.dataset, version.version) == ("sales", 1)
    assert version.signature.names == ("가격", "수량", "지역")
    assert version.signature.classes == ("0", "1")
    assert version.signature.key == ("id",)
    assert (version.parity.passed, version.parity.against) == (True, "model")
    assert 0.9 < version.metrics["roc_auc"] < 1
    assert version.intervals["roc_auc"][0] < version.metrics["roc_auc"]
    assert "Taken to have learnt from the rows of sales@v1" in version.note
    champions.promote(quarter.context, "far", 1, expected=None, why="a test")
    columns = {name: ROWS[name][:50].tolist() for name in version.signature.names}
    answered = served.load(quarter.store.blobs, version).answer(columns).scores
    codes = [sorted(set(ROWS["지역"])).index(one) for one in columns["지역"]]
    matrix = np.column_stack([columns["가격"], columns["수량"], codes])
    assert answered == pytest.approx(booster().predict(matrix), abs=1e-12)


def test_a_graph_from_elsewhere_is_held_against_itself_and_its_file(quarter):
    path = written(quarter, "late.onnx", graph())
    version = register(quarter, path, columns=["가격", "수량"])
    session = Session(quarter.store.blobs.read(version.onnx_blob), version.signature)
    rows = column_rules.typed(version.signature, ROWS)
    model = LogisticRegression(max_iter=500).fit(NUMBERS, ROWS["returned"])

    assert version.native_blob is None
    assert (version.parity.passed, version.parity.against) == (True, "itself")
    assert np.abs(session.scores(rows) - model.predict_proba(NUMBERS)[:, 1]).max() < 1e-5
    assert version.importances["가격"] > version.importances["수량"]
    verifying.verify(quarter.context, model="far", number=1)
    with quarter.store.read() as tx:
        assert tx.models.verifications(version, limit=1)[0].parity.passed


def test_the_profile_and_hashes_are_those_of_the_dataset(quarter):
    path = written(quarter, "late.onnx", graph())
    version = register(quarter, path, columns=["가격", "수량"])
    profile = row_services.read_profile(quarter.context, version.profile_blob)

    assert {one.name for one in profile.columns} == {"가격", "수량"}
    assert profile.rows == 4500
    assert len(quarter.store.blobs.read(version.row_hashes_blob)) == 8 * 4500


def test_the_same_file_on_the_same_rows_is_one_version(quarter):
    path = written(quarter, "late.onnx", graph())
    first = register(quarter, path, columns=["가격", "수량"])

    assert register(quarter, path, columns=["가격", "수량"]).number == first.number
    assert register(quarter, path, columns=["수량", "가격"]).number == first.number + 1


def test_without_a_target_nothing_is_measured(quarter):
    path = written(quarter, "late.onnx", graph())
    version = register(quarter, path, columns=["가격", "수량"], target=None)

    assert version.metrics == {}
    assert version.signature.classes == ("0", "1")


@pytest.mark.slow
def test_a_trusted_pickle_of_a_regressor_is_kept_as_skops(quarter):
    into = io.BytesIO()
    joblib.dump(LinearRegression().fit(NUMBERS[:, 1:], ROWS["가격"]), into)
    path = written(quarter, "line.joblib", into.getvalue())
    version = register(quarter, path, columns=["수량"], target="가격", trust=True)

    assert version.signature.task == "regression"
    assert version.parity.passed
    assert "rmse" in version.metrics
    rows = write_csv(quarter.folder / "rows.csv", month(4, rows=20))
    scored = scoring.score(quarter.context, version.label, rows, quarter.folder / "out.csv")
    assert scored.columns == ("id", "prediction")
    assert quarter.store.blobs.read(version.native_blob).startswith(b'{"format":"skops"')


def test_a_model_of_several_targets_is_refused(quarter):
    into = io.BytesIO()
    joblib.dump(LinearRegression().fit(NUMBERS, NUMBERS), into)
    job = ask(
        quarter,
        written(quarter, "two.joblib", into.getvalue()),
        columns=["가격", "수량"],
        trust=True,
    )

    assert job.state is JobState.FAILED
    assert "The model gives 2 values a row" in job.error


@pytest.mark.slow
def test_several_classes_have_a_probability_each(quarter):
    model = LogisticRegression(max_iter=500).fit(NUMBERS, ROWS["지역"])
    graph = to_onnx(model, initial_types=[("X", FloatTensorType([None, 2]))])
    path = written(quarter, "where.onnx", graph.SerializeToString())
    version = register(quarter, path, columns=["가격", "수량"], target="지역")
    rows = write_csv(quarter.folder / "rows.csv", month(4, rows=20))
    scored = scoring.score(quarter.context, version.label, rows, quarter.folder / "out.csv")

    assert version.signature.classes == ("대구", "부산", "서울", "제주")
    assert scored.columns[2:] == tuple(f"probability_{one}" for one in version.signature.classes)


@pytest.mark.parametrize(
    ("content", "name", "given", "said"),
    [
        (graph, "m.onnx", {}, "The model takes 2 columns and does not say which"),
        (graph, "m.onnx", {"columns": ["가격"]}, "takes 2 columns, and 1 were named"),
        (graph, "m.onnx", {"columns": ["가격", "무게"]}, "The dataset has no column '무게'"),
        (graph, "m.onnx", {"columns": ["가격", "지역"]}, "takes numbers for column '지역'"),
        (graph, "m.onnx", {"columns": ["가격", "at"]}, "Column 'at' holds datetime64"),
        (graph, "m.onnx", {"columns": ["returned", "수량"]}, "which it is to predict"),
        (
            graph,
            "m.onnx",
            {"columns": ["가격", "수량"], "target": "지역"},
            "The target has the value '대구', and the model knows: 0, 1",
        ),
        (graph, "m.onnx", {"target": "무게"}, "sales@v1 has no column '무게'"),
        (lambda: b"hello", "m.onnx", {}, "it is no ONNX file"),
        (lambda: b"hello", "m.txt", {}, "it is no text model of LightGBM"),
        (lambda: b"hello", "m.pkl", {"trust": True}, "it cannot be loaded"),
    ],
    ids=[
        "no columns",
        "too few columns",
        "an unknown column",
        "a column of another kind",
        "a column of moments",
        "the target itself",
        "another target",
        "an unknown target",
        "no graph",
        "no trees",
        "no pickle",
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(quarter, content, name, given, said):
    job = ask(quarter, written(quarter, name, content()), **given)

    assert job.state is JobState.FAILED
    assert said in job.error
    assert "Traceback" not in job.error


@pytest.mark.parametrize(
    ("name", "given", "error", "said"),
    [
        ("m.pkl", {}, UsageError, "m.pkl is a pickle: whatever its author wrote into it runs"),
        ("m.h5", {}, UsageError, "m.h5 is no file of a model by its name"),
        ("m.onnx", {"dataset": "sales@v9"}, NotFound, "v9"),
        ("m.onnx", {"dataset": "nothing"}, NotFound, "nothing"),
        ("m.onnx", {"model": "../x"}, UsageError, "A model cannot be called"),
    ],
)
def test_what_can_be_known_before_is_refused_before(quarter, name, given, error, said):
    with pytest.raises(error, match=said):
        ask(quarter, written(quarter, name, b"hello"), **given)

    assert not [one for one in quarter.jobs() if one.kind == "register-file"]


def test_a_file_that_is_not_there_is_named(quarter):
    with pytest.raises(InputUnreadable, match="There is no file"):
        ask(quarter, quarter.folder / "none.onnx")
