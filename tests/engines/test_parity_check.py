from __future__ import annotations

import numpy as np
import pytest

from tests.engines.synthetic import LIGHTGBM, fit, rows
from workbench.engines import parity_check
from workbench.engines.export import exporting
from workbench.engines.onnx_session import Session
from workbench.errors import ExportRefused

LOGISTIC = "sklearn.linear_model.LogisticRegression"


def exported(model, **changed):
    fitted = fit("binary", model, **changed)
    return fitted, Session(exporting.export(fitted.model, fitted.signature), fitted.signature)


def test_the_proof_counts_real_hostile_and_threshold_rows():
    fitted, session = exported(LIGHTGBM["binary"])
    found = parity_check.prove(fitted.model, session, rows("binary", 300, seed=2).features)

    assert found.passed
    assert found.rows - found.hostile_rows == 300
    assert found.hostile_rows > parity_check.HOSTILE_ROWS
    assert found.packages["onnxruntime"]


def test_rows_the_model_refuses_are_left_out():
    fitted, session = exported(LOGISTIC)
    features = rows("binary", 300, seed=2, is_hostile=False).features
    found = parity_check.prove(fitted.model, session, features)

    assert found.passed
    assert 1000 < found.hostile_rows < parity_check.HOSTILE_ROWS


def test_the_graph_of_another_model_does_not_pass():
    fitted, _ = exported(LOGISTIC)
    _, session = exported(LOGISTIC, train=rows("binary", seed=9, is_hostile=False))
    features = rows("binary", 300, seed=2, is_hostile=False).features
    found = parity_check.prove(fitted.model, session, features)

    assert not found.passed
    assert found.worst_rows


def test_the_proof_is_the_same_every_time():
    fitted, session = exported(LIGHTGBM["binary"])
    features = rows("binary", 300, seed=2).features

    assert parity_check.prove(fitted.model, session, features) == parity_check.prove(
        fitted.model, session, features
    )


def test_many_real_rows_are_drawn_from(monkeypatch):
    monkeypatch.setattr(parity_check, "MAX_REAL_ROWS", 100)
    fitted, session = exported(LIGHTGBM["binary"])
    found = parity_check.prove(fitted.model, session, rows("binary", 300, seed=2).features)

    assert found.rows - found.hostile_rows == 100


def test_a_graph_without_an_answer_is_refused(tmp_path):
    (tmp_path / "recipes.py").write_text(
        """
from sklearn.compose import make_column_transformer
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder


def rare():
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=5)
    columns = make_column_transformer((encoder, ["origin", "carrier: code"]))
    return make_pipeline(columns, TruncatedSVD(2), LogisticRegression())
"""
    )
    fitted, session = exported("recipes:rare", project_dir=tmp_path)

    with pytest.raises(ExportRefused, match="no answer for some rows"):
        parity_check.prove(
            fitted.model, session, rows("binary", 300, seed=2, is_hostile=False).features
        )


def test_a_regression_is_measured_in_deviations_of_its_target():
    fitted = fit("regression", LIGHTGBM["regression"])
    session = Session(exporting.export(fitted.model, fitted.signature), fitted.signature)
    real = rows("regression", 300, seed=2)
    found = parity_check.prove(
        fitted.model, session, real.features, target_std=float(np.std(real.target))
    )

    assert found.limit == pytest.approx(1e-4 * np.std(real.target))
    assert found.passed
