from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.core.columns import typed
from workbench.engines import onnx_session
from workbench.engines.export import exporting
from workbench.engines.onnx_session import Session

HEAVY = ("sklearn", "lightgbm", "pandas", "scipy", "skl2onnx", "onnx", "duckdb", "sqlalchemy")


def loaded(task, *, threads=1):
    fitted = fit(task, LIGHTGBM[task], {"n_estimators": 10})
    graph = exporting.export(fitted.model, fitted.signature)
    session = Session(graph, fitted.signature, threads=threads)
    return fitted, session, typed(fitted.signature, rows(task, 400, seed=1).features)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_scores_are_those_of_the_model_in_its_shape(task):
    fitted, session, columns = loaded(task)

    assert session.scores(columns) == pytest.approx(fitted.test_scores, abs=1e-14)


def test_a_prediction_names_the_most_probable_class():
    _, session, columns = loaded("multiclass")
    prediction = session.predict(columns)

    best = prediction.scores.argmax(axis=1)
    assert prediction.labels == tuple(session.signature.classes[code] for code in best)


def test_a_regression_predicts_values_without_labels():
    _, session, columns = loaded("regression")
    prediction = session.predict(columns)

    assert prediction.labels == ()
    assert prediction.scores.shape == (400,)


def test_one_row_alone_answers_as_among_others():
    _, session, columns = loaded("regression")
    alone = [session.scores({n: v[i : i + 1] for n, v in columns.items()})[0] for i in range(20)]

    assert alone == session.scores(columns)[:20].tolist()


def test_the_probability_of_one_row_alone_differs_in_the_last_place_at_most():
    _, session, columns = loaded("binary")
    alone = [session.scores({n: v[i : i + 1] for n, v in columns.items()})[0] for i in range(20)]

    assert alone == pytest.approx(session.scores(columns)[:20], rel=5e-16, abs=0)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows_or_none_are_answered(rows):
    _, session, columns = loaded("binary")
    few = {name: values[:rows] for name, values in columns.items()}

    assert session.predict(few).scores.shape == (rows, 2)
    assert len(session.predict(few).labels) == rows


def test_columns_of_different_lengths_are_no_rows():
    _, session, columns = loaded("binary")

    with pytest.raises(ValueError, match="different numbers of rows"):
        session.scores({**columns, "x": columns["x"][:-1]})


def test_columns_may_stand_upright():
    _, session, columns = loaded("binary")
    upright = {name: values.reshape(-1, 1) for name, values in columns.items()}
    first = {name: values[:1] for name, values in upright.items()}

    assert np.array_equal(session.scores(upright), session.scores(columns))
    assert session.scores(first) == pytest.approx(session.scores(columns)[:1])


def test_long_batches_are_cut_without_a_trace(monkeypatch):
    _, session, columns = loaded("binary")
    whole = session.predict(columns)
    monkeypatch.setattr(onnx_session, "BATCH_ROWS", 64)
    cut = session.predict(columns)

    assert cut.labels == whole.labels
    assert np.array_equal(cut.scores, whole.scores)


def test_threads_that_share_the_rows_change_nothing(monkeypatch):
    _, session, columns = loaded("binary")
    _, shared, _ = loaded("binary", threads=3)
    monkeypatch.setattr(onnx_session, "BATCH_ROWS", 64)
    whole, parts = session.predict(columns), shared.predict(columns)

    assert parts.labels == whole.labels
    assert np.array_equal(parts.scores, whole.scores)


def test_threads_may_share_a_session():
    _, session, columns = loaded("binary")
    expected = session.scores(columns)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: session.scores(columns), range(16)))

    assert all(np.array_equal(answer, expected) for answer in answers)


def test_a_session_loads_no_training_library():
    code = (
        "import sys, workbench.engines.onnx_session, workbench.core.signature;"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "[]"
