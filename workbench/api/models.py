"""Models: versions, champions, reviews, drift and performance."""

from __future__ import annotations

from storage.records import (
    CHAMPION,
    AliasMove,
    Cycle,
    DriftReport,
    Evaluation,
    GateReview,
    Job,
    Lineage,
    ModelHistory,
    ModelSummary,
    ModelVerification,
    ModelVersion,
)
from storage.records.model_diff import ModelDiff
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
        """Queues the registration of a finished run as a version of `model`, which need not be known."""
        from workbench.services import model_jobs

        with self._context.store.write() as tx:
            found = tx.runs.get(number_of(run, "r", "run"))
            return tx.jobs.enqueue(model_jobs.registration(self._context, found, model=model))

    def verify_model(self, label: str) -> Job:
        """Queues the proof of a version's export again, with the packages of today."""
        from workbench.services import labels, model_jobs

        with self._context.store.write() as tx:
            return tx.jobs.enqueue(
                model_jobs.verification(self._context, labels.model_version(tx, label))
            )

    def verifications(self, label: str, *, limit: int = 50) -> tuple[ModelVerification, ...]:
        """The proofs of a version that were repeated, newest first."""
        from workbench.services import labels

        with self._context.store.read() as tx:
            return tx.models.verifications(labels.model_version(tx, label), limit=limit)

    def promote(
        self,
        model: str,
        number: int,
        *,
        expected: int | None,
        why: str,
        alias: str = CHAMPION,
        override: str | None = None,
    ) -> ModelVersion:
        """Points an alias at a version, if `expected` still is there.

        Args:
            model: The model.
            number: The version.
            expected: Number of the version that the alias points to today; None: to none.
            why: Why, in one sentence.
            alias: Which alias; `champion` is the version that is served.
            override: Why a version whose proof failed shall be served all the same; kept for ever.
        """
        from workbench.services import champions

        return champions.promote(
            self._context, model, number, expected=expected, why=why, alias=alias, override=override
        )

    def roll_back(self, model: str, *, why: str, expected: int | None = None) -> ModelVersion:
        """Makes the previous champion champion again; with `expected`, only if that one still is."""
        from workbench.services import champions

        return champions.roll_back(self._context, model, expected=expected, why=why)

    def champion_before(self, model: str) -> ModelVersion:
        """The version that a roll-back would make champion again."""
        from workbench.services import champions

        return champions.before(self._context, model)

    def withdraw(self, model: str, alias: str, *, expected: int | None, why: str) -> None:
        """Takes an alias away, if `expected` still is there."""
        from workbench.services import champions

        champions.withdraw(self._context, model, alias, expected=expected, why=why)

    def model_aliases(self, model: str) -> dict[str, int]:
        """The number of the version that each alias of a model points to."""
        with self._context.store.read() as tx:
            return tx.models.aliases(model)

    def model_moves(
        self, model: str, alias: str | None = None, *, limit: int = 50
    ) -> tuple[AliasMove, ...]:
        """How the aliases of a model moved, newest first; with `alias`, only that one."""
        with self._context.store.read() as tx:
            return tx.models.moves(model, alias, limit=limit)

    def remove_model_version(self, label: str, *, why: str) -> ModelVersion:
        """Takes a version away that no alias points at; its number is never given again."""
        from workbench.services import model_upkeep

        return model_upkeep.remove_version(self._context, label, why=why)

    def tag_version(self, label: str, key: str, value: str | None) -> ModelVersion:
        """Sets a tag of a version; None takes it away."""
        from workbench.services import model_upkeep

        return model_upkeep.tag_version(self._context, label, key, value)

    def note_version(self, label: str, text: str) -> ModelVersion:
        """Writes a note on a version; an empty one takes it away."""
        from workbench.services import model_upkeep

        return model_upkeep.note_version(self._context, label, text)

    def model_diff(self, before: str, after: str, *, by_row: bool = True) -> ModelDiff:
        """How one version differs from another; with `by_row`, on the rows that both were tested on too."""
        from workbench.services import model_diff

        return model_diff.compare(self._context, before, after, by_row=by_row)

    def model_lineage(self, label: str) -> Lineage:
        """What a version was made of, and what came of it."""
        from workbench.services import lineage

        return lineage.of_model(self._context, label)

    def dataset_lineage(self, label: str) -> Lineage:
        """What a dataset version was made of, and what was made of it."""
        from workbench.services import lineage

        return lineage.of_dataset(self._context, label)

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
