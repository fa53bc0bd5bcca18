"""Estimators from pickles, joblib and skops files: trusted when somebody says so, kept as skops, or refused."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tests.engines.foreign import models
from workbench.engines import native
from workbench.engines.foreign import estimators, opening
from workbench.errors import ModelUnreadable


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_not_opened_without_trust(tmp_path):
    content = pickle.dumps(Bomb(tmp_path / "ran"))

    with pytest.raises(ModelUnreadable, match="it is a pickle and was not trusted"):
        opening.open_model(content, "model.pkl", trust=False)

    assert not (tmp_path / "ran").exists()


def test_a_skops_file_runs_nothing(tmp_path):
    content = pickle.dumps(Bomb(tmp_path / "ran"))

    with pytest.raises(ModelUnreadable, match="it is no skops file"):
        opening.open_model(content, "model.skops", trust=True)

    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("model.pkl", models.pickled),
        ("model.joblib", models.joblibbed),
        ("model.skops", models.skopsed),
    ],
)
def test_a_pipeline_answers_as_it_did(name, write):
    pipeline = models.pipeline()
    opened = opening.open_model(write(pipeline), name, trust=True)
    built = models.build(opened, *opened.features)

    assert opened.features == ("거리(km)", "seats", "carrier")
    assert opened.classes == ("0", "1")
    expected = pipeline.predict_proba(models.FRAME)[:, 1]
    assert np.abs(models.scores(built) - expected).max() < 1e-12


def test_what_came_as_a_pickle_is_kept_without_one():
    opened = estimators.read_pickle(models.pickled(models.pipeline()), "m.pkl", trust=True)
    built = models.build(opened, *opened.features)

    assert built.native is not None
    assert native.dump(built.native).startswith(b'{"format":"skops"')


def test_classes_keep_their_names():
    opened = estimators.opened(models.tree(), "model.pkl")

    assert (opened.task, opened.classes) == ("multiclass", ("early", "late", "on time"))
    assert (opened.features, opened.count) == ((), 2)


@pytest.mark.parametrize(
    ("model", "names"),
    [
        (models.linear(), ("거리(km)", "seats")),
        (models.booster(), ("거리(km)", "seats", "carrier")),
        (models.booster().booster_, ("거리(km)", "seats", "carrier")),
        (
            IsolationForest(n_estimators=5, random_state=0).fit(models.NUMBERS),
            ("거리(km)", "seats"),
        ),
        (
            GridSearchCV(LogisticRegression(), {"C": [0.1]}, cv=2).fit(
                models.NUMBERS, models.TARGET
            ),
            ("거리(km)", "seats"),
        ),
    ],
    ids=["a regressor", "LightGBM's wrapper", "a booster", "an outlier detector", "a search"],
)
def test_other_estimators_are_taken_too(model, names):
    opened = estimators.opened(model, "model.pkl")

    assert np.isfinite(models.scores(models.build(opened, *names))).all()
    assert opened.is_measured is not isinstance(model, IsolationForest)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"a": 1}, "it holds a builtins.dict, which is no estimator"),
        (LogisticRegression(), "its LogisticRegression is not fitted"),
        (KMeans(2, n_init=1).fit(models.NUMBERS), "its KMeans is no classifier, regressor"),
    ],
    ids=["a mapping", "not fitted", "a clustering"],
)
def test_what_is_no_fitted_model_is_refused(found, said):
    with pytest.raises(ModelUnreadable, match=said):
        estimators.opened(found, "model.pkl")


def own_rule(values):
    return values * 2


def test_a_pipeline_with_code_of_its_own_is_refused_by_name():
    pipeline = make_pipeline(FunctionTransformer(own_rule), LogisticRegression())
    opened = estimators.opened(pipeline.fit(models.NUMBERS, models.TARGET), "model.pkl")

    with pytest.raises(ModelUnreadable, match="own_rule"):
        models.build(opened, "거리(km)", "seats")


def test_a_skops_file_with_other_types_names_them():
    pipeline = make_pipeline(FunctionTransformer(own_rule), LogisticRegression())
    content = models.skopsed(pipeline.fit(models.NUMBERS, models.TARGET))

    with pytest.raises(ModelUnreadable, match=r"types that are not of scikit-learn.*own_rule"):
        estimators.read_skops(content, "model.skops")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x04K"], ids=["nothing", "text", "cut"])
def test_a_file_that_is_no_pickle_is_refused(content):
    with pytest.raises(ModelUnreadable, match="it cannot be loaded"):
        estimators.read_pickle(content, "model.pkl", trust=True)


def test_another_scikit_learn_is_noted():
    model = models.linear()
    content = models.pickled(model)
    older = content.replace(model.__getstate__()["_sklearn_version"].encode(), b"1.4.2")
    opened = estimators.read_pickle(older, "model.pkl", trust=True)

    assert opened.notes[0].startswith("Written by scikit-learn 1.4.2 and read by")


def test_other_files_are_refused_by_their_names():
    with pytest.raises(ModelUnreadable, match=r"'\.h5' is none of \.onnx, \.txt"):
        opening.open_model(b"", "model.h5", trust=True)
