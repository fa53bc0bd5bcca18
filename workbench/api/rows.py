"""Rows of datasets: as frames and arrays, by SQL, into files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from storage.records import Column, Table
from workbench.api.handle import Handle

if TYPE_CHECKING:
    from storage.frames.paging import Order
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

    def export(
        self,
        label: str,
        path: str | Path,
        *,
        file_format: str | None = None,
        where: str | None = None,
        order: str | None = None,
        descending: bool = False,
    ) -> int:
        """Writes the rows that `flights@v3` means to a file, in place of an older one; says how many.

        Args:
            label: As for `dataset`.
            path: As for `write_sql`.
            file_format: As for `write_sql`.
            where: As for `page`.
            order: As for `page`.
            descending: As for `page`.
        """
        from workbench.services import browsing, queries

        if where is None and order is None:
            return queries.export(self._context, label, Path(path), file_format=file_format)
        return browsing.write(
            self._context,
            label,
            Path(path),
            file_format=file_format,
            where=where,
            order=_order(order, descending=descending),
        )

    def columns(self, label: str) -> tuple[Column, ...]:
        """The columns that the rows of `flights@v3` have, in their order."""
        from workbench.services import browsing

        return browsing.columns(self._context, label)

    def page(  # noqa: PLR0913 - what a page is, each by its name
        self,
        label: str,
        *,
        where: str | None = None,
        order: str | None = None,
        descending: bool = False,
        columns: Sequence[str] | None = None,
        limit: int = 50,
        offset: int = 0,
        timeout_s: float | None = None,
    ) -> Table:
        """Some rows of a dataset, in its order or sorted; the same arguments give the same rows.

        Args:
            label: As for `dataset`.
            where: A SQL condition they meet: `distance > 500 and carrier = 'UA'`; None: any rows.
            order: The column they are sorted by, missing values last; None: as they are.
            descending: Whether the largest come first.
            columns: What is read of them, in this order; None: all.
            limit: Rows at most.
            offset: Rows that are left out before the first one.
            timeout_s: Seconds after which it is stopped; None: never.
        """
        from workbench.services import browsing

        return browsing.page(
            self._context,
            label,
            wanted=columns,
            where=where,
            order=_order(order, descending=descending),
            limit=limit,
            offset=offset,
            timeout_s=timeout_s,
        )

    def count(self, label: str, *, where: str | None = None, timeout_s: float | None = None) -> int:
        """How many rows of a dataset meet a condition; the arguments are as for `page`."""
        from workbench.services import browsing

        return browsing.count(self._context, label, where=where, timeout_s=timeout_s)

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


def _order(column: str | None, *, descending: bool) -> Order | None:
    from storage.frames.paging import Order

    return None if column is None else Order(column=column, descending=descending)
