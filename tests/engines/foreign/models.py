"""A few rows, and models that somebody trained on them with nothing of ours."""

from __future__ import annotations

import io
import pickle
from typing import Any

import joblib
import lightgbm
import numpy as np
import pandas as pd
import skops.io
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from storage.records import Signature
from workbench.core import signature as signatures
from workbench.core.columns import typed
from workbench.engines.foreign.opened import Built, Opened
from workbench.engines.onnx_session import Session

ROWS = 300
_rng = np.random.default_rng(5)
FRAME = pd.DataFrame(
    {
        "거리(km)": np.round(_rng.normal(size=ROWS) * 100, 1),
        "seats": _rng.integers(1, 60, ROWS),
        "carrier": _rng.choice(["UA", "AA", "DL"], ROWS),
    }
)
NUMBERS = FRAME[["거리(km)", "seats"]]
TARGET = ((FRAME["거리(km)"] > 0) ^ (FRAME["carrier"] == "DL")).astype(int).to_numpy()
THREE = np.digitize(FRAME["거리(km)"], [-50, 50])
NAMED_THREE = np.array(["early", "late", "on time"])[THREE]
VALUES = FRAME["거리(km)"].to_numpy() * 2 + FRAME["seats"].to_numpy()


def columns(*names: str) -> dict[str, np.ndarray]:
    """Columns of the rows as the store gives them."""
    return {
        name: np.asarray(FRAME[name].tolist(), object if name == "carrier" else None)
        for name in names or FRAME.columns
    }


def signature(
    *names: str, task: str = "binary", classes: tuple[str, ...] = ("0", "1")
) -> Signature:
    """What a model over these columns takes."""
    return signatures.infer(columns(*names), task=task, classes=classes)


def build(opened: Opened, *names: str) -> Built:
    """A model from elsewhere over some of the columns."""
    task = opened.task or "regression"
    count = opened.class_count if task != "regression" else 0
    classes = opened.classes or tuple(map(str, range(count)))
    return opened.build(signature(*names, task=task, classes=classes))


def scores(built: Built) -> np.ndarray:
    """What its graph answers to the rows."""
    session = Session(built.graph, built.signature)
    return session.scores(typed(built.signature, columns()))


def booster(**params: Any) -> lightgbm.LGBMClassifier:
    """Trees over the frame, its texts as categories."""
    frame = FRAME.rename(columns={"거리(km)": "거리 km"}).astype({"carrier": "category"})
    model = lightgbm.LGBMClassifier(n_estimators=5, num_leaves=7, verbose=-1, **params)
    return model.fit(frame, TARGET)


def text_of(model: lightgbm.LGBMModel) -> bytes:
    """What LightGBM writes into a file."""
    return model.booster_.model_to_string().encode()


def pipeline() -> Pipeline:
    """A pipeline over numbers and texts."""
    mixed = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["carrier"]),
        (StandardScaler(), ["거리(km)", "seats"]),
    )
    return make_pipeline(mixed, LogisticRegression()).fit(FRAME, TARGET)


def linear() -> LinearRegression:
    """A line over an array, which has no names."""
    return LinearRegression().fit(NUMBERS.to_numpy(), VALUES)


def tree() -> DecisionTreeClassifier:
    """Three named classes over an array."""
    return DecisionTreeClassifier(max_depth=3, random_state=0).fit(NUMBERS.to_numpy(), NAMED_THREE)


def pickled(model: object) -> bytes:
    """A pickle."""
    return pickle.dumps(model)


def joblibbed(model: object) -> bytes:
    """What joblib writes, packed."""
    into = io.BytesIO()
    joblib.dump(model, into, compress=3)
    return into.getvalue()


def skopsed(model: object) -> bytes:
    """What skops writes."""
    return bytes(skops.io.dumps(model))
