"""Who answers a model's requests: shares of its aliases, shadows, and what keeps a caller with one version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from storage.records.models import CHAMPION, ModelVersion


class RouteRole(StrEnum):
    """What a route is for."""

    ANSWER = "answer"
    """It answers its share of the requests."""
    SHADOW = "shadow"
    """It answers them too, but nobody is shown how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """How a model's requests are shared out, by alias."""

    answers: Mapping[str, int] = field(default_factory=lambda: {CHAMPION: 100})
    """Weight by alias, the champion first; their sum is all requests."""
    shadows: tuple[str, ...] = ()
    sticky: str = ""
    """`column:flight`, `header:x-user`; empty: chance alone."""

    def share(self, alias: str) -> float:
        """The share of the requests that an alias answers, 0 to 1."""
        return self.answers.get(alias, 0) / sum(self.answers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRouting:
    """The routing of a model, with the versions its aliases point to."""

    model: str
    routing: Routing
    versions: Mapping[str, ModelVersion]
    """By alias; one that points nowhere is not in it."""
    is_set: bool
    """Whether somebody has set it; otherwise the champion answers everything."""

    @property
    def champion(self) -> ModelVersion | None:
        """The version that answers where no other does."""
        return self.versions.get(CHAMPION)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShadowAgreement:
    """How a shadow compares with the version that answered the same rows, as far as both were logged."""

    model: str
    version: int
    """The shadow's."""
    answered_by: int
    """The version whose answers the callers got."""
    requests: int
    rows: int
    agreeing: int
    """Rows with the same class, or a value as near as the shadow's own proof asks for."""
    mean_difference: float
    """Of the scores, absolute; of several classes, that of the class where they differ most."""
    largest_difference: float
    first_at: datetime
    """When the first of the requests came, and the last one."""
    last_at: datetime

    @property
    def share(self) -> float:
        """The share of the rows that agree, 0 to 1."""
        return self.agreeing / self.rows
