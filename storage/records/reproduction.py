"""What came of making a run again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Sameness(StrEnum):
    """How like the first run the second one is."""

    BIT_IDENTICAL = "bit-identical"
    """The file of the model has the same bytes."""
    SAME_MODEL = "same model"
    """The file differs in how the model is written, and in nothing that it is."""
    SAME_PREDICTIONS = "same predictions"
    """The model differs, and gives every test row the very same score."""
    DIFFERS = "differs"

    @property
    def is_reproduced(self) -> bool:
        """Whether the run gives what it gave."""
        return self is not Sameness.DIFFERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """A metric of both runs."""

    key: str
    first: float
    again: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reproduction:
    """A run beside the one that was made again from what it had recorded."""

    run: int
    again: int | None
    """The run that was made; None: it could not be made."""
    sameness: Sameness
    sentence: str
    """The verdict in one sentence."""
    reasons: tuple[str, ...]
    """What has changed since and may be why, the likeliest first."""
    largest_difference: float | None
    """Of a score of a test row; None: there are no rows to compare."""
    rows: int
    """Test rows that were compared."""
    metrics: tuple[Remade, ...]
    """The metrics that are not the same."""
