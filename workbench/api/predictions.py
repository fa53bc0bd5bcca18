"""What the endpoint answered, and the labels that judge it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from storage.records import AnsweredRequest
from workbench.api.handle import Handle

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from workbench.services.logged_rows import LoggedRows
    from workbench.services.model_labels import ModelLabels


class PredictionCalls(Handle):
    """The prediction log and the labels."""

    def predictions(self, model: str) -> LoggedRows:
        """All logged rows of a model as they are now: as frame, arrays or relation."""
        from workbench.services import logged_rows

        return logged_rows.open_rows(self._context, model)

    def recent_predictions(
        self, model: str | None = None, *, limit: int = 200, since: datetime | None = None
    ) -> tuple[AnsweredRequest, ...]:
        """The newest requests that were answered and logged, newest first.

        Args:
            model: Whose; None: of all models.
            limit: How many at most.
            since: Only those that came at or after this time; None: all.
        """
        from workbench.services import predictions

        return predictions.recent(self._context, model, limit=limit, since=since)

    def recent_scores(
        self, model: str, *, rows: int = 10_000
    ) -> Mapping[tuple[int, str], NDArray[np.float64]]:
        """Scores of the newest logged rows of a model, per (version, "answer" or "shadow").

        Args:
            model: Whose.
            rows: How many of them at most, of all versions together.
        """
        from workbench.services import predictions

        return predictions.recent_scores(self._context, model, rows=rows)

    def labels(self, model: str) -> ModelLabels:
        """The labels of a model: `labels("late").add(frame)` keeps more of them."""
        from workbench.services.model_labels import ModelLabels

        return ModelLabels(self._context, model)
