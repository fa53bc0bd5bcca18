"""What the endpoint answered: written as it happens, read while it grows, sealed when it no longer does."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from storage.appended.segments import folder_of
from storage.predictions.batches import LoggedBatch
from storage.predictions.log import LogRules, Writer
from storage.predictions.tail import recent, recent_scores

if TYPE_CHECKING:
    from storage.predictions.scores import Asked, LoggedAnswers, Predictions

__all__ = [
    "Asked",
    "LogRules",
    "LoggedAnswers",
    "LoggedBatch",
    "Predictions",
    "Writer",
    "folder_of",
    "recent",
    "recent_scores",
]
_LATE = {"Asked", "LoggedAnswers", "Predictions"}


def __getattr__(name: str) -> Any:
    """Loads what needs DuckDB when it is first asked for: the endpoint writes without it."""
    if name in _LATE:
        return getattr(import_module("storage.predictions.scores"), name)
    raise AttributeError(f"module 'storage.predictions' has no attribute {name!r}")
