"""Runs as a list shows them, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from workbench.api.handle import Handle

if TYPE_CHECKING:
    from workbench.core.filters import Names
    from workbench.services.run_lists import RunPage


class RunListCalls(Handle):
    """What a list of runs asks for."""

    def run_page(
        self,
        where: str = "",
        *,
        sort: str | None = None,
        folds: Mapping[int, bool] | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> RunPage:
        """Runs newest first with their children below them; with a condition or an order, each on its own.

        Args:
            where: As of `find_runs`.
            sort: A name, with a minus before it for the largest first; None: newest first.
            folds: Whether the children of a run are shown, by its id; those of running runs are otherwise.
            limit: Runs at most, children not counted.
            offset: Runs that are left out before the first one.

        Raises:
            UsageError: The condition or the order cannot be understood; the error points at the place.
        """
        from workbench.services import lost_runs, run_lists

        lost_runs.end_lost(self._context.store)
        return run_lists.page(
            self._context, where, sort=sort, folds=folds, limit=limit, offset=offset
        )

    def run_names(self) -> Names:
        """What runs can be asked for by name: attributes, metrics and params."""
        from workbench.services import run_lists

        return run_lists.names(self._context)
