"""scikit-learn's isotonic regression: straight lines between known points."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression

from workbench.engines.export.emission import Emission, Emit
from workbench.engines.export.steps import interpolated
from workbench.engines.export.tensors import Tensor, repeated


def isotonic(column: Tensor, estimator: IsotonicRegression) -> Tensor:
    """What a fitted isotonic regression makes of one column, (n, 1)."""
    known = np.asarray(estimator.X_thresholds_, np.float64)
    values = np.asarray(estimator.y_thresholds_, np.float64)
    if len(values) == 1:
        return repeated(column, values)
    found = interpolated(column, [known], [values])
    if estimator.out_of_bounds != "nan":
        return found
    is_within = (column >= float(known[0])).of("And", column <= float(known[-1]))
    return is_within.where(found, np.nan)


def _value(emission: Emission, estimator: Any, features: str) -> str:
    return isotonic(emission.tensor(features), estimator).name


SCORES: dict[type, Emit] = {IsotonicRegression: _value}
