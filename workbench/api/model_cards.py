"""What a model version is, on one card, and taken elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from storage.records import Job
from workbench.api.handle import Handle

if TYPE_CHECKING:
    from workbench.core.model_cards import ModelCard
    from workbench.services.model_export import Layout


class ModelCardCalls(Handle):
    """What can be told of a model version as a whole, and how it leaves the project."""

    def model_card(self, label: str) -> ModelCard:
        """All that is known of the version that `late@v3`, `late@champion` or `late` names."""
        from workbench.services import model_cards

        return model_cards.card(self._context, label)

    def export_model(
        self, label: str, folder: str | Path, *, layout: Layout = "folder", force: bool = False
    ) -> Job:
        """Queues the export of a version into a folder that runs elsewhere.

        Args:
            label: `late@v3`, `late@champion` or `late`.
            folder: Where to; it appears whole or not at all.
            layout: `folder`: to be run with onnxruntime alone; `triton`: a repository of Triton and MLServer.
            force: Whether a model that was exported there before is replaced.
        """
        from workbench.services import labels, model_jobs

        with self._context.store.write() as tx:
            version = labels.model_version(tx, label)
            return tx.jobs.enqueue(
                model_jobs.export(
                    self._context, version, Path(folder).resolve(), layout=layout, force=force
                )
            )

    def write_model(
        self, label: str, folder: str | Path, *, layout: Layout = "folder", force: bool = False
    ) -> Path:
        """Exports a version into a folder here and now; as `export_model`. The folder that was written."""
        from workbench.services import model_export

        return model_export.write(self._context, label, Path(folder), layout=layout, force=force)
