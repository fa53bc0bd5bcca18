"""Models, their versions, and the aliases that say which one is served."""

from __future__ import annotations

from storage.models.repository import Models

__all__ = ["Models"]
