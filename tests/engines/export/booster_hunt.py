"""Hunts for differences between LightGBM and its export: made-up models of every kind, asked what is hostile.

`python -m tests.engines.export.booster_hunt FIRST LAST` goes on for long; the suite tries some seeds.
"""

from __future__ import annotations

import sys
import warnings
from dataclasses import dataclass

import lightgbm
import numpy as np

from storage.records import InputColumn, InputType, Signature
from workbench.engines.export.boosters import boosters
from workbench.engines.native import BoosterModel
from workbench.engines.onnx_session import Session

OBJECTIVES = {
    "binary": "binary",
    "cross_entropy": "binary",
    "multiclass": "multiclass",
    "multiclassova": "multiclass",
    **dict.fromkeys(
        (
            "regression",
            "regression_l1",
            "huber",
            "fair",
            "quantile",
            "mape",
            "poisson",
            "gamma",
            "tweedie",
            "cross_entropy_lambda",
            "lambdarank",
            "rank_xendcg",
            "custom",
        ),
        "regression",
    ),
}
SUMS = {
    "regression",
    "regression_l1",
    "huber",
    "fair",
    "quantile",
    "mape",
    "lambdarank",
    "rank_xendcg",
    "custom",
}
"""Objectives whose answers are the sums of the trees, or their squares."""
ULPS = 4
SPECIAL = np.array(
    [
        *(np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-35, -1e-35, 1e-36, 5e-324, -5e-324, 1e300, 1e39),
        *(float(np.finfo(float).max), float(np.finfo(float).min), float(np.finfo(np.float32).max)),
        *(2.0**24 + 1, 2.0**53 + 1, 2.0**63, 2.0**31, -(2.0**31) - 1),
    ]
)
CLASSES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A made-up model, and how far off its graph is."""

    params: dict[str, object]
    ulps: float
    """Largest difference, in units of 2^-52 of the value."""
    flips: int
    alone_differ: int
    """Rows that answer otherwise alone than among others."""

    @property
    def is_exact(self) -> bool:
        """To the last bit where the sums are the answer; functions of them may differ in the last places."""
        if self.params["objective"] in SUMS:
            return self.ulps == 0 and not self.alone_differ
        return self.ulps <= ULPS and not self.flips


def hunt(seed: int, *, rows: int = 400) -> Found:
    """Trains a model that `seed` decides, exports it, and asks both what is hostile to it."""
    rng = np.random.default_rng(seed)
    matrix, categories = _matrix(rng)
    params = _params(rng, matrix.shape[1])
    booster = _trained(rng, matrix, categories, params)
    model = _model(rng, booster, categories, OBJECTIVES[str(params["objective"])])
    asked = _asked(rng, model, matrix, rows)
    session = Session(boosters.export(model), model.signature)
    return _compared(model, session, asked, params)


def _matrix(rng):
    """Columns of every kind, and which of them hold categories."""
    n = int(rng.choice([3, 20, 150, 400]))
    makers = [
        lambda: rng.normal(size=n),
        lambda: rng.integers(-3, 4, n).astype(float),
        lambda: rng.integers(1_600_000_000, 1_700_000_000, n).astype(float),
        lambda: np.where(rng.random(n) < 0.7, 0.0, rng.normal(size=n)),
        lambda: np.where(rng.random(n) < 0.3, np.nan, rng.normal(size=n)),
        lambda: rng.choice([-2e-35, -1e-35, -1e-36, 0.0, 5e-324, 1e-36, 1e-35, 2e-35], n),
        lambda: rng.choice([np.inf, -np.inf, 0.0, 1.0, 1e300, -1e300], n),
        lambda: np.full(n, 7.0),
        lambda: np.where(rng.random(n) < 0.4, np.nan, 1.0),
        lambda: np.exp(rng.normal(size=n) * 50),
        lambda: rng.random(n).astype(np.float32).astype(float),
    ]
    coded = [
        lambda: rng.integers(0, 8, n).astype(float),
        lambda: rng.integers(0, 100, n).astype(float),
        lambda: rng.choice([0.0, 1.0, 63.0, 64.0, 65.0, 300.0, 2000.0], n),
        lambda: rng.choice([0.0, 1.0, 2.0, 3.5, -1.0, np.nan], n),
        lambda: rng.integers(0, 2, n).astype(float),
    ]
    numbers = [makers[at]() for at in rng.integers(0, len(makers), rng.integers(0, 5))]
    codes = [coded[at]() for at in rng.integers(0, len(coded), rng.integers(0, 4))]
    columns = numbers + codes or [rng.normal(size=n)]
    return np.column_stack(columns), list(range(len(numbers), len(numbers) + len(codes)))


def _params(rng, columns):
    objective = str(rng.choice(list(OBJECTIVES)))
    params = {
        "objective": objective,
        "boosting": str(rng.choice(["gbdt", "gbdt", "dart", "rf"])),
        "num_leaves": int(rng.choice([2, 5, 31])),
        "min_data_in_leaf": int(rng.choice([1, 1, 5, 20])),
        "min_sum_hessian_in_leaf": 0.0,
        "max_bin": int(rng.choice([2, 15, 255])),
        "min_data_in_bin": int(rng.choice([1, 3])),
        "zero_as_missing": bool(rng.random() < 0.3),
        "use_missing": bool(rng.random() < 0.8),
        "extra_trees": bool(rng.random() < 0.2),
        "min_data_per_group": 1,
        "cat_smooth": float(rng.choice([0.0, 10.0])),
        "cat_l2": 0.0,
        "max_cat_to_onehot": int(rng.choice([1, 4, 50])),
        "max_cat_threshold": int(rng.choice([2, 32, 200])),
        "boost_from_average": bool(rng.random() < 0.7),
        "learning_rate": float(rng.choice([0.1, 0.5, 3.0])),
        "path_smooth": float(rng.choice([0.0, 1.0])),
        "seed": int(rng.integers(1000)),
        "verbosity": -1,
        "num_threads": 1,
        "feature_pre_filter": False,
    }
    if params["boosting"] == "rf" and objective == "custom":
        params["boosting"] = "gbdt"
    if params["boosting"] == "rf":
        params |= {"bagging_freq": 1, "bagging_fraction": 0.6}
    elif params["boosting"] == "gbdt" and rng.random() < 0.3:
        params["data_sample_strategy"] = "goss"
    if OBJECTIVES[objective] == "multiclass":
        params["num_class"] = CLASSES
    if objective in {"binary", "multiclassova"}:
        params["sigmoid"] = float(rng.choice([0.3, 1.0, 2.5]))
    if objective in {"regression", "regression_l1", "fair"}:
        params["reg_sqrt"] = bool(rng.random() < 0.4)
    if rng.random() < 0.2 and objective != "mape":
        params["monotone_constraints"] = [0] * columns
        params["monotone_constraints"][0] = int(rng.choice([-1, 1]))
    return params


def _trained(rng, matrix, categories, params):
    n = len(matrix)
    first = np.nan_to_num(matrix, posinf=1.0, neginf=-1.0)
    signal = np.tanh(first).sum(axis=1) + rng.normal(size=n)
    kind = OBJECTIVES[params["objective"]]
    if kind == "multiclass":
        target = np.digitize(signal, np.quantile(signal, [0.3, 0.6])).astype(float)
    elif kind == "binary" or params["objective"] == "cross_entropy_lambda":
        target = (signal > np.median(signal)).astype(float)
    elif params["objective"] in {"lambdarank", "rank_xendcg"}:
        target = np.digitize(signal, np.quantile(signal, [0.5, 0.8])).astype(float)
    else:
        target = np.abs(signal) + 0.1
    if params["objective"] in {"regression", "huber"}:
        target = target * 1000.0 - 500.0
    usual = {**params, "monotone_constraints_method": "basic"}
    if params["objective"] == "custom":
        usual["objective"] = lambda scores, data: (scores - data.get_label(), np.ones(n))
    if "monotone_constraints" in params and 0 in categories:
        usual.pop("monotone_constraints")
    ranked = params["objective"] in {"lambdarank", "rank_xendcg"}
    data = lightgbm.Dataset(
        matrix,
        target,
        group=[n] if ranked else None,
        categorical_feature=categories,
        params={**usual, "objective": "none"},
    )
    early = rng.random() < 0.3 and params["boosting"] == "gbdt" and params["objective"] != "custom"
    stops = [lightgbm.early_stopping(1, verbose=False)] if early else []
    watched = [data.create_valid(matrix, rng.permutation(target), group=[n] if ranked else None)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lightgbm.train(
            usual,
            data,
            int(rng.integers(1, 9)),
            valid_sets=watched if early else None,
            callbacks=stops,
        )


def _model(rng, booster, categories, task):
    """The model, whose columns of categories may be texts for the caller."""
    count = booster.num_feature()
    is_text = [at in categories and rng.random() < 0.4 for at in range(count)]
    inputs = tuple(
        InputColumn(
            name=f"x {at}",
            graph_name=f"x_{at}",
            type=InputType.STRING if text else InputType.NUMBER,
            nullable=True,
            minimum=None,
            maximum=None,
            categories=tuple(f"k{code:03}" for code in range(50)) if text else (),
        )
        for at, text in enumerate(is_text)
    )
    classes = {"binary": ("0", "1"), "multiclass": ("a", "b", "c")}.get(task, ())
    signature = Signature(task=task, inputs=inputs, classes=classes)
    return BoosterModel(signature=signature, booster=booster)


def _asked(rng, model, matrix, rows):
    """Rows of values at which something may change."""
    edges = boosters.thresholds(model)
    found = {}
    for at, column in enumerate(model.signature.inputs):
        if column.type is InputType.STRING:
            known = np.array([*column.categories[:12], "", "other", "K000"], object)
            found[column.name] = rng.choice(known, rows)
            continue
        at_edge = edges.get(column.name, np.zeros(1))
        with np.errstate(over="ignore"):
            beside = [np.nextafter(at_edge, np.inf), np.nextafter(at_edge, -np.inf)]
        pool = np.concatenate(
            [
                SPECIAL,
                matrix[:, at],
                at_edge,
                *beside,
                at_edge + 0.5,
                -at_edge,
                at_edge + 1,
            ]
        )
        usual = rng.choice(matrix[:, at], rows)
        found[column.name] = np.where(rng.random(rows) < 0.6, rng.choice(pool, rows), usual)
    return found


def _compared(model, session, asked, params):
    native = model.scores(asked)
    got = session.scores(asked)
    with np.errstate(all="ignore"):
        gaps = np.abs(native - got) / np.maximum(np.abs(native), np.finfo(float).tiny) * 2**52
    gaps[(native == got) | (np.isnan(native) & np.isnan(got))] = 0
    flips = 0
    if model.signature.classes:
        codes = (
            np.where(native > 0.5, 1, 0) if native.ndim == 1 else np.argmax(native, axis=1)
        ).tolist()
        names = tuple(model.signature.classes[code] for code in codes)
        flips = sum(a != b for a, b in zip(names, session.predict(asked).labels, strict=True))
    alone = [
        session.scores({name: values[row : row + 1] for name, values in asked.items()})
        for row in range(20)
    ]
    differ = sum(
        not np.array_equal(one[0], among, equal_nan=True)
        for one, among in zip(alone, got, strict=False)
    )
    return Found(params=params, ulps=float(np.max(gaps)), flips=flips, alone_differ=differ)


if __name__ == "__main__":
    worst = 0.0
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        try:
            met = hunt(number)
        except lightgbm.basic.LightGBMError:  # it cannot train with such parameters
            continue
        worst = max(worst, met.ulps)
        if not met.is_exact:
            sys.stdout.write(f"{number} {met}\n")
    sys.stdout.write(f"The largest difference is {worst:.1f} units in the last place.\n")
