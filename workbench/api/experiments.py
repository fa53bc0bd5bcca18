"""Runs of experiments."""

from __future__ import annotations

from collections.abc import Mapping

from storage.records import Job, MetricPoint, Run, Scalar
from workbench.api.handle import Handle, number_of


class RunCalls(Handle):
    """What can be asked of runs, and starts them."""

    def runs(
        self, *, experiment: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Run, ...]:
        """Runs with their latest metrics, newest first."""
        with self._context.store.read() as tx:
            return tx.runs.newest(experiment=experiment, limit=limit, offset=offset)

    def run_count(self, *, experiment: str | None = None) -> int:
        """How many runs there are."""
        with self._context.store.read() as tx:
            return tx.runs.count(experiment=experiment)

    def get_run(self, run: int | str) -> Run:
        """The run with this id or label: 12 or `r12`."""
        with self._context.store.read() as tx:
            return tx.runs.get(number_of(run, "r", "run"))

    def metric_history(self, run: int, key: str, *, points: int = 500) -> tuple[MetricPoint, ...]:
        """Values of a metric in the order of its steps, at most about `points` of them."""
        with self._context.store.read() as tx:
            return tx.runs.history(run, key, points=points)

    def train(
        self,
        experiment: str,
        *,
        recipe: str | None = None,
        params: Mapping[str, Scalar] | None = None,
        version: int | None = None,
    ) -> Job:
        """Queues a run of an experiment.

        Args:
            experiment: Its name in workbench.toml.
            recipe: One of its recipes; None: the first.
            params: Params that replace or add to the recipe's.
            version: Number of the dataset version; None: the latest when the job runs.
        """
        from workbench.services import training_jobs

        new = training_jobs.job_for(
            self._context, experiment, recipe=recipe, params=params, version=version
        )
        with self._context.store.write() as tx:
            return tx.jobs.enqueue(new)
