"""scikit-learn's trees, forests and boosted trees as one exact TreeEnsemble in double.

They compare float32 values with float64 thresholds, so the graph rounds its inputs to float32 first.
A leaf of TreeEnsemble adds to one output only: where a tree has several, it is repeated for each.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn import ensemble as ens
from sklearn import tree as trees
from sklearn.dummy import DummyClassifier, DummyRegressor

from workbench.engines.export.emission import Emission, Emit, Unsupported
from workbench.engines.export.ensembles import Ensemble
from workbench.engines.export.tensors import Tensor
from workbench.engines.export.trees import add_start, add_tree, grown


def _forest(emission: Emission, estimator: Any, features: str) -> str:
    """The mean of what the trees say."""
    if estimator.n_outputs_ > 1:
        raise Unsupported("it has several targets")
    members = getattr(estimator, "estimators_", [estimator])
    classes = len(getattr(estimator, "classes_", ()))
    # The second of two probabilities is enough: the first is what is left.
    outputs = [1] if classes == 2 else list(range(max(classes, 1)))
    ensemble = Ensemble()
    for member in members:
        add_tree(ensemble, grown(member.tree_, member.tree_.value[:, 0, outputs]), 0)
    rounded = emission.tensor(features).float32()
    total = ensemble.emit(emission.graph, rounded.name, targets=len(outputs))
    mean = Tensor(emission.graph, total) / float(len(members))
    return (mean.of_two() if classes == 2 else mean).name


def _raw_boosted(emission: Emission, estimator: Any, features: str) -> Tensor:
    """The start plus a fraction of what each tree adds, (n, 1) or (n, classes)."""
    rounded = emission.tensor(features).float32()
    targets = estimator.estimators_.shape[1]
    ensemble = Ensemble()
    is_constant = isinstance(estimator.init_, DummyClassifier | DummyRegressor | str)
    if is_constant:
        # scikit-learn keeps the start in a private place, and nowhere else.
        origin = estimator._raw_predict_init(np.zeros((1, estimator.n_features_in_)))  # noqa: SLF001
        add_start(ensemble, origin.reshape(-1))
    for stage in estimator.estimators_:
        for target, member in enumerate(stage):
            add_tree(
                ensemble,
                grown(member.tree_, member.tree_.value[:, 0, 0] * estimator.learning_rate),
                target,
            )
    total = Tensor(emission.graph, ensemble.emit(emission.graph, rounded.name, targets=targets))
    return total if is_constant else total + _start(emission, estimator, rounded)


def _start(emission: Emission, estimator: Any, features: Tensor) -> Tensor:
    """What another estimator starts a boosted one with, on the scale of its raw values."""
    found = Tensor(emission.graph, emission.scores(estimator.init_, features.name))
    if not hasattr(estimator, "classes_"):
        return found
    least = float(np.finfo(np.float64).eps)
    if len(estimator.classes_) > 2:
        logarithm = found.of("Clip", least, 1 - least).of("Log")
        return logarithm - logarithm.sum() / float(len(estimator.classes_))
    share = found.column(1).of("Clip", least, 1 - least)
    odds = (share / (1.0 - share)).of("Log")
    return odds * 0.5 if estimator.loss == "exponential" else odds


def _boosted(emission: Emission, estimator: Any, features: str) -> str:
    raw = _raw_boosted(emission, estimator, features)
    if not hasattr(estimator, "classes_"):
        return raw.name
    if len(estimator.classes_) > 2:
        return raw.softmax().name
    if estimator.loss == "exponential":
        raw = raw * 2.0
    return raw.sigmoid().of_two().name


def _boosted_decision(emission: Emission, estimator: Any, features: str) -> str:
    return _raw_boosted(emission, estimator, features).name


def _boosted_labels(emission: Emission, estimator: Any, features: str) -> str:
    raw = _raw_boosted(emission, estimator, features)
    if len(estimator.classes_) > 2:
        return raw.argmax().name
    return (raw >= 0.0).of("Cast", to=TensorProto.INT64).name


_BOOSTED = (ens.GradientBoostingClassifier, ens.GradientBoostingRegressor)
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
    **dict.fromkeys(_FORESTS, _forest),
}
DECISIONS: dict[type, Emit] = {ens.GradientBoostingClassifier: _boosted_decision}
LABELS: dict[type, Emit] = {ens.GradientBoostingClassifier: _boosted_labels}
