"""The rows that a name such as `flights@v3` means, for Python: as a frame, as arrays, as a relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from storage import frames
from storage.errors import NotFound
from storage.frames import Selection
from storage.records import RowFacts, Schema, Version, Window
from storage.store import Transaction
from workbench.core import dataset_sql
from workbench.core.dataset_sql import Reference
from workbench.core.words import plural
from workbench.errors import UsageError
from workbench.services import labels, rows
from workbench.services.context import Context

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a reference means now."""

    version: Version
    schema: Schema
    selection: Selection


class DatasetRows:
    """Rows of one version of a dataset; later versions do not change them."""

    def __init__(self, context: Context, label: str, found: Found) -> None:
        self.label = label
        """What they were asked for as."""
        self._context = context
        self._found = found

    def __len__(self) -> int:
        """How many rows there are."""
        selection = self._found.selection
        if selection.start is None and selection.end is None:
            return self.version.rows
        return self._context.store.frames.count(selection)

    def __repr__(self) -> str:
        return f"<{self.label}: {plural(len(self), 'row')} of {self.version.label}>"

    @property
    def version(self) -> Version:
        """The version they belong to."""
        return self._found.version

    def facts(self) -> RowFacts:
        """How many they are, and the earliest and latest event time among them."""
        selection = self._found.selection
        time = "NULL" if selection.time is None else frames.identifier(selection.time)
        asked = f"count(*), min({time})::TIMESTAMP, max({time})::TIMESTAMP"
        ((rows, first, last),) = self._context.store.frames.rows(selection.sql(asked))
        return RowFacts(
            version=self.version,
            rows=rows,
            start=selection.start,
            end=selection.end,
            first_time=first and first.replace(tzinfo=UTC),
            last_time=last and last.replace(tzinfo=UTC),
        )

    @property
    def schema(self) -> Schema:
        """Their columns."""
        return self._found.schema

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows as a pandas frame.

        Args:
            columns: Those that are wanted, in this order; None: all.
        """
        engine = self._context.store.frames
        return frames.frame(engine, self._found.selection, self._wanted(columns))

    def numpy(self, columns: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """The rows as arrays by column, each of shape (rows,); masked arrays where values are missing.

        Args:
            columns: Those that are wanted, in this order; None: all.
        """
        wanted = ", ".join(map(frames.identifier, self._wanted(columns)))
        return self._context.store.frames.query(self._found.selection.sql(wanted))

    def relation(self, columns: Sequence[str] | None = None) -> duckdb.DuckDBPyRelation:
        """The rows as a DuckDB relation on a connection of its own, which is read when it is asked.

        Args:
            columns: Those that are wanted, in this order; None: all.
        """
        engine = self._context.store.frames
        return frames.relation(engine, self._found.selection, self._wanted(columns))

    def _wanted(self, columns: Sequence[str] | None) -> Sequence[str]:
        if columns is None:
            return self.schema.names
        unknown = [name for name in columns if self.schema.column(name) is None]
        if unknown:
            raise NotFound.named("column", unknown[0], known=self.schema.names)
        if not columns:
            raise UsageError("No column is asked for.", "Name at least one, or leave them out.")
        return columns


def open_rows(context: Context, label: str) -> DatasetRows:
    """The rows that `flights`, `flights@v3` or `flights@2013-04` means now.

    Raises:
        NotFound: There is no such dataset or version.
        UsageError: It has no rows, or no event time to tell a period by.
    """
    with context.store.read() as tx:
        reference = dataset_sql.reference(label, known(context, tx))
        return DatasetRows(context, label, find(context, tx, reference))


def known(context: Context, tx: Transaction) -> tuple[str, ...]:
    """The names of all datasets, with those that have no rows yet."""
    names = {dataset.name for dataset in tx.datasets.all()} | set(context.config.datasets)
    return tuple(sorted(names))


def find(context: Context, tx: Transaction, reference: Reference) -> Found:
    """What a reference means now.

    Raises:
        NotFound: There is no such version.
        UsageError: It has no rows, or no event time to tell a period by.
    """
    name = reference.dataset
    dataset = next((one for one in tx.datasets.all() if one.name == name), None)
    if dataset is None or dataset.schema is None:
        raise UsageError(
            f"{name} has no rows yet.",
            f"Add some with `workbench data add {name} FILE`, or drop a file into its folder.",
        )
    which = "latest" if reference.version is None else f"v{reference.version}"
    version = labels.dataset_version(tx, f"{name}@{which}")
    window = Window(dataset=name, version=version.number, start=reference.start, end=reference.end)
    selection = rows.select(context, tx, window)
    if reference.start is not None and selection.time is None:
        raise UsageError(
            f"{name} has no event time, so {reference.view} means nothing.",
            f"Name the column with its time in workbench.toml: [datasets.{name}] time = …",
        )
    if not selection.paths:
        raise UsageError(f"{version.label} has no rows.")
    schema = tx.datasets.schema_of(version) or dataset.schema
    return Found(version=version, schema=schema, selection=selection)
