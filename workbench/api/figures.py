"""How the endpoint is doing: what it answered, how fast, and what is not as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.records import FiguresRecord, VersionSummary
from workbench.api.handle import Handle

if TYPE_CHECKING:
    from workbench.services.access import AccessLine


class FigureCalls(Handle):
    """The endpoint's figures, read from what its processes write down once a second."""

    def figures(self) -> FiguresRecord:
        """What all processes of the endpoint counted since it started, and its last 15 minutes."""
        from workbench.services import figures

        return figures.read(self._context.store.layout)

    def figures_of(self, model: str | None = None) -> tuple[VersionSummary, ...]:
        """Requests a second, percentiles and errors, one summary a version and role.

        Args:
            model: Only versions of this one; None: of all.
        """
        from workbench.core.figures_summary import summaries

        return summaries(self.figures(), model=model)

    def recent_requests(self, *, limit: int = 200) -> tuple[AccessLine, ...]:
        """The newest lines of the endpoint's access log, newest first: refused requests among them."""
        from workbench.services import access

        return access.newest(self._context.store.layout.logs / access.FOLDER, limit=limit)
