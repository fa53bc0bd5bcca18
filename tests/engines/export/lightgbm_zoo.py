"""LightGBM's variants for the zoo: every objective, way of boosting and treatment of values."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import Any

import lightgbm
import numpy as np
from numpy.typing import NDArray

from storage.records import InputType
from tests.engines.export import zoo_rows
from workbench.engines.native import BoosterModel, encoded

RANKED = {"lambdarank", "rank_xendcg"}
_USUAL = {
    "min_child_samples": 3,
    "min_data_per_group": 2,
    "cat_smooth": 1.0,
    "verbosity": -1,
    "num_threads": 1,
}
_FOREST = {"boosting": "rf", "bagging_freq": 1, "bagging_fraction": 0.6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Trees of LightGBM by their parameters."""

    name: str
    task: str
    params: dict[str, Any] = field(default_factory=dict)
    rows: str = "mixed"
    """Which of `zoo_rows.KINDS` it learns from."""
    rounds: int = 12

    def trained(self) -> tuple[BoosterModel, zoo_rows.Columns, NDArray]:
        """The model, and the typed rows and the target it learnt from."""
        columns = zoo_rows.KINDS[self.rows]()
        target = self._target(columns)
        signature, rows = zoo_rows.typed_rows(self.task, columns)
        texts = [at for at, one in enumerate(signature.inputs) if one.type is InputType.STRING]
        booster = self._booster(encoded(signature, rows), target, texts)
        return BoosterModel(signature=signature, booster=booster), rows, target

    def _target(self, columns: zoo_rows.Columns) -> NDArray:
        found = zoo_rows.target(self.task, columns).astype(float)
        if self.params["objective"] == "cross_entropy_lambda":
            return found / found.max()
        return np.minimum(np.floor(found), 3.0) if self._is_ranked else found

    @property
    def _is_ranked(self) -> bool:
        return self.params["objective"] in RANKED

    def _booster(
        self, matrix: NDArray[np.float64], target: NDArray, texts: list[int]
    ) -> lightgbm.Booster:
        params = {**_USUAL, **self.params}
        if params["objective"] == "custom":
            params["objective"] = _squared
        if self.task == "multiclass":
            params["num_class"] = 3
        categories = params.pop("categorical_feature", texts)
        group = [len(target)] if self._is_ranked else None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            data = lightgbm.Dataset(matrix, target, group=group, categorical_feature=categories)
            shuffled = np.random.default_rng(0).permutation(target)
            watched = [data.create_valid(matrix, shuffled, group=group)]
            stops_early = "early_stopping_rounds" in params
            return lightgbm.train(
                params, data, self.rounds, valid_sets=watched if stops_early else None
            )


def _squared(scores: NDArray, data: lightgbm.Dataset) -> tuple[NDArray, NDArray]:
    return scores - data.get_label(), np.ones(len(scores))


VARIANTS: tuple[Variant, ...] = (
    Variant(name="binary", task="binary", params={"objective": "binary"}),
    Variant(
        name="binary, sigmoid 2.5", task="binary", params={"objective": "binary", "sigmoid": 2.5}
    ),
    Variant(
        name="binary, is_unbalance",
        task="binary",
        params={"objective": "binary", "is_unbalance": True},
    ),
    Variant(name="cross_entropy", task="binary", params={"objective": "cross_entropy"}),
    Variant(
        name="cross_entropy_lambda",
        task="regression",
        params={"objective": "cross_entropy_lambda"},
        rows="shares",
    ),
    Variant(name="multiclass", task="multiclass", params={"objective": "multiclass"}),
    Variant(
        name="multiclassova, sigmoid 0.7",
        task="multiclass",
        params={"objective": "multiclassova", "sigmoid": 0.7},
    ),
    *(
        Variant(name=objective, task="regression", params={"objective": objective})
        for objective in (
            "regression",
            "regression_l1",
            "huber",
            "fair",
            "mape",
            "quantile",
            "poisson",
            "gamma",
            "tweedie",
        )
    ),
    Variant(
        name="regression, reg_sqrt",
        task="regression",
        params={"objective": "regression", "reg_sqrt": True},
    ),
    *(
        Variant(name=f"{objective} (raw score)", task="regression", params={"objective": objective})
        for objective in sorted(RANKED)
    ),
    Variant(
        name="a custom objective (raw score)", task="regression", params={"objective": "custom"}
    ),
    Variant(name="a custom objective of classes", task="binary", params={"objective": "custom"}),
    Variant(name="rf, binary", task="binary", params={"objective": "binary", **_FOREST}),
    Variant(
        name="rf, multiclass", task="multiclass", params={"objective": "multiclass", **_FOREST}
    ),
    Variant(
        name="rf, regression", task="regression", params={"objective": "regression", **_FOREST}
    ),
    Variant(name="dart", task="binary", params={"objective": "binary", "boosting": "dart"}),
    Variant(
        name="goss",
        task="binary",
        params={"objective": "binary", "data_sample_strategy": "goss", "learning_rate": 0.5},
    ),
    Variant(name="extra_trees", task="binary", params={"objective": "binary", "extra_trees": True}),
    Variant(
        name="early stopping",
        task="binary",
        params={"objective": "binary", "early_stopping_rounds": 2},
        rounds=50,
    ),
    Variant(
        name="zero_as_missing",
        task="binary",
        params={"objective": "binary", "zero_as_missing": True},
    ),
    Variant(
        name="use_missing=false",
        task="binary",
        params={"objective": "binary", "use_missing": False},
    ),
    Variant(name="missing numbers", task="binary", params={"objective": "binary"}, rows="holes"),
    Variant(
        name="max_bin=2",
        task="binary",
        params={"objective": "binary", "max_bin": 2},
        rows="numbers",
    ),
    Variant(
        name="monotone constraints",
        task="binary",
        params={"objective": "binary", "monotone_constraints": [1, -1, 0, 0, 0]},
        rows="holes",
    ),
    Variant(
        name="categories one by one",
        task="binary",
        params={"objective": "binary", "max_cat_to_onehot": 100},
    ),
    Variant(
        name="categories in sets",
        task="binary",
        params={"objective": "binary", "max_cat_to_onehot": 1},
    ),
    Variant(
        name="whole numbers as categories",
        task="binary",
        params={"objective": "binary", "categorical_feature": [0, 1, 2, 3]},
        rows="codes",
    ),
    Variant(
        name="trees of one leaf",
        task="binary",
        params={"objective": "binary", "min_child_samples": 5000},
    ),
    Variant(
        name="linear_tree",
        task="regression",
        params={"objective": "regression", "linear_tree": True},
        rows="numbers",
    ),
)
