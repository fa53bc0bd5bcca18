"""Labels that were sent, as people look at them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLabel:
    """The latest label of a row."""

    key: Mapping[str, str]
    """What names the row."""
    label: str
    at: datetime
    """Since when it is known."""
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFacts:
    """How many labels of a model were sent."""

    model: str
    sent: int
    """Corrections and repetitions among them."""
    rows: int
    """That have a label."""
    answered: int
    """Of these, rows that the endpoint was asked about, as far as the log kept it."""
    last_at: datetime | None
    """When the last one came; None: none did."""
