"""What the endpoint answered: written as it happens, read while it grows."""

from __future__ import annotations

from storage.predictions.log import LoggedRequest, Writer, folder_of
from storage.predictions.scores import Predictions

__all__ = ["LoggedRequest", "Predictions", "Writer", "folder_of"]
