"""Datasets and their versions: brought in, looked at, compared, taken back."""

from __future__ import annotations

from pathlib import Path

from storage.records import (
    Arrival,
    BadLine,
    CheckResult,
    CheckTimeline,
    Column,
    Dataset,
    DatasetSummary,
    FilePreview,
    InboxStatus,
    Profile,
    Version,
    VersionDiff,
)
from workbench.api.handle import Handle, number_of


class DataCalls(Handle):
    """What can be asked of datasets, and done with them."""

    def datasets(self) -> tuple[DatasetSummary, ...]:
        """All datasets by name."""
        from workbench.services import overview

        return overview.datasets(self._context)

    def versions(self, dataset: str, *, limit: int = 50, offset: int = 0) -> tuple[Version, ...]:
        """Versions of a dataset, newest first."""
        with self._context.store.read() as tx:
            return tx.datasets.newest(tx.datasets.get(dataset), limit=limit, offset=offset)

    def version(self, label: str) -> Version:
        """The version that `flights@v3`, `flights@latest` or `flights` names."""
        from workbench.services import labels

        with self._context.store.read() as tx:
            return labels.dataset_version(tx, label)

    def columns_of(self, version: Version) -> tuple[Column, ...]:
        """The columns of a version, which later ones may have more of."""
        from workbench.services import rows

        with self._context.store.read() as tx:
            return rows.columns_of(tx, version)

    def profile(self, version: Version) -> Profile | None:
        """The profile of the rows a version added; None before its checks have ended."""
        from workbench.services import rows

        with self._context.store.read() as tx:
            blob = tx.datasets.profile_blob(version)
        return None if blob is None else rows.read_profile(self._context, blob)

    def check_results(self, version: Version) -> tuple[CheckResult, ...]:
        """What the checks of a version found, failed ones first."""
        with self._context.store.read() as tx:
            return tx.checks.of(version.id)

    def try_checks(self, version: Version) -> tuple[CheckResult, ...]:
        """What the checks of today's workbench.toml find on a version; nothing is changed or kept."""
        from workbench.services import check_looks

        return check_looks.try_out(self._context, version)

    def check_history(self, dataset: str, *, limit: int = 20) -> CheckTimeline:
        """What the checks of a dataset found in its newest versions, check by check."""
        from workbench.services import check_looks

        return check_looks.history(self._context, dataset, limit=limit)

    def suggest_checks(self, dataset: str) -> str:
        """Checks that the newest versions of a dataset would pass, as TOML to edit."""
        from workbench.services import check_looks

        return check_looks.suggest(self._context, dataset)

    def add(self, dataset: str, *paths: str | Path) -> Version | None:
        """Reads files into a pending version of a dataset; its checks are queued.

        Args:
            dataset: A dataset that workbench.toml names.
            paths: Files that nobody writes to any more, folders of them, or patterns.

        Returns:
            The pending version; None when no file brought new rows.
        """
        from workbench.services import datasets, taking_over

        return datasets.ingest(self._context, dataset, taking_over.files_of(paths))

    def files(self, *paths: str | Path) -> tuple[Path, ...]:
        """The files that `add` would read for these paths, folders and patterns."""
        from workbench.services import taking_over

        return taking_over.files_of(paths)

    def preview(self, dataset: str, path: str | Path) -> FilePreview:
        """What a file would bring to a dataset: columns, first rows, bad lines; nothing is kept."""
        from workbench.services import previewing

        return previewing.preview(self._context, dataset, Path(path))

    def arrivals_of(self, version: Version) -> tuple[Arrival, ...]:
        """The files that brought the rows of a version, with what there was to note of each."""
        with self._context.store.read() as tx:
            return tx.arrivals.of_version(version)

    def bad_lines(
        self, arrival: int | str, *, limit: int = 100, offset: int = 0
    ) -> tuple[BadLine, ...]:
        """The lines of a file that were set aside, in their order.

        Args:
            arrival: Its id or label: 12 or `a12`.
            limit: Lines at most.
            offset: Lines that are left out before the first one.
        """
        from workbench.services import datasets

        number = number_of(arrival, "a", "file")
        return datasets.bad_lines(self._context, number, limit=limit, offset=offset)

    def diff(self, before: str, after: str) -> VersionDiff:
        """How the version `after` differs from `before`; both are named as in `version`."""
        from workbench.services import version_diff

        return version_diff.diff(self._context, before, after)

    def undo(self, label: str) -> Version:
        """A pending version without the rows that a version added; its checks are queued."""
        from workbench.services import versions

        return versions.undo(self._context, label)

    def remove_version(self, label: str) -> Version:
        """Takes a version away that nothing needs; its bytes are freed by the next `free`."""
        from workbench.services import versions

        return versions.remove(self._context, label)

    def remove_dataset(self, name: str) -> Dataset:
        """Takes a dataset away with all its versions, if no run and no model names one."""
        from workbench.services import versions

        return versions.remove_dataset(self._context, name)

    def arrivals(
        self, *, dataset: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[Arrival, ...]:
        """Files that arrived, newest first."""
        with self._context.store.read() as tx:
            return tx.arrivals.newest(dataset=dataset, limit=limit, offset=offset)

    def inbox(self) -> tuple[InboxStatus, ...]:
        """How the watched folders stand, by dataset: what waits, what became of files, who looked."""
        from workbench.services import watching

        return watching.status(self._context)

    def waiting_files(self) -> tuple[str, ...]:
        """Files in watched folders that have not been dealt with, by path."""
        from workbench.services import inbox

        return inbox.waiting(self._context)
