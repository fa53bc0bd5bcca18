"""The figures that a run kept, read without loading what made them."""

from __future__ import annotations

import msgspec

from storage.records import Run
from workbench.core.run_figures import RunFigures
from workbench.services.context import Context

FIGURES_ARTIFACT = "figures.json"


def read(context: Context, run: Run) -> RunFigures | None:
    """The figures that a run kept; None for a run that kept none."""
    with context.store.read() as tx:
        kept = {one.path: one.blob for one in tx.runs.artifacts(run.id)}
    if FIGURES_ARTIFACT not in kept:
        return None
    return msgspec.json.decode(context.store.blobs.read(kept[FIGURES_ARTIFACT]), type=RunFigures)
