"""What `[experiments.X.search]` asks of a study, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from storage.records import SearchParam

Sampler = Literal["tpe", "random"]
Pruner = Literal["median", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """Where the best params are looked for, and for how long."""

    space: tuple[SearchParam, ...] = ()
    """At least one."""
    trials: int = 30
    timeout: timedelta | None = None
    """Time after the first trial's start from which no further one starts; None: none."""
    sampler: Sampler = "tpe"
    pruner: Pruner = "median"
