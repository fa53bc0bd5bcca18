"""What the endpoint answered lately, as people look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from storage.records.runs import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredRequest:
    """A request that was answered and logged."""

    at: datetime
    request: str
    """Its id."""
    model: str
    version: int
    role: str
    """answer, or shadow: nobody was shown it."""
    rows: int
    latency_us: int
    caller: str
    """Whose API key it was; empty where none was asked for."""
    scores: tuple[float, ...]
    """Of the first row: a value or the probability of the second class, or one of each class."""
    sent: Mapping[str, Scalar] = field(default_factory=dict)
    """What was sent of the first row, as far as the log keeps it."""
    label: str = ""
    """The class that the first row's scores mean; empty for a regression, or where it is not known."""
