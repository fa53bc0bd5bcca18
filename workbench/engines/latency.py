"""How long two models take to answer single rows, asked by turns."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.engines.onnx_session import Session

ROWS = 200
"""Rows that are asked about, from the first on, again from the first where there are fewer."""
WARM_UP = 20
"""Calls before the first that counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A model and the rows that it is asked about."""

    session: Session
    columns: Mapping[str, NDArray[Any]]
    """As `Session.scores` takes them, at least one row."""


def by_turns(first: Asked, second: Asked) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Milliseconds of each call, shape (200,) for each: a busy moment of the machine meets both."""
    found = np.empty((2, WARM_UP + ROWS))
    for call in range(WARM_UP + ROWS):
        for side, asked in enumerate((first, second)):
            found[side, call] = _call_ms(asked, call)
    return found[0, WARM_UP:], found[1, WARM_UP:]


def _call_ms(asked: Asked, call: int) -> float:
    row = call % len(next(iter(asked.columns.values())))
    columns = {name: values[row : row + 1] for name, values in asked.columns.items()}
    start = time.perf_counter()
    asked.session.scores(columns)
    return (time.perf_counter() - start) * 1e3
