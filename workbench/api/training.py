"""What a training leaves besides its metrics: figures, and the baseline it stands beside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.records import Run
from workbench.api.handle import Handle, number_of

if TYPE_CHECKING:
    from workbench.core.run_figures import RunFigures


class TrainingCalls(Handle):
    """What can be asked of runs that were trained here."""

    def run_figures(self, run: int | str) -> RunFigures | None:
        """What is drawn of a run: curves, slices, importances, signs of leaks; None when it kept none.

        Raises:
            NotFound: There is no such run.
        """
        from workbench.services import figures_of_runs

        return figures_of_runs.read(self._context, self._run(run))

    def baseline_of(self, run: int | str) -> Run | None:
        """The baseline on the same rows as a run; None when there is none.

        Raises:
            NotFound: There is no such run.
        """
        from workbench.services import baseline_runs

        found = self._run(run)
        with self._context.store.read() as tx:
            return baseline_runs.of_run(tx, found)

    def version_for(self, experiment: str, data: str) -> int:
        """The number of the version that `flights@v3` names, of the dataset that an experiment learns from.

        Raises:
            NotFound: There is no such experiment, dataset or version.
            UsageError: The label names another dataset.
        """
        from workbench.services import training_jobs

        return training_jobs.version_for(self._context, experiment, data)

    def _run(self, run: int | str) -> Run:
        with self._context.store.read() as tx:
            return tx.runs.get(number_of(run, "r", "run"))
