"""Rows made up for the tests: every type of column a store gives, with all that is hostile in them."""

from __future__ import annotations

import numpy as np

from workbench.config import RecipeConfig
from workbench.engines import training
from workbench.engines.rows import Rows

LIGHTGBM = {
    "binary": "lightgbm.LGBMClassifier",
    "multiclass": "lightgbm.LGBMClassifier",
    "regression": "lightgbm.LGBMRegressor",
}


def rows(task: str, n: int = 800, *, seed: int = 0, is_hostile: bool = True) -> Rows:
    """Rows whose target follows from `x`, `nan` and `carrier`, with noise."""
    rng = np.random.default_rng(seed)
    holes = np.where(rng.random(n) < 0.2, np.nan, rng.normal(size=n))
    names = np.array([f"k{i}" for i in range(40)] + [None], object)
    carrier = np.minimum(rng.geometric(0.08, n), 40)
    features = {
        "거리(km)": rng.normal(1e9, 1e3, n),
        "x": np.where(rng.random(n) < 0.5, 0.0, rng.normal(size=n)),
        "nan": holes,
        "stops": np.ma.masked_array(rng.integers(-5, 50, n), mask=rng.random(n) < 0.1),
        "late": rng.random(n) < 0.3,
        "carrier: code": names[carrier],
        "origin": np.array(["EWR", "JFK"], object)[rng.integers(0, 2, n)],
    }
    if is_hostile:
        features["inf"] = np.where(rng.random(n) < 0.05, np.inf, rng.lognormal(size=n))
    signal = features["x"] + np.nan_to_num(holes) + (carrier % 7) / 3 + rng.normal(size=n) / 2
    return Rows(features=features, target=_target(task, signal))


def fit(task: str, model: str, params=None, **changed):
    """A model on made-up rows; `changed` are arguments of `training.fit`."""
    is_hostile = model.startswith("lightgbm")
    arguments = {
        "task": task,
        "train": rows(task, is_hostile=is_hostile),
        "test": rows(task, 400, seed=1, is_hostile=is_hostile),
        "seed": 7,
        "metric": "",
        "project_dir": None,
        "report": lambda _: None,
    }
    recipe = RecipeConfig(name="made", model=model, params=params or {})
    return training.fit(recipe, **{**arguments, **changed})


def _target(task: str, signal):
    if task == "binary":
        return signal > np.median(signal)
    if task == "multiclass":
        return np.array(["a", "b", "c"], object)[np.digitize(signal, [0.5, 1.5])]
    return np.abs(signal) + 0.1
