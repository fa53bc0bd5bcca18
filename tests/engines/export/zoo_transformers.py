"""How the zoo makes each of scikit-learn's transformers and outlier detectors, and on which rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier


@dataclass(frozen=True, slots=True)
class Case:
    """Forms of one estimator, all of them fitted on one kind of rows."""

    rows: str
    made: Callable[[type], list[Any]] = lambda kind: [kind()]
    before: tuple[Any, ...] = ()
    """Steps that make of the rows what the estimator takes."""
    is_last: bool = False
    """Whether no other step of a pipeline can follow it."""
    is_scaled: bool = False
    """Whether its numbers are standardised first."""


def with_params(*several: dict[str, Any]) -> Callable[[type], list[Any]]:
    """One form for each of `several` sets of parameters."""
    return lambda kind: [kind(**params) for params in several]


def _columns(_kind: type) -> list[Any]:
    encoder = OneHotEncoder(handle_unknown="ignore")
    by_name = ColumnTransformer(
        [("texts", encoder, ["origin", "carrier: code"]), ("rest", "drop", ["late"])],
        remainder=SimpleImputer(add_indicator=True),
        transformer_weights={"texts": 2.0},
    )
    by_kind = ColumnTransformer(
        [
            ("texts", encoder, make_column_selector(dtype_include=object)),
            ("numbers", SimpleImputer(), slice(2, 4)),
            ("last", "passthrough", [False, False, False, False, True]),
        ]
    )
    nested = ColumnTransformer(
        [
            (
                "inner",
                ColumnTransformer([("texts", encoder, [0])], remainder="passthrough"),
                [0, 3],
            ),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["few"]),
        ]
    )
    return [by_name, by_kind, nested]


_SMALL = {"n_components": 2}
_SEEDED = {"n_components": 2, "random_state": 0}
CASES: dict[str, Case] = {
    "AdditiveChi2Sampler": Case("counts", with_params({"sample_steps": 3}, {"sample_steps": 1})),
    "BernoulliRBM": Case("shares", with_params({**_SEEDED, "n_iter": 3})),
    "Binarizer": Case("numbers", with_params({"threshold": 0.5})),
    "Birch": Case("numbers", with_params({"threshold": 2.0})),
    "BisectingKMeans": Case("numbers", with_params({"n_clusters": 4, "random_state": 0})),
    "ColumnTransformer": Case("mixed", _columns),
    "DictionaryLearning": Case("numbers", with_params({**_SEEDED, "max_iter": 3})),
    "FactorAnalysis": Case("numbers", with_params(_SEEDED)),
    "FastICA": Case("numbers", with_params(_SEEDED)),
    "FeatureAgglomeration": Case("numbers", with_params({"n_clusters": 3})),
    "FeatureUnion": Case(
        "numbers",
        lambda kind: [
            kind(
                [("scaled", StandardScaler()), ("same", "passthrough"), ("none", "drop")],
                transformer_weights={"scaled": 0.5},
            )
        ],
    ),
    "FunctionTransformer": Case(
        "numbers",
        with_params(
            {},
            {"func": np.log1p},
            {"func": np.clip, "kw_args": {"a_min": 0.0, "a_max": 2.0}},
            {"func": np.nan_to_num},
        ),
    ),
    "GaussianRandomProjection": Case("numbers", with_params(_SEEDED)),
    "GenericUnivariateSelect": Case("numbers", with_params({"mode": "k_best", "param": 2})),
    "IncrementalPCA": Case("numbers", with_params(_SMALL, {**_SMALL, "whiten": True})),
    "IterativeImputer": Case(
        "holes",
        with_params({"max_iter": 3, "random_state": 0}, {"add_indicator": True, "max_iter": 2}),
    ),
    "KBinsDiscretizer": Case(
        "numbers",
        with_params(
            {"n_bins": 4, "quantile_method": "averaged_inverted_cdf"},
            {"encode": "ordinal", "strategy": "uniform"},
            {"encode": "onehot-dense", "strategy": "kmeans", "random_state": 0},
        ),
    ),
    "KMeans": Case("numbers", with_params({"n_clusters": 4, "random_state": 0, "n_init": 2})),
    "KNeighborsTransformer": Case(
        "numbers", with_params({"n_neighbors": 3}, {"mode": "connectivity", "n_neighbors": 2})
    ),
    "KernelCenterer": Case("kernel"),
    "KernelPCA": Case(
        "numbers",
        with_params(
            *({**_SMALL, "kernel": one} for one in ("linear", "rbf", "poly", "sigmoid", "cosine")),
        ),
        is_scaled=True,
    ),
    "MaxAbsScaler": Case("holes"),
    "MinMaxScaler": Case("holes", with_params({}, {"clip": True, "feature_range": (-1, 2)})),
    "MiniBatchDictionaryLearning": Case(
        "numbers", with_params({**_SEEDED, "transform_algorithm": "threshold", "max_iter": 3})
    ),
    "MiniBatchKMeans": Case(
        "numbers", with_params({"n_clusters": 4, "random_state": 0, "n_init": 2})
    ),
    "MiniBatchSparsePCA": Case("numbers", with_params({**_SEEDED, "max_iter": 3})),
    "MissingIndicator": Case("holes", with_params({}, {"features": "all"})),
    "NeighborhoodComponentsAnalysis": Case("numbers", with_params({**_SEEDED, "max_iter": 3})),
    "Normalizer": Case("numbers", with_params({}, {"norm": "l1"}, {"norm": "max"})),
    "Nystroem": Case(
        "numbers",
        with_params(
            *(
                {**_SEEDED, "n_components": 9, "kernel": one}
                for one in ("rbf", "laplacian", "polynomial")
            ),
        ),
        is_scaled=True,
    ),
    "OneHotEncoder": Case(
        "mixed",
        with_params(
            {"handle_unknown": "ignore"},
            {"handle_unknown": "infrequent_if_exist", "min_frequency": 12},
            {"handle_unknown": "ignore", "drop": "first", "sparse_output": False},
            {"handle_unknown": "error", "drop": "if_binary"},
        ),
    ),
    "OrdinalEncoder": Case(
        "mixed",
        with_params(
            {
                "handle_unknown": "use_encoded_value",
                "unknown_value": -1,
                "encoded_missing_value": -2,
                "min_frequency": 5,
            },
            {"encoded_missing_value": 9},
        ),
    ),
    "PCA": Case("numbers", with_params(_SMALL, {"whiten": True})),
    "PLSSVD": Case("numbers", with_params({"n_components": 1}), is_last=True),
    "PolynomialCountSketch": Case(
        "numbers", with_params({"n_components": 8, "degree": 3, "coef0": 1.0, "random_state": 0})
    ),
    "PolynomialFeatures": Case(
        "numbers", with_params({"degree": 3}, {"interaction_only": True, "include_bias": False})
    ),
    "PowerTransformer": Case("holes", with_params({}, {"standardize": False})),
    "QuantileTransformer": Case(
        "holes",
        with_params({"n_quantiles": 50}, {"n_quantiles": 40, "output_distribution": "normal"}),
    ),
    "RBFSampler": Case("numbers", with_params({**_SEEDED, "n_components": 9})),
    "RFE": Case("numbers", lambda kind: [kind(LogisticRegression(), n_features_to_select=2)]),
    "RFECV": Case("numbers", lambda kind: [kind(DecisionTreeClassifier(max_depth=2), cv=2)]),
    "RadiusNeighborsTransformer": Case(
        "numbers", with_params({"radius": 2.0}, {"mode": "connectivity", "radius": 3.0})
    ),
    "RandomTreesEmbedding": Case(
        "numbers", with_params({"n_estimators": 4, "max_depth": 3, "random_state": 0})
    ),
    "RobustScaler": Case(
        "holes", with_params({}, {"with_centering": False, "unit_variance": True})
    ),
    "SelectFdr": Case("numbers", with_params({"alpha": 0.5})),
    "SelectFpr": Case("numbers", with_params({"alpha": 0.5})),
    "SelectFromModel": Case("numbers", lambda kind: [kind(Ridge())]),
    "SelectFwe": Case("numbers", with_params({"alpha": 0.5})),
    "SelectKBest": Case("numbers", with_params({"k": 2})),
    "SelectPercentile": Case("numbers", with_params({"percentile": 50})),
    "SequentialFeatureSelector": Case("numbers", lambda kind: [kind(Ridge(), cv=2)]),
    "SimpleImputer": Case(
        "holes",
        with_params(
            {"strategy": "median", "add_indicator": True},
            {"strategy": "constant", "fill_value": 7.0, "keep_empty_features": True},
            {"strategy": "most_frequent"},
        ),
    ),
    "SkewedChi2Sampler": Case("counts", with_params({**_SEEDED, "skewedness": 0.5})),
    "SparseCoder": Case("numbers", with_params({"dictionary": np.eye(5)})),
    "SparsePCA": Case("numbers", with_params({**_SEEDED, "max_iter": 3})),
    "SparseRandomProjection": Case("numbers", with_params(_SEEDED)),
    "SplineTransformer": Case(
        "numbers",
        with_params(
            {},
            *({"degree": 2, "extrapolation": one} for one in ("linear", "continue", "periodic")),
            {"degree": 1, "extrapolation": "linear", "include_bias": False, "knots": "quantile"},
        ),
    ),
    "StandardScaler": Case("holes", with_params({}, {"with_mean": False}, {"with_std": False})),
    "TargetEncoder": Case("mixed", with_params({"random_state": 0})),
    "TfidfTransformer": Case("counts", with_params({}, {"sublinear_tf": True, "norm": "l1"})),
    "TruncatedSVD": Case("numbers", with_params(_SEEDED)),
    "VarianceThreshold": Case("holes", with_params({"threshold": 0.5})),
}
"""By name; those that predict too and are made of others are made by the zoo of predictors."""

DETECTORS: dict[str, Case] = {
    "EllipticEnvelope": Case("numbers", with_params({"random_state": 0})),
    "IsolationForest": Case(
        "holes",
        with_params(
            {"n_estimators": 8, "random_state": 0},
            {"n_estimators": 4, "max_features": 0.5, "contamination": 0.1, "random_state": 0},
        ),
    ),
    "LocalOutlierFactor": Case("numbers", with_params({"novelty": True})),
    "OneClassSVM": Case(
        "numbers", with_params({}, {"kernel": "poly"}, {"kernel": "linear"}), is_scaled=True
    ),
    "SGDOneClassSVM": Case("numbers", with_params({"random_state": 0}), is_scaled=True),
}
