"""Labels that were sent: kept before they are acknowledged, joined with predictions by key."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from storage.labels.log import LabelWriter

if TYPE_CHECKING:
    from storage.labels.files import text_columns
    from storage.labels.reading import Labels, sent_labels

__all__ = ["LabelWriter", "Labels", "sent_labels", "text_columns"]
_LATE = {"Labels": "reading", "sent_labels": "reading", "text_columns": "files"}


def __getattr__(name: str) -> Any:
    """Loads what needs DuckDB when it is first asked for: the endpoint writes without it."""
    if name in _LATE:
        return getattr(import_module(f"storage.labels.{_LATE[name]}"), name)
    raise AttributeError(f"module 'storage.labels' has no attribute {name!r}")
