"""Runs of experiments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from storage.records import CurvePoint, Job, Run, RunTable, Scalar
from workbench.api.handle import Handle, number_of

if TYPE_CHECKING:
    from workbench.services.tracking import ActiveRun


class RunCalls(Handle):
    """What can be asked of runs, and starts them."""

    def run(  # noqa: PLR0913 - what a run is started with, each by its name
        self,
        experiment: str,
        *,
        params: Mapping[str, Any] | None = None,
        name: str | None = None,
        data: str | None = None,
        tags: Mapping[str, Any] | None = None,
        seed: int = 0,
        parent: int | str | None = None,
    ) -> ActiveRun:
        """Starts a run that this process logs to; leaving its block ends it.

        An error that leaves the block ends the run as failed, ctrl-c as killed. If the process dies,
        the run is failed a minute later.

        Args:
            experiment: What it belongs to; it need not stand in workbench.toml.
            params: What it is done with; nested ones get names with dots.
            name: What it is called; None: as the script.
            data: The dataset version it uses, such as flights@v3; None: none that is known here.
            tags: Words to find it by, with their values.
            seed: Of everything that chance decides.
            parent: The run it is a part of, as id or label.

        Raises:
            NotFound: There is no such dataset version or parent.
        """
        from workbench.services import run_starts
        from workbench.services.tracking import ActiveRun

        started = run_starts.start(
            self._context,
            experiment,
            params=params,
            name=name,
            data=data,
            tags=tags,
            seed=seed,
            parent=None if parent is None else number_of(parent, "r", "run"),
        )
        return ActiveRun(self._context, started, owns=True)

    def resume(self, run: int | str) -> ActiveRun:
        """Goes on with a run; one that another process runs is added to, and ended there.

        Raises:
            NotFound: There is no such run.
            UsageError: A job made it.
        """
        from workbench.services import run_starts
        from workbench.services.tracking import ActiveRun

        found, owns = run_starts.resume(self._context, number_of(run, "r", "run"))
        return ActiveRun(self._context, found, owns=owns)

    def runs(self, *, experiment: str | None = None, limit: int = 50, offset: int = 0) -> RunTable:
        """Runs with their latest metrics, newest first."""
        self._end_lost_runs()
        with self._context.store.read() as tx:
            return RunTable(tx.runs.newest(experiment=experiment, limit=limit, offset=offset))

    def run_count(self, *, experiment: str | None = None) -> int:
        """How many runs there are."""
        with self._context.store.read() as tx:
            return tx.runs.count(experiment=experiment)

    def get_run(self, run: int | str) -> Run:
        """The run with this id or label: 12 or `r12`."""
        self._end_lost_runs()
        with self._context.store.read() as tx:
            return tx.runs.get(number_of(run, "r", "run"))

    def metric_history(self, run: int, key: str, *, points: int = 500) -> tuple[CurvePoint, ...]:
        """A metric by step: each of its values, or about `points` stretches of steps if there are more."""
        with self._context.store.read() as tx:
            return tx.runs.curve(run, key, points=points)

    def _end_lost_runs(self) -> None:
        from workbench.services import lost_runs

        lost_runs.end_lost(self._context.store)

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
