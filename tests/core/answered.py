"""Answered requests, as figures are told of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

START = 1_764_000_000 * 1_000_000


@dataclass
class Batch:
    """Answered requests of one row each, unless told otherwise."""

    model: str = "late"
    version: int = 7
    role: str = "answer"
    latency_us: list[int] = field(default_factory=lambda: [300])
    at: list[int] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    scores: np.ndarray = field(default_factory=lambda: np.empty(0))
    at_us: int = START

    def __post_init__(self):
        self.at = self.at or [self.at_us] * len(self.latency_us)
        self.rows = self.rows or [1] * len(self.latency_us)
        if not len(self.scores):
            self.scores = np.full(sum(self.rows), 0.5)
