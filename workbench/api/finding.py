"""Runs found, compared, made again, planned and taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from storage.records import Job, Run, RunTable
from workbench.api.handle import Handle, number_of

if TYPE_CHECKING:
    from storage.records.filters import Field
    from storage.records.planning import PlannedRun
    from storage.records.reproduction import Reproduction
    from storage.records.run_cards import RunCard, RunRemoval
    from storage.records.run_comparison import RunComparison
    from workbench.core.filters import Fields


class FoundRunCalls(Handle):
    """What can be asked of several runs, and done with them."""

    def find_runs(
        self,
        where: str = "",
        *,
        sort: str | None = None,
        experiment: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> RunTable:
        """Runs that meet a condition, with their latest metrics.

        Args:
            where: Such as `metrics.roc_auc > 0.7 and params.model = 'lgbm'`, or short `roc_auc>0.7 -state:failed`.
            sort: A name, with a minus before it for the largest first; None: newest first.
            experiment: Only runs of this experiment.
            limit: Runs at most.
            offset: Runs that are left out before the first one.

        Raises:
            UsageError: The condition or the order cannot be understood; the error points at the place.
        """
        from workbench.services import lost_runs, run_finding

        lost_runs.end_lost(self._context.store)
        found = run_finding.find(
            self._context, where, sort=sort, experiment=experiment, limit=limit, offset=offset
        )
        return RunTable(found)

    def run_columns(self, columns: str) -> tuple[Field, ...]:
        """What `run, params.C, roc_auc` asks for of every run.

        Raises:
            UsageError: Nothing is called so; the error points at the place.
        """
        from workbench.services import run_finding

        return run_finding.columns(self._context, columns)

    def run_fields(self, run: Run) -> Fields:
        """What a run has, by the names that a condition may ask for; `str` of a column is one."""
        from workbench.services import run_finding

        return run_finding.fields_of(run)

    def run_card(self, run: int | str) -> RunCard:
        """A run with its files, its children and the model versions made of it."""
        from workbench.services import lost_runs, run_upkeep

        lost_runs.end_lost(self._context.store)
        return run_upkeep.card(self._context, number_of(run, "r", "run"))

    def compare_runs(self, *runs: int | str, by_row: bool = True) -> RunComparison:
        """Two runs or more: what differs, their metrics, and the paired difference on common test rows.

        Args:
            runs: Ids or labels; the first is what the others are held against.
            by_row: Whether to read the test rows again, for the paired difference; without it the
                answer comes at once.

        Raises:
            UsageError: There are fewer than two different runs, or too many.
        """
        from workbench.services import run_comparison

        wanted = [number_of(run, "r", "run") for run in runs]
        return run_comparison.compare(self._context, wanted, by_row=by_row)

    def remove_runs(self, *runs: int | str) -> tuple[RunRemoval, ...]:
        """Takes runs away with their children; those that a model version was made of are kept."""
        from workbench.services import run_upkeep

        return run_upkeep.remove(self._context, [number_of(run, "r", "run") for run in runs])

    def tag_run(self, run: int | str, tags: Mapping[str, str | None]) -> Run:
        """Sets tags of a run; None takes one away."""
        from workbench.services import run_upkeep

        return run_upkeep.tag(self._context, number_of(run, "r", "run"), tags)

    def note_run(self, run: int | str, text: str) -> Run:
        """Writes a note to a run in place of the one before; an empty one takes it away."""
        from workbench.services import run_upkeep

        return run_upkeep.note(self._context, number_of(run, "r", "run"), text)

    def reproduce(self, run: int | str) -> Job:
        """Queues that a run is made again from what it recorded, and compared with the first one.

        Raises:
            UsageError: It has not finished, or kept no model.
        """
        from workbench.services import reproducing_jobs

        with self._context.store.write() as tx:
            found = tx.runs.get(number_of(run, "r", "run"))
            return tx.jobs.enqueue(reproducing_jobs.job_for(tx, found))

    def reproduction(self, job: Job) -> Reproduction | None:
        """What a job found that made a run again; None while it has not ended, or failed."""
        import msgspec

        from storage.records.reproduction import Reproduction

        if job.kind != "reproduce" or job.result is None:
            return None
        return msgspec.convert(job.result, Reproduction)

    def plan(self, experiment: str | None = None) -> tuple[PlannedRun, ...]:
        """Each recipe of workbench.toml beside its latest finished run, and what has changed since.

        Raises:
            NotFound: workbench.toml has no such experiment.
        """
        from workbench.services import planning

        return planning.plan(self._context, experiment)
