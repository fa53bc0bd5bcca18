"""Transformers of scikit-learn that are refused, each with its reason."""

from __future__ import annotations

from typing import Any, NoReturn

from sklearn import decomposition as dec
from sklearn import ensemble, impute, manifold
from sklearn import feature_extraction as features
from sklearn import preprocessing as pre
from sklearn.feature_extraction import image, text

from workbench.engines.export.emission import Block, Emission, Transform, Unsupported

_SEARCH = "it codes each row by a search of its own"
_WORDS = "it cuts texts into words by a regular expression, which ONNX does not have"
_TARGET = "it transforms the target, not columns"
_BEFORE = "its members' answers are not made into features of another estimator"
_DICTS = "it takes dictionaries, not columns"

REASONS: dict[type[Any], str] = {
    dec.NMF: _SEARCH,
    dec.MiniBatchNMF: _SEARCH,
    dec.LatentDirichletAllocation: _SEARCH,
    text.CountVectorizer: _WORDS,
    text.TfidfVectorizer: _WORDS,
    text.HashingVectorizer: _WORDS,
    features.FeatureHasher: _DICTS,
    features.DictVectorizer: _DICTS,
    image.PatchExtractor: "it takes pictures, not columns",
    impute.KNNImputer: "of rows that are as near as each other it takes some by chance",
    manifold.Isomap: "far from the training rows all it answers is rounding",
    manifold.LocallyLinearEmbedding: "it solves equations anew for each row",
    manifold.TSNE: "it has no answer for rows it has not seen",
    ensemble.StackingClassifier: _BEFORE,
    ensemble.StackingRegressor: _BEFORE,
    ensemble.VotingClassifier: _BEFORE,
    ensemble.VotingRegressor: _BEFORE,
    pre.LabelBinarizer: _TARGET,
    pre.LabelEncoder: _TARGET,
    pre.MultiLabelBinarizer: _TARGET,
}


def _refused(_emission: Emission, step: Any, _block: Block) -> NoReturn:
    raise Unsupported(REASONS[type(step)])


TRANSFORMS: dict[type[Any], Transform] = dict.fromkeys(REASONS, _refused)
