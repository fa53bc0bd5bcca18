"""Models that were made elsewhere, brought in from their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage.records import Job
from workbench.api.handle import Handle


class ForeignCalls(Handle):
    """What can be brought in."""

    def register_file(
        self,
        path: str | Path,
        *,
        model: str,
        dataset: str,
        target: str | None = None,
        columns: Sequence[str] | None = None,
        trust: bool = False,
    ) -> Job:
        """Queues the registration of a file with a model as a version of `model`; the file may go then.

        Args:
            path: A .onnx, LightGBM .txt, .skops, .pkl or .joblib file.
            model: What it becomes a version of; made when it is missing.
            dataset: The version whose rows prove it: `flights@v3`, or `flights` for the latest.
            target: The column it predicts; None: that of the model's experiment, where there is one.
            columns: The columns it takes, in its order; None: those that it names.
            trust: Whether a pickle may be opened, which runs whatever its author wrote into it.
        """
        from workbench.services import foreign_jobs

        job = foreign_jobs.registration(
            self._context,
            Path(path),
            model=model,
            dataset=dataset,
            target=target,
            columns=columns,
            trust=trust,
        )
        with self._context.store.write() as tx:
            return tx.jobs.enqueue(job)
