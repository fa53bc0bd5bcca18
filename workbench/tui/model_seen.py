"""A model version as the Models screen sees it, made ready on the feed's thread: what the open page needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import AliasMove, Lineage, ModelVersion

if TYPE_CHECKING:
    from workbench.api import Workbench
    from workbench.core.model_cards import Call, ModelCard

PAGES = ("overview", "figures", "inputs", "proof", "gate", "lineage", "call")
"""The pages of a version, by name."""
MOVES = 12
"""Newest moves of the aliases that stand on the first page."""
LOOKED_THROUGH = 1000
"""Newest moves of a model among which those of a version are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Which page of which version somebody looks at."""

    model: str
    number: int
    page: str = PAGES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSeen:
    """A version with what belongs to it; parts that the open page does not show are empty."""

    glance: Glance
    card: ModelCard
    moves: tuple[AliasMove, ...] = ()
    """How aliases moved to this version or from it, newest first."""
    lineage: Lineage | None = None
    calls: tuple[Call, ...] = ()
    """How to ask it where the endpoint listens now."""
    is_answered: bool = False
    """Whether an endpoint is running."""

    @property
    def version(self) -> ModelVersion:
        """The version itself."""
        return self.card.version


def read(workbench: Workbench, glance: Glance) -> ModelSeen:
    """What the open page shows of a version."""
    card = workbench.model_card(f"{glance.model}@v{glance.number}")
    address = _address(workbench) if glance.page == "call" else None
    is_first, is_tree = glance.page == PAGES[0], glance.page == "lineage"
    return ModelSeen(
        glance=glance,
        card=card,
        moves=_moves(workbench, card.version) if is_first else (),
        lineage=workbench.model_lineage(card.version.label) if is_tree else None,
        calls=_calls(card, address) if glance.page == "call" else (),
        is_answered=address is not None,
    )


def _moves(workbench: Workbench, version: ModelVersion) -> tuple[AliasMove, ...]:
    found = workbench.model_moves(version.model, limit=LOOKED_THROUGH)
    mine = (one for one in found if version.number in {one.from_number, one.to_number})
    return tuple(mine)[:MOVES]


def _address(workbench: Workbench) -> str | None:
    serve = (one for one in workbench.services() if one.name == "serve" and one.is_running)
    return next((one.address for one in serve), None)


def _calls(card: ModelCard, address: str | None) -> tuple[Call, ...]:
    if address is None or card.example is None:
        return card.calls
    from workbench.core import model_calls  # noqa: PLC0415 - only one page needs it

    return model_calls.calls(card.version, card.example.row, address=address)
