"""scikit-learn's estimators of many members: bagging, voting, boosting of any estimator, stacking."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn import ensemble as ens

from workbench.engines.export.emission import Block, Compose, Emission, Unsupported
from workbench.engines.export.predictors.votes import average, spread, total, votes
from workbench.engines.export.tensors import Tensor, side_by_side


def _bag_of_classifiers(emission: Emission, bag: Any, block: Block) -> str:
    classes = np.arange(len(bag.classes_))
    parts = []
    for member, features in _bagged(emission, bag, block):
        if hasattr(member, "predict_proba"):
            table = Tensor(emission.graph, emission.scores(member, features))
            parts.append(spread(table, member.classes_, len(classes)))
        else:
            parts.append(votes(emission, member, features, classes))
    return (total(parts) / float(bag.n_estimators)).name


def _bag_of_regressors(emission: Emission, bag: Any, block: Block) -> str:
    members = _bagged(emission, bag, block)
    parts = [Tensor(emission.graph, emission.scores(*one)) for one in members]
    return (total(parts) / float(bag.n_estimators)).name


def _decision_of_bag(emission: Emission, bag: Any, block: Block) -> str:
    members = _bagged(emission, bag, block)
    parts = [Tensor(emission.graph, emission.decisions(*one)) for one in members]
    return (total(parts) / float(bag.n_estimators)).name


def _bagged(emission: Emission, bag: Any, block: Block) -> list[tuple[Any, Block]]:
    """Each member with the columns it was given."""
    matrix = emission.tensor(block)
    return [
        (member, [matrix.columns(chosen).name])
        for member, chosen in zip(bag.estimators_, bag.estimators_features_, strict=True)
    ]


def _soft_vote(emission: Emission, vote: Any, block: Block) -> str:
    parts = [Tensor(emission.graph, emission.scores(one, block)) for one in vote.estimators_]
    return average(parts, vote._weights_not_none).name  # noqa: SLF001 - without dropped members


def _vote(emission: Emission, vote: Any, block: Block) -> str:
    if vote.voting == "soft":
        return Tensor(emission.graph, _soft_vote(emission, vote, block)).argmax().name
    classes = np.arange(len(vote.classes_))
    given = vote._weights_not_none  # noqa: SLF001 - without dropped members
    weights = np.ones(len(vote.estimators_)) if given is None else np.asarray(given, np.float64)
    parts = [
        votes(emission, one, block, classes) * float(weight)
        for one, weight in zip(vote.estimators_, weights, strict=True)
    ]
    return total(parts).argmax().name


def _boosted_decision(emission: Emission, boosted: Any, block: Block) -> Tensor:
    """How much the weighted votes are for each class, (n, classes)."""
    classes = len(boosted.classes_)
    against = -1 / (classes - 1)
    parts = []
    for member, weight in zip(boosted.estimators_, boosted.estimator_weights_, strict=False):
        is_voted = votes(emission, member, block, boosted.classes_).equals(1.0)
        parts.append(is_voted.where(float(weight), float(against * weight)))
    return total(parts) / float(boosted.estimator_weights_.sum())


def _boosted_scores(emission: Emission, boosted: Any, block: Block) -> str:
    decision = _boosted_decision(emission, boosted, block)
    if len(boosted.classes_) == 2:
        difference = decision.column(1) - decision.column(0)
        return (side_by_side(-difference, difference) / 2.0).softmax().name
    return (decision / float(len(boosted.classes_) - 1)).softmax().name


def _boosted_decisions(emission: Emission, boosted: Any, block: Block) -> str:
    decision = _boosted_decision(emission, boosted, block)
    if len(boosted.classes_) == 2:
        return (decision.column(1) - decision.column(0)).name
    return decision.name


def _boosted_labels(emission: Emission, boosted: Any, block: Block) -> str:
    decision = Tensor(emission.graph, _boosted_decisions(emission, boosted, block))
    if len(boosted.classes_) == 2:
        return (decision > 0.0).of("Cast", to=TensorProto.INT64).name
    return decision.argmax().name


def _weighted_median(emission: Emission, boosted: Any, block: Block) -> str:
    members = boosted.estimators_
    values = side_by_side(*(Tensor(emission.graph, emission.scores(one, block)) for one in members))
    count = np.array([len(members)])
    sorted_values, order = values.pair("TopK", count, largest=0, sorted=1)
    weights = values.constant(boosted.estimator_weights_[: len(members)]).of(
        "Gather", order, axis=0
    )
    sums = weights.of("CumSum", np.int64(1))
    half = sums.column(len(members) - 1) * 0.5
    first = (sums >= half).of("Cast", to=TensorProto.UINT8).argmax()
    return sorted_values.of("GatherElements", first, axis=1).name


def _stacked(emission: Emission, stack: Any, block: Block) -> Block:
    """What the final estimator of a stack is given."""
    members = [one for one in stack.estimators_ if not isinstance(one, str)]
    parts = []
    for member, method in zip(members, stack.stack_method_, strict=True):
        parts.append(_answer(emission, stack, member, block, method))
    if stack.passthrough:
        parts.append(emission.tensor(block))
    return [side_by_side(*parts).name]


def _answer(emission: Emission, stack: Any, member: Any, block: Block, method: str) -> Tensor:
    if method == "decision_function":
        return Tensor(emission.graph, emission.decisions(member, block))
    if method == "predict" and hasattr(stack, "classes_"):
        codes = Tensor(emission.graph, emission.labels(member, block))
        known = np.asarray(member.classes_, np.float64)
        return codes.constant(known).of("Gather", codes, axis=0)
    table = Tensor(emission.graph, emission.scores(member, block))
    is_pair = method == "predict_proba" and len(stack.classes_) == 2
    return table.column(1) if is_pair else table


def _stack_scores(emission: Emission, stack: Any, block: Block) -> str:
    _check_one_target(stack)
    return emission.scores(stack.final_estimator_, _stacked(emission, stack, block))


def _stack_decisions(emission: Emission, stack: Any, block: Block) -> str:
    return emission.decisions(stack.final_estimator_, _stacked(emission, stack, block))


def _stack_labels(emission: Emission, stack: Any, block: Block) -> str:
    _check_one_target(stack)
    return emission.labels(stack.final_estimator_, _stacked(emission, stack, block))


def _check_one_target(stack: Any) -> None:
    if isinstance(getattr(stack, "_label_encoder", None), list):
        raise Unsupported("it has several targets")


SCORES: dict[type, Compose] = {
    ens.BaggingClassifier: _bag_of_classifiers,
    ens.BaggingRegressor: _bag_of_regressors,
    ens.VotingClassifier: _soft_vote,
    ens.VotingRegressor: _soft_vote,
    ens.AdaBoostClassifier: _boosted_scores,
    ens.AdaBoostRegressor: _weighted_median,
    ens.StackingClassifier: _stack_scores,
    ens.StackingRegressor: _stack_scores,
}
DECISIONS: dict[type, Compose] = {
    ens.BaggingClassifier: _decision_of_bag,
    ens.AdaBoostClassifier: _boosted_decisions,
    ens.StackingClassifier: _stack_decisions,
}
LABELS: dict[type, Compose] = {
    ens.VotingClassifier: _vote,
    ens.AdaBoostClassifier: _boosted_labels,
    ens.StackingClassifier: _stack_labels,
}
