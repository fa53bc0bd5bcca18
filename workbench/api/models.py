"""Models: versions, champions, reviews, drift and performance."""

from __future__ import annotations

from storage.records import (
    Cycle,
    DriftReport,
    Evaluation,
    GateReview,
    Job,
    ModelHistory,
    ModelSummary,
    ModelVersion,
)
from workbench.api.handle import Handle, number_of


class ModelCalls(Handle):
    """What can be asked of models, and done with them."""

    def models(self) -> tuple[ModelSummary, ...]:
        """All models that have a version."""
        from workbench.services import overview

        return overview.models(self._context)

    def model_versions(
        self, model: str, *, limit: int = 50, offset: int = 0
    ) -> tuple[ModelVersion, ...]:
        """Versions of a model, newest first."""
        with self._context.store.read() as tx:
            return tx.models.newest(model, limit=limit, offset=offset)

    def model_version(self, label: str) -> ModelVersion:
        """The version that `late@v3`, `late@champion` or `late` names."""
        from workbench.services import labels

        with self._context.store.read() as tx:
            return labels.model_version(tx, label)

    def reviews(self, model: str, *, limit: int = 50) -> tuple[GateReview, ...]:
        """What the gate said of a model's challengers, newest first."""
        with self._context.store.read() as tx:
            return tx.reviews.newest(tx.models.get(model), limit=limit)

    def cycles(self, model: str, *, limit: int = 50) -> tuple[Cycle, ...]:
        """Retraining cycles of a model, newest first."""
        with self._context.store.read() as tx:
            return tx.reviews.cycles(tx.models.get(model), limit=limit)

    def history(self, model: str) -> ModelHistory:
        """The life of a model, window by window."""
        from workbench.services import overview

        return overview.history(self._context, model)

    def register(self, run: int | str, *, model: str) -> Job:
        """Queues the registration of a finished run as a version of `model`."""
        from workbench.services import training_jobs

        with self._context.store.write() as tx:
            found = tx.runs.get(number_of(run, "r", "run"))
            return tx.jobs.enqueue(training_jobs.registration(self._context, found, model=model))

    def promote(self, model: str, number: int, *, expected: int | None, why: str) -> ModelVersion:
        """Makes a version the champion, if `expected` still is."""
        from workbench.services import champions

        return champions.promote(self._context, model, number, expected=expected, why=why)

    def roll_back(self, model: str, *, why: str, expected: int | None = None) -> ModelVersion:
        """Makes the previous champion champion again; with `expected`, only if that one still is."""
        from workbench.services import champions

        return champions.roll_back(self._context, model, expected=expected, why=why)

    def drift_reports(
        self,
        *,
        dataset: str | None = None,
        model: str | None = None,
        limit: int = 50,
        offset: int = 0,
    ) -> tuple[DriftReport, ...]:
        """Drift reports, newest first."""
        with self._context.store.read() as tx:
            return tx.drift.newest(dataset=dataset, model=model, limit=limit, offset=offset)

    def evaluations(self, model: str) -> tuple[Evaluation, ...]:
        """Realised performance of a model's versions, oldest window first."""
        with self._context.store.read() as tx:
            return tx.drift.evaluations(tx.models.get(model))
