"""scikit-learn's trees, forests and boosted trees as one exact TreeEnsemble in double.

All but histogram boosting compare float32 values with float64 thresholds, so the graph rounds its
inputs to float32 first. A leaf of TreeEnsemble adds to one output only: where a tree has several,
it is repeated for each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from sklearn import ensemble as ens
from sklearn import tree as trees
from sklearn.dummy import DummyClassifier, DummyRegressor

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.ensembles import Child, Ensemble, Split
from workbench.engines.export.graphs import Graph, probabilities_of_two


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nodes:
    """One tree as arrays by node, the root first."""

    features: NDArray[np.int64]
    thresholds: NDArray[np.float64]
    lefts: NDArray[np.int64]
    """-1 for a leaf."""
    rights: NDArray[np.int64]
    missing_left: NDArray[np.bool_]
    values: NDArray[np.float64]


def _forest(emission: Emission, estimator: Any, features: str) -> str:
    """The mean of what the trees say."""
    members = getattr(estimator, "estimators_", [estimator])
    classes = len(getattr(estimator, "classes_", ()))
    # The second of two probabilities is enough: the first is what is left.
    outputs = [1] if classes == 2 else list(range(max(classes, 1)))
    ensemble = Ensemble()
    for member in members:
        for target, output in enumerate(outputs):
            _add(ensemble, _grown(member.tree_, member.tree_.value[:, 0, output]), target)
    total = ensemble.emit(emission.graph, _rounded(emission.graph, features), targets=len(outputs))
    mean = emission.graph.node(
        "Div", total, emission.graph.constant(np.array([float(len(members))]))
    )
    return probabilities_of_two(emission.graph, mean) if classes == 2 else mean


def _boosted(emission: Emission, estimator: Any, features: str) -> str:
    """The start plus a fraction of what each tree adds."""
    if not isinstance(estimator.init_, DummyClassifier | DummyRegressor | str):
        raise Unsupported
    ensemble = Ensemble()
    for stage in estimator.estimators_:
        for target, member in enumerate(stage):
            steps = member.tree_.value[:, 0, 0] * estimator.learning_rate
            _add(ensemble, _grown(member.tree_, steps), target)
    targets = estimator.estimators_.shape[1]
    # scikit-learn keeps the start in a private place, and nowhere else.
    origin = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_)))  # noqa: SLF001
    total = ensemble.emit(emission.graph, _rounded(emission.graph, features), targets=targets)
    raw = emission.graph.node(
        "Add", total, emission.graph.constant(np.asarray(origin, np.float64).reshape(-1))
    )
    return _linked(emission.graph, estimator, raw, loss=estimator.loss)


def _histogram(emission: Emission, estimator: Any, features: str) -> str:
    # scikit-learn keeps these trees and their start in private places, and nowhere else.
    stages, origin = estimator._predictors, estimator._baseline_prediction  # noqa: SLF001
    by_category = [one.nodes["is_categorical"].any() for stage in stages for one in stage]
    if not isinstance(estimator.loss, str) or any(by_category):
        raise Unsupported
    ensemble = Ensemble()
    for stage in stages:
        for target, predictor in enumerate(stage):
            _add(ensemble, _binned(predictor.nodes), target)
    total = ensemble.emit(emission.graph, features, targets=len(stages[0]))
    raw = emission.graph.node(
        "Add", total, emission.graph.constant(np.asarray(origin, np.float64).reshape(-1))
    )
    return _linked(emission.graph, estimator, raw, loss=estimator.loss)


def _linked(graph: Graph, estimator: Any, raw: str, *, loss: str) -> str:
    if not hasattr(estimator, "classes_"):
        return graph.node("Exp", raw) if loss in {"poisson", "gamma"} else raw
    if len(estimator.classes_) > 2:
        return graph.node("Softmax", raw, axis=1)
    if loss == "exponential":
        raw = graph.node("Mul", raw, graph.constant(np.array([2.0])))
    return probabilities_of_two(graph, graph.node("Sigmoid", raw))


def _rounded(graph: Graph, features: str) -> str:
    single = graph.node("Cast", features, to=TensorProto.FLOAT)
    return graph.node("Cast", single, to=TensorProto.DOUBLE)


def _grown(tree: Any, values: NDArray[np.float64]) -> _Nodes:
    return _Nodes(
        features=tree.feature,
        thresholds=tree.threshold,
        lefts=tree.children_left,
        rights=tree.children_right,
        missing_left=np.asarray(tree.missing_go_to_left, np.bool_),
        values=values,
    )


def _binned(nodes: NDArray[Any]) -> _Nodes:
    is_leaf = nodes["is_leaf"].astype(np.bool_)
    return _Nodes(
        features=nodes["feature_idx"].astype(np.int64),
        thresholds=nodes["num_threshold"],
        lefts=np.where(is_leaf, -1, nodes["left"].astype(np.int64)),
        rights=np.where(is_leaf, -1, nodes["right"].astype(np.int64)),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        values=nodes["value"],
    )


def _add(ensemble: Ensemble, nodes: _Nodes, target: int) -> None:
    places = [_placed(ensemble, nodes, at, target) for at in range(len(nodes.lefts))]
    is_leaf, root = places[0]
    if is_leaf:
        ensemble.add_stump(root)
        return
    ensemble.roots.append(root)
    for at, left, right in _links(nodes):
        ensemble.lefts[places[at][1]] = places[left]
        ensemble.rights[places[at][1]] = places[right]


def _placed(ensemble: Ensemble, nodes: _Nodes, at: int, target: int) -> Child:
    if nodes.lefts[at] < 0:
        return True, ensemble.add_leaf(float(nodes.values[at]), target)
    split = Split(
        feature=int(nodes.features[at]),
        threshold=float(nodes.thresholds[at]),
        missing_left=bool(nodes.missing_left[at]),
    )
    return False, ensemble.add_split(split)


def _links(nodes: _Nodes) -> Iterable[tuple[int, int, int]]:
    for at in np.flatnonzero(nodes.lefts >= 0).tolist():
        yield at, int(nodes.lefts[at]), int(nodes.rights[at])


_BOOSTED = (ens.GradientBoostingClassifier, ens.GradientBoostingRegressor)
_HISTOGRAM = (ens.HistGradientBoostingClassifier, ens.HistGradientBoostingRegressor)
_FORESTS = (
    trees.DecisionTreeClassifier,
    trees.DecisionTreeRegressor,
    trees.ExtraTreeClassifier,
    trees.ExtraTreeRegressor,
    ens.RandomForestClassifier,
    ens.RandomForestRegressor,
    ens.ExtraTreesClassifier,
    ens.ExtraTreesRegressor,
)
SCORES: dict[type, Emit] = {
    **dict.fromkeys(_BOOSTED, _boosted),
    **dict.fromkeys(_HISTOGRAM, _histogram),
    **dict.fromkeys(_FORESTS, _forest),
}
