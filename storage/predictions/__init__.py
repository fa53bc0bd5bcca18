"""What the endpoint answered: written as it happens, read while it grows."""

from __future__ import annotations

from storage.predictions.log import LoggedRequest, Writer, folder_of
from storage.predictions.scores import LoggedAnswers, Predictions

__all__ = ["LoggedAnswers", "LoggedRequest", "Predictions", "Writer", "folder_of"]
