"""All logged rows of a model, for Python: as a frame, as arrays, as a relation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from storage import frames
from storage.appended.reading import AppendedRows as Rows
from storage.errors import NotFound
from storage.labels import sent_labels
from storage.predictions import Predictions
from workbench.core.words import plural
from workbench.errors import UsageError
from workbench.services.context import Context
from workbench.services.input_types import types_of

if TYPE_CHECKING:
    import duckdb
    import pandas as pd


class LoggedRows:
    """What was logged of a model when they were opened; what is sealed later may take them away."""

    def __init__(self, context: Context, model: str, found: Rows) -> None:
        self.model = model
        self._context = context
        self._found = found

    def __len__(self) -> int:
        """How many rows there are."""
        ((count,),) = self._context.store.frames.rows(self._found.sql("count(*)"))
        return int(count)

    def __repr__(self) -> str:
        return f"<{plural(len(self), 'logged row')} of {self.model}>"

    @property
    def columns(self) -> tuple[str, ...]:
        """Their columns: when and how each was answered, and then what was sent."""
        return self._found.columns

    def frame(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """The rows as a pandas frame, in the order of their time.

        Args:
            columns: Those that are wanted, in this order; None: all.
        """
        return frames.frame(self._context.store.frames, self._found, self._wanted(columns))

    def numpy(self, columns: Sequence[str] | None = None) -> dict[str, NDArray[Any]]:
        """The rows as arrays by column, each of shape (rows,); masked arrays where values are missing.

        Args:
            columns: Those that are wanted, in this order; None: all.
        """
        wanted = ", ".join(map(frames.identifier, self._wanted(columns)))
        return self._context.store.frames.query(self._found.sql(wanted))

    def relation(self, columns: Sequence[str] | None = None) -> duckdb.DuckDBPyRelation:
        """The rows as a DuckDB relation on a connection of its own, which is read when it is asked.

        Args:
            columns: Those that are wanted, in this order; None: all.
        """
        return frames.relation(self._context.store.frames, self._found, self._wanted(columns))

    def _wanted(self, columns: Sequence[str] | None) -> Sequence[str]:
        if columns is None:
            return self.columns
        unknown = [name for name in columns if name not in self.columns]
        if unknown:
            raise NotFound.named("column", unknown[0], known=self.columns)
        if not columns:
            raise UsageError("No column is asked for.", "Name at least one, or leave them out.")
        return columns


def open_rows(context: Context, model: str) -> LoggedRows:
    """The logged rows of a model as they are now.

    Raises:
        NotFound: There is no such model.
    """
    return LoggedRows(context, model, predictions(context, model))


def predictions(context: Context, model: str) -> Rows:
    """The logged rows of a model, for SQL.

    Raises:
        NotFound: There is no such model.
    """
    with context.store.read() as tx:
        tx.models.get(model)
        versions = tx.models.newest(model)
    log = Predictions(context.store.frames, context.store.layout.predictions)
    return log.rows(model, types_of(versions))


def labels(context: Context, model: str) -> Rows:
    """All labels that were sent of a model, corrections among them, for SQL.

    Raises:
        NotFound: There is no such model.
    """
    with context.store.read() as tx:
        tx.models.get(model)
    return sent_labels(context.store.frames, context.store.layout.labels, model)
