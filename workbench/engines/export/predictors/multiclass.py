"""scikit-learn's classifiers that ask many questions of yes and no: one against the rest, pairs, codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn.multiclass import (
    OneVsOneClassifier,
    OneVsRestClassifier,
    OutputCodeClassifier,
    _ConstantPredictor,
)

from workbench.engines.export.emission import Block, Compose, Emission, Unsupported
from workbench.engines.export.nearness.distances import squared_by_products
from workbench.engines.export.predictors.votes import confidence, duels, sureness_limit
from workbench.engines.export.tensors import Tensor, repeated, side_by_side


def _rest_scores(emission: Emission, estimator: Any, block: Block) -> str:
    _check_single(estimator)
    members = estimator.estimators_
    each = side_by_side(
        *(Tensor(emission.graph, emission.scores(one, block)).column(1) for one in members)
    )
    if len(members) == 1:
        each = each.of_two()
    total = each.sum()
    return total.equals(0.0).where(each, each / total).name


def _rest_decisions(emission: Emission, estimator: Any, block: Block) -> str:
    _check_single(estimator)
    members = estimator.estimators_
    return side_by_side(
        *(Tensor(emission.graph, emission.decisions(one, block)) for one in members)
    ).name


def _rest_labels(emission: Emission, estimator: Any, block: Block) -> str:
    _check_single(estimator)
    each = [confidence(emission, one, block) for one in estimator.estimators_]
    if len(each) > 1:
        return side_by_side(*each).argmax().name
    is_second = each[0] > sureness_limit(estimator.estimators_[0])
    return is_second.of("Cast", to=TensorProto.INT64).name


def _check_single(estimator: Any) -> None:
    if estimator.multilabel_:
        raise Unsupported("it gives several labels at once")


def _pair_decision(emission: Emission, estimator: Any, block: Block) -> Tensor:
    predictions, confidences = [], []
    for at, member in enumerate(estimator.estimators_):
        features = block
        if estimator.pairwise_indices_ is not None:
            features = [emission.tensor(block).columns(estimator.pairwise_indices_[at]).name]
        codes = Tensor(emission.graph, emission.labels(member, features))
        predictions.append(
            codes.constant(np.asarray(member.classes_, np.float64)).of("Gather", codes, axis=0)
        )
        confidences.append(confidence(emission, member, features))
    return duels(predictions, confidences, len(estimator.classes_))


def _pair_decisions(emission: Emission, estimator: Any, block: Block) -> str:
    decision = _pair_decision(emission, estimator, block)
    return (decision.column(1) if len(estimator.classes_) == 2 else decision).name


def _pair_labels(emission: Emission, estimator: Any, block: Block) -> str:
    decision = _pair_decision(emission, estimator, block)
    if len(estimator.classes_) > 2:
        return decision.argmax().name
    is_second = decision.column(1) > sureness_limit(estimator.estimators_[0])
    return is_second.of("Cast", to=TensorProto.INT64).name


def _code_labels(emission: Emission, estimator: Any, block: Block) -> str:
    answers = side_by_side(*(confidence(emission, one, block) for one in estimator.estimators_))
    book = np.asarray(estimator.code_book_, np.float64)
    return squared_by_products(answers, book).of("ArgMin", axis=1, keepdims=1).name


def _constant_scores(emission: Emission, estimator: Any, block: Block) -> str:
    value = float(np.asarray(estimator.y_).reshape(-1)[0])
    return repeated(emission.tensor(block), [1 - value, value]).name


def _constant_decisions(emission: Emission, estimator: Any, block: Block) -> str:
    return repeated(emission.tensor(block), np.asarray(estimator.y_, np.float64)).name


SCORES: dict[type, Compose] = {
    OneVsRestClassifier: _rest_scores,
    _ConstantPredictor: _constant_scores,
}
DECISIONS: dict[type, Compose] = {
    OneVsRestClassifier: _rest_decisions,
    OneVsOneClassifier: _pair_decisions,
    _ConstantPredictor: _constant_decisions,
}
LABELS: dict[type, Compose] = {
    OneVsRestClassifier: _rest_labels,
    OneVsOneClassifier: _pair_labels,
    OutputCodeClassifier: _code_labels,
}
