"""What came of fitting an estimator, whichever library it is of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from storage.records import Scalar
from workbench.engines.native import NativeModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Learnt:
    """A fitted model with what its fit found out by the way."""

    model: NativeModel
    test_scores: NDArray[np.float64]
    """Of every test row, as the stored model gives them."""
    params: dict[str, Scalar]
    """The parameters as used."""
    messages: tuple[str, ...]
    """What the user should know."""
