"""Rows of datasets: as frames and arrays, by SQL, into files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from storage.records import Table
from workbench.api.handle import Handle

if TYPE_CHECKING:
    from workbench.services.dataset_rows import DatasetRows


class RowCalls(Handle):
    """What reads the rows themselves."""

    def dataset(self, label: str) -> DatasetRows:
        """The rows that `flights`, `flights@v3` or `flights@2013-04` means: as frame, arrays, relation."""
        from workbench.services import dataset_rows

        return dataset_rows.open_rows(self._context, label)

    def sql(self, sql: str, *, limit: int | None = None, timeout_s: float | None = None) -> Table:
        """The rows that a query over datasets gives: `select carrier, count(*) from flights@v3 group by 1`.

        Args:
            sql: One statement that selects; it can read datasets and do nothing else.
            limit: Rows at most; None: all.
            timeout_s: Seconds after which it is stopped; None: never.
        """
        from workbench.services import queries

        return queries.query(self._context, sql, limit=limit, timeout_s=timeout_s)

    def write_sql(
        self,
        sql: str,
        path: str | Path,
        *,
        file_format: str | None = None,
        timeout_s: float | None = None,
    ) -> int:
        """Writes the rows that a query gives to a file, in place of an older one; says how many.

        Args:
            sql: As for `sql`.
            path: The file; its folder exists.
            file_format: `parquet`, `csv`, `tsv` or `jsonl`; None: as the file's name ends.
            timeout_s: Seconds after which it is stopped; None: never.
        """
        from workbench.services import queries

        return queries.write(
            self._context, sql, Path(path), file_format=file_format, timeout_s=timeout_s
        )

    def export(self, label: str, path: str | Path, *, file_format: str | None = None) -> int:
        """Writes the rows that `flights@v3` means to a file; the rest is as for `write_sql`."""
        from workbench.services import queries

        return queries.export(self._context, label, Path(path), file_format=file_format)

    def sample(
        self, label: str, *, rows: int = 10, seed: int = 0, where: str | None = None
    ) -> Table:
        """Random rows of a dataset, in its order; the same version and seed give the same rows.

        Args:
            label: As for `dataset`.
            rows: How many; all where there are not more.
            seed: Another one gives other rows.
            where: A SQL condition they meet; None: any rows.
        """
        from workbench.services import queries

        return queries.sample(self._context, label, rows=rows, seed=seed, where=where)
