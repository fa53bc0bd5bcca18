"""Studies, which look for the best params of a recipe."""

from __future__ import annotations

from collections.abc import Mapping

from storage.records import Scalar, Study, Trial
from workbench.api.handle import Handle, number_of


class TuningCalls(Handle):
    """What can be asked of studies, starts and stops them."""

    def tune(
        self,
        experiment: str,
        *,
        recipe: str | None = None,
        trials: int | None = None,
        timeout_s: float | None = None,
        parallel: int = 1,
        params: Mapping[str, Scalar] | None = None,
    ) -> Study:
        """Starts a study of an experiment: its trials are jobs, and its first ones are queued.

        Args:
            experiment: Its name in workbench.toml, which gives it a search.
            recipe: One of its recipes; None: the first.
            trials: Trials at most; None: as workbench.toml says.
            timeout_s: Time after the first trial's start from which no further one starts; None: as
                workbench.toml says.
            parallel: Trials at the same time, as far as the worker has slots.
            params: Params that all trials have besides the recipe's.
        """
        from workbench.services import tuning

        return tuning.start(
            self._context,
            experiment,
            recipe=recipe,
            trials=trials,
            timeout_s=timeout_s,
            parallel=parallel,
            params=params,
        )

    def studies(
        self, *, experiment: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Study, ...]:
        """Studies with their best trials so far, newest first."""
        with self._context.store.read() as tx:
            return tx.studies.newest(experiment=experiment, limit=limit, offset=offset)

    def study(self, study: int | str) -> Study:
        """The study with this id or label: 3 or `s3`."""
        with self._context.store.read() as tx:
            return tx.studies.get(number_of(study, "s", "study"))

    def trials(self, study: int | str) -> tuple[Trial, ...]:
        """The trials of a study by number."""
        with self._context.store.read() as tx:
            found = tx.studies.get(number_of(study, "s", "study"))
            return tx.studies.trials(found.id)

    def stop_study(self, study: int | str) -> Study:
        """Ends a study now: its best so far stays, trials under way are cancelled."""
        from workbench.services import tuning

        return tuning.stop(self._context, number_of(study, "s", "study"))
