"""The pages of a model version: what it is and how it did first, then figures, inputs, proof and the rest."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from workbench.tui.views import (
    gate,
    lineage,
    model_inputs,
    model_proof,
    models,
    run_figures,
)
from workbench.tui.views.model_overview import overview_lines
from workbench.tui.views.parts import Lines, dim
from workbench.tui.widgets.cells import wrapped

if TYPE_CHECKING:
    from workbench.core.model_cards import ModelCard
    from workbench.tui.model_seen import ModelSeen


def page_lines(seen: ModelSeen, now: datetime, width: int) -> Lines:
    """The page that is open.

    Args:
        seen: The version, with what its page needs.
        now: The time that relative times count from.
        width: Cells of a line.
    """
    return _PAGES[seen.glance.page](seen, now, width)


def title(card: ModelCard) -> Content:
    """The version and its aliases, for a border."""
    told = models.aliases(card.version)
    label = card.version.label
    return Content.assemble(label, "  ", told) if told.plain else Content(label)


def _figures(seen: ModelSeen, _now: datetime, width: int) -> Lines:
    card = seen.card
    if card.figures is None and card.unknown:
        return [dim(line.plain) for text in card.unknown for line in wrapped(text, width)]
    return run_figures.figure_lines(card.version.label, card.figures, width)


def _inputs(seen: ModelSeen, _now: datetime, width: int) -> Lines:
    return model_inputs.input_lines(seen.card, width)


def _proof_page(seen: ModelSeen, now: datetime, width: int) -> Lines:
    return model_proof.proof_lines(seen.version, seen.card.verifications, now, width)


def _gate(seen: ModelSeen, now: datetime, width: int) -> Lines:
    return gate.gate_lines(seen.card.reviews, now, width)


def _lineage(seen: ModelSeen, _now: datetime, width: int) -> Lines:
    return lineage.tree_lines(seen.lineage, width) if seen.lineage else []


def _call(seen: ModelSeen, _now: datetime, width: int) -> Lines:
    return model_inputs.call_lines(seen, width)


_PAGES: dict[str, Callable[[ModelSeen, datetime, int], Lines]] = {
    "overview": overview_lines,
    "figures": _figures,
    "inputs": _inputs,
    "proof": _proof_page,
    "gate": _gate,
    "lineage": _lineage,
    "call": _call,
}
"""What draws each page."""
