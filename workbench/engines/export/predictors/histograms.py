"""scikit-learn's histogram boosting as one exact TreeEnsemble in double, categories included."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn import ensemble as ens

from workbench.engines.export.composing import picked
from workbench.engines.export.emission import Block, Compose, Emission, Unsupported
from workbench.engines.export.ensembles import Ensemble
from workbench.engines.export.tensors import Tensor
from workbench.engines.export.trees import Nodes, add_start, add_tree


def _raw(emission: Emission, estimator: Any, block: Block) -> Tensor:
    """The start plus what each tree adds, (n, 1) or (n, classes)."""
    if not isinstance(estimator.loss, str):
        raise Unsupported("its loss is not of scikit-learn's own")
    # scikit-learn keeps these trees and their start in private places, and nowhere else.
    stages, origin = estimator._predictors, estimator._baseline_prediction  # noqa: SLF001
    ensemble = Ensemble()
    add_start(ensemble, np.asarray(origin, np.float64).reshape(-1))
    for stage in stages:
        for target, predictor in enumerate(stage):
            add_tree(ensemble, _binned(predictor), target)
    matrix = _matrix(emission, estimator, block)
    return Tensor(emission.graph, ensemble.emit(emission.graph, matrix, targets=len(stages[0])))


def _matrix(emission: Emission, estimator: Any, block: Block) -> str:
    """The features as the trees see them: categories first, as codes, NaN where they are unknown."""
    steps = estimator._preprocessor  # noqa: SLF001
    if steps is None:
        return emission.matrix(block)
    is_category = np.asarray(estimator.is_categorical_, np.bool_)
    encoder = steps.named_transformers_["encoder"]
    categories = picked(emission, block, np.flatnonzero(is_category).tolist())
    codes = emission.outputs(encoder, categories)
    if is_category.all():
        return emission.matrix(codes)
    numbers = picked(emission, block, np.flatnonzero(~is_category).tolist())
    return emission.matrix([*codes, *numbers])


def _binned(predictor: Any) -> Nodes:
    nodes = predictor.nodes
    is_leaf = nodes["is_leaf"].astype(np.bool_)
    by_category = np.flatnonzero(nodes["is_categorical"].astype(np.bool_) & ~is_leaf)
    return Nodes(
        features=nodes["feature_idx"].astype(np.int64),
        thresholds=nodes["num_threshold"],
        lefts=np.where(is_leaf, -1, nodes["left"].astype(np.int64)),
        rights=np.where(is_leaf, -1, nodes["right"].astype(np.int64)),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        values=nodes["value"],
        members={
            int(at): _members(predictor.raw_left_cat_bitsets[nodes["bitset_idx"][at]])
            for at in by_category
        },
    )


def _members(bits: NDArray[np.uint32]) -> tuple[float, ...]:
    """The codes whose bits are set in eight words, the lowest bit of the first word for code 0."""
    found = np.unpackbits(np.asarray(bits, "<u4").view(np.uint8), bitorder="little")
    return tuple(map(float, np.flatnonzero(found)))


def _scores(emission: Emission, estimator: Any, block: Block) -> str:
    raw = _raw(emission, estimator, block)
    if not hasattr(estimator, "classes_"):
        return (raw.of("Exp") if estimator.loss in {"poisson", "gamma"} else raw).name
    if len(estimator.classes_) > 2:
        return raw.softmax().name
    return raw.sigmoid().of_two().name


def _decisions(emission: Emission, estimator: Any, block: Block) -> str:
    return _raw(emission, estimator, block).name


def _labels(emission: Emission, estimator: Any, block: Block) -> str:
    raw = _raw(emission, estimator, block)
    if len(estimator.classes_) > 2:
        return raw.argmax().name
    return (raw > 0.0).of("Cast", to=TensorProto.INT64).name


SCORES: dict[type, Compose] = dict.fromkeys(
    (ens.HistGradientBoostingClassifier, ens.HistGradientBoostingRegressor), _scores
)
DECISIONS: dict[type, Compose] = {ens.HistGradientBoostingClassifier: _decisions}
LABELS: dict[type, Compose] = {ens.HistGradientBoostingClassifier: _labels}
