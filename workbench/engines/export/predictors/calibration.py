"""scikit-learn's calibrated classifiers: members whose answers become probabilities by a learnt curve."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV

from workbench.engines.export.emission import Block, Compose, Emission
from workbench.engines.export.predictors.isotonic import isotonic
from workbench.engines.export.predictors.votes import average, spread
from workbench.engines.export.tensors import Tensor, side_by_side

_LEAST = 1e-12
"""What scikit-learn adds to probabilities before it takes their logarithm."""


def _calibrated(emission: Emission, estimator: Any, block: Block) -> str:
    members = estimator.calibrated_classifiers_
    return average([_member(emission, one, block) for one in members], None).name


def _member(emission: Emission, member: Any, block: Block) -> Tensor:
    answers, are_decisions = _answers(emission, member.estimator, block)
    width = len(member.classes)
    if not are_decisions and width == 2:
        answers = answers.column(1)
    if member.method == "temperature":
        return _cooled(answers, member, are_decisions=are_decisions)
    curves = [
        _curve(answers.column(at), calibrator, member.method)
        for at, calibrator in enumerate(member.calibrators)
    ]
    if width == 2:
        return _capped(curves[0].of_two())
    places = np.searchsorted(member.classes, member.estimator.classes_)
    return _capped(spread(side_by_side(*curves), places, width).shares())


def _answers(emission: Emission, estimator: Any, block: Block) -> tuple[Tensor, bool]:
    """What the member says before it is calibrated, and whether these are decisions."""
    are_decisions = hasattr(estimator, "decision_function")
    ask = emission.decisions if are_decisions else emission.scores
    return Tensor(emission.graph, ask(estimator, block)), are_decisions


def _curve(column: Tensor, calibrator: Any, method: str) -> Tensor:
    if method == "isotonic":
        return isotonic(column, calibrator)
    return (-(column * float(calibrator.a_) + float(calibrator.b_))).sigmoid()


def _cooled(answers: Tensor, member: Any, *, are_decisions: bool) -> Tensor:
    is_pair = len(member.classes) == 2
    if are_decisions:
        logits = side_by_side(-answers, answers) if is_pair else answers
    else:
        logits = ((answers.of_two() if is_pair else answers) + _LEAST).of("Log")
    return _capped((logits * float(member.calibrators[0].beta_)).softmax())


def _capped(shares: Tensor) -> Tensor:
    is_just_above = (shares > 1.0).of("And", shares <= 1.0 + 1e-5)
    return is_just_above.where(1.0, shares)


SCORES: dict[type, Compose] = {CalibratedClassifierCV: _calibrated}
