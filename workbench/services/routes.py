"""Which of the loaded versions answers for which model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import random
from typing import Literal

from storage.errors import NotFound, Problem
from storage.records import ModelVersion
from workbench.core import routing
from workbench.errors import NotServed
from workbench.services.served import Served


@dataclass(frozen=True, slots=True)
class Refusal:
    """A version that somebody asked for, and that could not be loaded or cannot stand in for the champion."""

    version: ModelVersion
    reason: str

    @classmethod
    def because(cls, version: ModelVersion, error: Exception) -> Refusal:
        """Says why, in one sentence."""
        if isinstance(error, Problem):
            cause = error.problem
        else:
            first_line = next(iter(str(error).splitlines()), "")
            cause = f"{type(error).__name__}: {first_line[:200].rstrip('.')}."
        return cls(version, f"{version.label} cannot be served: {cause}")


@dataclass(frozen=True, slots=True)
class Share:
    """A version that answers a part of a model's requests."""

    served: Served
    alias: str
    weight: int


@dataclass(frozen=True, slots=True)
class Sticky:
    """What keeps a caller with one version."""

    kind: Literal["column", "header"]
    name: str
    """A key column or an input, or a header in small letters."""

    @classmethod
    def of(cls, text: str) -> Sticky | None:
        """What the catalog keeps: `column:flight`, `header:x-user`; empty: chance alone."""
        kind, _, name = text.partition(":")
        if kind == "column":
            return cls("column", name)
        return cls("header", name.lower()) if kind == "header" else None


class Plan:
    """Who answers a model's requests; never changed, only replaced whole."""

    def __init__(
        self,
        model: str,
        answers: Sequence[Share],
        shadows: Sequence[Served] = (),
        sticky: Sticky | None = None,
    ) -> None:
        """Makes a plan.

        Args:
            model: Whose requests.
            answers: The champion's share first; weights that sum to more than zero.
            shadows: Versions that answer too, and nobody is shown how.
            sticky: What keeps a caller with one version; None: chance alone.
        """
        self.model = model
        self.answers = tuple(answers)
        self.shadows = tuple(shadows)
        self.sticky = sticky
        self._ends = routing.bounds([share.weight for share in self.answers])

    @property
    def champion(self) -> Served:
        """Who answers where no other does."""
        return self.answers[0].served

    def choose(self, value: bytes | None = None) -> Served:
        """Who answers a request.

        Args:
            value: What the request sticks by, as `core.routing.as_bytes` gives it; None: it has none.
        """
        if len(self.answers) == 1:
            return self.answers[0].served
        at = random() if value is None else routing.point(self.model, value)  # noqa: S311 - no secret
        return self.answers[routing.pick(self._ends, at)].served

    def versions(self) -> Iterator[Served]:
        """Every version of the plan, shadows too; one of two roles comes twice."""
        yield from (share.served for share in self.answers)
        yield from self.shadows


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Which versions answer for which model; never changed, only replaced whole."""

    plans: Mapping[str, Plan] = field(default_factory=dict)
    refused: Mapping[int, Refusal] = field(default_factory=dict)
    """By the version's id, those that cannot be served; of their model another one may answer."""
    is_read: bool = False
    """Whether all that the catalog asks for has been looked at."""
    versions: Mapping[tuple[str, int], Served] = field(init=False)
    """All that are loaded, by model and number."""

    def __post_init__(self) -> None:
        loaded = {
            (name, served.version.number): served
            for name, plan in self.plans.items()
            for served in plan.versions()
        }
        object.__setattr__(self, "versions", loaded)

    def find(self, model: str, version: int | None = None) -> Served:
        """The champion of `model`, or the version of that number if it is loaded.

        Raises:
            NotFound: No such model or version is served.
            NotServed: The catalog asks for it, but it cannot answer now.
        """
        plan = self.plans.get(model)
        if plan is None:
            raise self._missing(model)
        if version is None:
            return plan.champion
        served = self.versions.get((model, version))
        if served is None:
            raise self._unloaded(plan, version)
        return served

    @property
    def unready(self) -> str:
        """Why not every champion's model is answered for; empty when every one is."""
        if not self.is_read:
            return "The models are being loaded."
        for refusal in self.refused.values():
            if refusal.version.model not in self.plans:
                return refusal.reason
        if not self.plans:
            return "No model has a champion yet; register one and promote it."
        return ""

    def planning(self, plan: Plan) -> Routes:
        """These routes, with another plan for its model."""
        return replace(self, plans={**self.plans, plan.model: plan})

    def refusing(self, refused: Mapping[int, Refusal]) -> Routes:
        """These routes, knowing what cannot be served."""
        return replace(self, refused=dict(refused))

    def only(self, models: frozenset[str]) -> Routes:
        """These routes, all looked at, without models that have no champion any more."""
        plans = {name: plan for name, plan in self.plans.items() if name in models}
        return replace(self, plans=plans, is_read=True)

    def _missing(self, model: str) -> Problem:
        for refusal in self.refused.values():
            if refusal.version.model == model:
                return NotServed(refusal.reason, "Promote another version.")
        if not self.is_read:
            return NotServed("The models are being loaded.", "Ask again in a moment.")
        return NotFound.named("served model", model, known=self.plans)

    def _unloaded(self, plan: Plan, version: int) -> Problem:
        for refusal in self.refused.values():
            if (refusal.version.model, refusal.version.number) == (plan.model, version):
                return NotServed(refusal.reason, f"{plan.champion.version.label} answers.")
        loaded = dict.fromkeys(served.version.label for served in plan.versions())
        return NotFound(
            f"{plan.model}@v{version} is not served.",
            f"Served are {', '.join(loaded)}: ask for one of them, or leave the version out.",
        )
