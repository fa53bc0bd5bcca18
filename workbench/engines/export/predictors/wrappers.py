"""scikit-learn's estimators that ask one other for their answer, which stands in the same graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sklearn.compose import TransformedTargetRegressor
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.model_selection._search_successive_halving import (
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
)
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.pipeline import Pipeline
from sklearn.semi_supervised import SelfTrainingClassifier

from workbench.engines.export.emission import Block, Compose, Emission, Unsupported

Way = Callable[[Emission, Any, Block], str]


def _member(estimator: Any) -> Any:
    if isinstance(
        estimator, GridSearchCV | RandomizedSearchCV | HalvingGridSearchCV | HalvingRandomSearchCV
    ):
        return estimator.best_estimator_
    if isinstance(estimator, FrozenEstimator):
        return estimator.estimator
    if isinstance(estimator, SelfTrainingClassifier):
        return estimator.estimator_
    if len(estimator.estimators_) != 1:
        raise Unsupported("it has several targets")
    return estimator.estimators_[0]


def _passed_on(way: Way) -> Compose:
    return lambda emission, estimator, block: way(emission, _member(estimator), block)


def _after_steps(way: Way) -> Compose:
    def emit(emission: Emission, pipeline: Any, block: Block) -> str:
        *before, final = (step for _, step in pipeline.steps)
        for step in before:
            block = emission.outputs(step, block)
        return way(emission, final, block)

    return emit


def _of_class_1(emission: Emission, chain: Any, block: Block) -> str:
    if len(chain.classes_[0]) != 2:
        raise Unsupported("it gives the probability of one class of several")
    return emission.scores(_member(chain), block)


def _transformed_target(emission: Emission, estimator: Any, block: Block) -> str:
    predicted = emission.scores(estimator.regressor_, block)
    return emission.inverted(estimator.transformer_, predicted)


def _own_threshold(_emission: Emission, _estimator: Any, _block: Block) -> str:
    raise Unsupported("labels are made from scores, and its threshold would be dropped")


_ONE_MEMBER: tuple[type, ...] = (
    GridSearchCV,
    RandomizedSearchCV,
    HalvingGridSearchCV,
    HalvingRandomSearchCV,
    FrozenEstimator,
    SelfTrainingClassifier,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
    ClassifierChain,
)

SCORES: dict[type, Compose] = {
    **dict.fromkeys(_ONE_MEMBER, _passed_on(Emission.scores)),
    ClassifierChain: _of_class_1,
    Pipeline: _after_steps(Emission.scores),
    TransformedTargetRegressor: _transformed_target,
    FixedThresholdClassifier: _own_threshold,
    TunedThresholdClassifierCV: _own_threshold,
}
DECISIONS: dict[type, Compose] = {
    **dict.fromkeys(_ONE_MEMBER, _passed_on(Emission.decisions)),
    Pipeline: _after_steps(Emission.decisions),
}
LABELS: dict[type, Compose] = {
    **dict.fromkeys(_ONE_MEMBER, _passed_on(Emission.labels)),
    Pipeline: _after_steps(Emission.labels),
}
