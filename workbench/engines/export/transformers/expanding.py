"""Features from features: products of powers, weighted counts, chosen and pooled columns, in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import feature_selection as chosen
from sklearn.cluster import FeatureAgglomeration
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.preprocessing import PolynomialFeatures

from workbench.engines.export.composing import picked
from workbench.engines.export.emission import Block, Emission, Transform, Unsupported
from workbench.engines.export.tensors import numbers
from workbench.engines.export.transformers.scaling import normalised


def _polynomials(emission: Emission, step: PolynomialFeatures, block: Block) -> str:
    """Products of up to `degree` columns, multiplied in scikit-learn's order: the first one last."""
    matrix = emission.tensor(block)
    one = step.n_features_in_
    factors = [np.repeat(np.arange(one), powers) for powers in step.powers_.astype(np.int64)]
    degree = max([1, *map(len, factors)])
    # A column of ones fills up the products of fewer columns.
    padded = np.array([[*places, *([one] * (degree - len(places)))] for places in factors])
    ones = matrix.column(0).of("Shape").of("ConstantOfShape").double() + 1.0
    filled = matrix.of("Concat", ones, axis=1)
    product = filled.columns(padded[:, -1])
    for at in range(degree - 2, -1, -1):
        product = product * filled.columns(padded[:, at])
    return product.name


def _selected(emission: Emission, step: Any, block: Block) -> Block:
    places = np.flatnonzero(step.get_support())
    if not len(places):
        raise Unsupported("it chose no column at all")
    return picked(emission, block, places.tolist())


def _weighted_counts(emission: Emission, step: TfidfTransformer, block: Block) -> str:
    counts = emission.tensor(block)
    if step.sublinear_tf:
        is_zero = counts.equals(0.0)
        counts = is_zero.where(0.0, is_zero.where(1.0, counts).of("Log") + 1.0)
    if step.use_idf:
        counts = counts * np.asarray(step.idf_)
    return (normalised(counts, step.norm) if step.norm else counts).name


def _pooled(emission: Emission, step: FeatureAgglomeration, block: Block) -> str:
    if step.pooling_func is not np.mean:
        raise Unsupported("it pools columns by another function than numpy.mean")
    members = numbers(step.labels_[:, None] == np.arange(step.n_clusters_))
    total = emission.tensor(block) @ members
    return (total / numbers(members.sum(axis=0))).name


TRANSFORMS: dict[type[Any], Transform] = {
    PolynomialFeatures: _polynomials,
    TfidfTransformer: _weighted_counts,
    FeatureAgglomeration: _pooled,
} | dict.fromkeys(
    (
        chosen.GenericUnivariateSelect,
        chosen.RFE,
        chosen.RFECV,
        chosen.SelectFdr,
        chosen.SelectFpr,
        chosen.SelectFromModel,
        chosen.SelectFwe,
        chosen.SelectKBest,
        chosen.SelectPercentile,
        chosen.SequentialFeatureSelector,
        chosen.VarianceThreshold,
    ),
    _selected,
)
