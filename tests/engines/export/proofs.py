"""Proofs of scikit-learn's estimators on made-up rows, behind the built-in preprocessing or another."""

from __future__ import annotations

import warnings
from functools import cache

import numpy as np
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

from tests.engines.synthetic import rows
from workbench.engines import parity_check, preprocessing, training_set
from workbench.engines.export import exporting
from workbench.engines.native import PipelineModel, frame, one_thread
from workbench.engines.onnx_session import Session

TASKS = ("binary", "multiclass")
TEXTS = ["origin", "carrier: code"]
HOSTILE_ROWS, SINGLE_ROWS = 600, 40
"""Fewer than a registration asks, so that many estimators can be asked."""
NUMBERS = ["거리(km)", "x", "nan", "stops", "late"]


def proof(task, estimator, *, before=None, target=None, train_rows=300):
    """Fits `estimator` and proves its export on rows it was not trained on.

    `before` are the steps before it: None for the built-in preprocessing, [] for the raw columns.
    """
    model = fitted(task, estimator, before=before, target=target, train_rows=train_rows)
    session = Session(exporting.export(model, model.signature), model.signature)
    real = rows(task, 150, seed=2, is_hostile=False)
    spread = float(np.std(real.target)) if task == "regression" else None
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as fewer:
        warnings.simplefilter("ignore")
        fewer.setattr(parity_check, "HOSTILE_ROWS", HOSTILE_ROWS)
        fewer.setattr(parity_check, "SINGLE_ROWS", SINGLE_ROWS)
        return parity_check.prove(
            model, session, real.features, target_std=spread, threshold_values={}
        )


def fitted(task, estimator, *, before=None, target=None, train_rows=300):
    """The model of `estimator` behind the steps `before`; `target` makes something else of the target."""
    known = _known(task, train_rows)
    first = [preprocessing.built_in(known.signature, is_sparse=False)] if before is None else before
    pipeline = make_pipeline(*first, estimator)
    answers = known.train_target if task == "regression" else known.train_target.astype(int)
    with warnings.catch_warnings(), one_thread():
        warnings.simplefilter("ignore")
        pipeline.fit(frame(known.train), answers if target is None else target(answers))
    return PipelineModel(signature=known.signature, pipeline=pipeline, is_built_in=before is None)


def deprecated(kind, **params):
    """An estimator that scikit-learn will do without one day."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        return kind(**params)


def as_table(target):
    """A target of one column, as estimators of several targets take it."""
    return target.reshape(-1, 1)


def scaled(scaler, *, texts=True):
    """Numbers without holes, scaled, and texts as yes or no."""
    parts = [(make_pipeline(SimpleImputer(strategy="median"), scaler), NUMBERS)]
    if texts:
        parts.append((OneHotEncoder(handle_unknown="ignore", sparse_output=False), TEXTS))
    return [make_column_transformer(*parts)]


def with_holes(unknown=np.nan):
    """Texts as codes, then numbers as they are."""
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=unknown)
    return [make_column_transformer((codes, TEXTS), ("passthrough", NUMBERS))]


def nested(estimator, task="binary"):
    """`estimator` behind the built-in preprocessing, as one estimator over raw columns."""
    columns = preprocessing.built_in(_known(task, 300).signature, is_sparse=False)
    return Pipeline([("columns", columns), ("model", estimator)])


@cache
def _known(task, train_rows):
    return training_set.prepare(
        task, rows(task, train_rows, is_hostile=False), rows(task, 50, seed=1, is_hostile=False)
    )
