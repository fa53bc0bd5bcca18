"""Where the aliases of a model stand before one of them is moved, and what a move will do, in one line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.records import CHAMPION, AliasMove, GateReview, ModelVersion, Parity
from workbench.core import words
from workbench.core.proof_words import sentence as proof

if TYPE_CHECKING:
    from workbench.api import Workbench

REVIEWS = 500
"""Newest reviews of a model among which that of a version is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A version, and what is to be known before an alias is pointed at it."""

    version: ModelVersion
    aliases: Mapping[str, int]
    """Where each alias of its model points."""
    failed: Parity | None
    """The proof by which it may not be served; None: all is well."""
    review: GateReview | None
    """What the gate said of it last; None: nothing."""

    @property
    def champion(self) -> int | None:
        """Number of the version that is served; None: none is."""
        return self.aliases.get(CHAMPION)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A move that was made here, and the sentence that says so."""

    model: str
    move: AliasMove
    sentence: str
    is_back: bool = False
    """Whether it went back to an earlier champion, so that rolling back once more goes further back."""

    @property
    def told(self) -> str:
        """The sentence, and how to take the move back."""
        return f"{self.sentence}. U takes it back."


def standing(workbench: Workbench, label: str) -> Standing:
    """What is to be known before an alias is pointed at a version."""
    version = workbench.model_version(label)
    repeated = workbench.verifications(label, limit=1)
    newest = repeated[0].parity if repeated else version.parity
    failed = next((one for one in (version.parity, newest) if not one.passed), None)
    reviews = workbench.reviews(version.model, limit=REVIEWS)
    return Standing(
        version=version,
        aliases=workbench.model_aliases(version.model),
        failed=failed,
        review=next((one for one in reviews if one.challenger == version.number), None),
    )


def promotion(known: Standing) -> str:
    """What making a version champion will do."""
    now = f"v{known.champion} answers now." if known.champion else "nothing answers now."
    parts = [f"{known.version.label} becomes champion; {now}"]
    if known.failed is not None:
        parts.append(
            f"Its {proof(known.failed)}: the reason to serve it all the same is kept for ever."
        )
    elif known.review is not None and known.review.decision.verdict.value != "pass":
        said = known.review.decision
        parts.append(
            f"The gate said {said.verdict.value}: {said.metric} {words.signed(said.gain)}."
        )
    return " ".join(parts)


def rolling_back(before: ModelVersion, aliases: Mapping[str, int]) -> str:
    """What rolling back to the champion before will do."""
    return f"{before.label} becomes champion again; {_version(aliases.get(CHAMPION))} answers now."


def taking_back(moved: Moved) -> str:
    """What taking a move back will do."""
    move, now = moved.move, f"v{moved.move.to_number} is it now"
    if move.alias == CHAMPION:
        now = f"v{move.to_number} answers now"
    if move.from_number is None:
        return f"{moved.model} has no {move.alias} any more, as before; {now}."
    if move.to_number is None:
        return (
            f"{moved.model}@v{move.from_number} becomes {move.alias} again; no version is it now."
        )
    return f"{moved.model}@v{move.from_number} becomes {move.alias} again; {now}."


def last_move(
    workbench: Workbench, model: str, alias: str, sentence: str, *, is_back: bool = False
) -> Moved:
    """The move of an alias that was made a moment ago."""
    move = workbench.model_moves(model, alias, limit=1)[0]
    return Moved(model=model, move=move, sentence=sentence, is_back=is_back)


def take_back(workbench: Workbench, moved: Moved, why: str) -> Moved:
    """Takes a move back; gives the move that did.

    Raises:
        AliasMoved: The alias is somewhere else by now; nothing was changed.
    """
    move, model = moved.move, moved.model
    why = f"taken back: {why}"
    if move.from_number is None:
        workbench.withdraw(model, move.alias, expected=move.to_number, why=why)
        return last_move(workbench, model, move.alias, f"{model} has no {move.alias} any more")
    before = standing(workbench, f"{model}@v{move.from_number}")
    # A champion that is taken back is none to which a later roll-back may return.
    is_back = move.alias == CHAMPION and not moved.is_back
    if is_back:
        workbench.roll_back(model, expected=move.to_number, why=why)
    else:
        workbench.promote(
            model,
            move.from_number,
            expected=move.to_number,
            why=why,
            alias=move.alias,
            override=before.version.override if before.failed and moved.is_back else None,
        )
    said = f"{before.version.label} is {move.alias} again; was {_version(move.to_number)}"
    return last_move(workbench, model, move.alias, said, is_back=is_back)


def overtaken(workbench: Workbench, moved: Moved) -> str:
    """Why a move cannot be taken back any more; empty while it is the last one of its alias."""
    newest = workbench.model_moves(moved.model, moved.move.alias, limit=1)
    if newest and newest[0] == moved.move:
        return ""
    if not newest:
        return f"{moved.model} has no moves of {moved.move.alias} any more."
    last = newest[0]
    return (
        f"{last.who} has moved {moved.move.alias} of {moved.model} since to"
        f" {_version(last.to_number)}; nothing is taken back."
    )


def _version(number: int | None) -> str:
    return "nothing" if number is None else f"v{number}"
