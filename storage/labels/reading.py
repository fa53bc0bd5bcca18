"""Labels that were sent, read while more come: the latest of each row, and how many there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from storage.appended.reading import AppendedRows, looking
from storage.appended.rows import Sent, rows_sql, sent_to
from storage.appended.sealed import Sources, sources
from storage.appended.segments import folder_of
from storage.frames import Frames, identifier
from storage.frames.database import Columns
from storage.frames.quoting import moment
from storage.frames.selection import Rows
from storage.labels.rows import FORM, latest_sql
from storage.records.labels import KeptLabel

_PLACE = identifier("place of the row")


@dataclass(frozen=True, slots=True)
class Labels:
    """The labels of one model."""

    frames: Frames
    folder: Path
    """Where the labels of all models lie."""
    model: str
    key: tuple[str, ...]
    """The columns that name a row."""

    def latest(self, types: Sequence[str], *, where: str = "true") -> str | None:
        """A SELECT of the latest label of each row: k0, k1 and so on, label, labelled_at, received_at.

        Args:
            types: DuckDB types of the key columns.
            where: A SQL condition on labels, before the latest is taken.

        Returns:
            None where there are no labels.
        """
        found = sources(self._place)
        return latest_sql(found, self.key, types, where=where) if found else None

    def fetch(
        self, selection: Rows, columns: Sequence[str], *, types: Mapping[str, str]
    ) -> Columns:
        """Columns of the selected rows in their order, where a label that was sent stands in the last one.

        Args:
            selection: The rows, with the key columns among theirs.
            columns: Which of their columns; the last one is the target.
            types: DuckDB types of all their columns.
        """

        def look(found: Sources) -> Columns:
            wanted = ", ".join(map(identifier, columns))
            if not found:
                return self.frames.query(selection.sql(wanted))
            latest = latest_sql(found, self.key, [types[name] for name in self.key])
            same = " AND ".join(
                f"own.{identifier(name)} = sent.k{i}" for i, name in enumerate(self.key)
            )
            target = identifier(columns[-1])
            label = f"TRY_CAST(sent.label AS {types[columns[-1]]})"
            own = ", ".join(f"own.{identifier(name)}" for name in columns[:-1])
            return self.frames.query(
                f"SELECT {own}, coalesce({label}, own.{target}) AS {target} FROM "  # noqa: S608 - quoted
                f"(SELECT *, row_number() OVER () AS {_PLACE} FROM ({selection.sql()})) AS own "
                f"LEFT JOIN ({latest}) AS sent ON {same} ORDER BY own.{_PLACE}"
            )

        fetched = looking(self._place, look)
        return {name: np.ma.asanyarray(fetched[name]) for name in columns}

    def newer(self, selection: Rows, *, types: Mapping[str, str], since: datetime) -> int:
        """How many of the selected rows have a label that came at or after a moment.

        Args:
            selection: The rows, with the key columns among theirs.
            types: DuckDB types of all their columns.
            since: The moment.
        """
        keys = ", ".join(f"{identifier(name)} AS k{i}" for i, name in enumerate(self.key))
        same = ", ".join(f"k{i}" for i in range(len(self.key)))
        of_key = [types[name] for name in self.key]

        def look(found: Sources) -> int:
            if not found:
                return 0
            latest = latest_sql(found, self.key, of_key, where=f"received_at >= {moment(since)}")
            ((rows,),) = self.frames.rows(
                f"SELECT count(*) FROM ({selection.sql(keys)}) SEMI JOIN ({latest}) USING ({same})"  # noqa: S608 - quoted
            )
            return int(rows)

        return looking(self._place, look)

    def count(self) -> int:
        """How many were sent, corrections and repetitions among them."""

        def look(found: Sources) -> int:
            if not found:
                return 0
            every = rows_sql(FORM, found, Sent.texts(FORM, self.key))
            return int(self.frames.rows(f"SELECT count(*) FROM ({every})")[0][0])  # noqa: S608 - quoted

        return looking(self._place, look)

    def extent(self, latest: str) -> tuple[int, datetime]:
        """Of how many rows a SELECT of latest labels has one, at least one; and when the last of them came."""
        ((rows, last),) = self.frames.rows(
            f"SELECT count(*), CAST(max(received_at) AS TIMESTAMP) FROM ({latest})"  # noqa: S608 - quoted
        )
        return int(rows), last.replace(tzinfo=UTC)

    def newest(self, *, limit: int) -> tuple[KeptLabel, ...]:
        """The latest label of the rows whose labels came last, newest first."""
        keys = ", ".join(f"k{i}" for i in range(len(self.key)))

        def look(found: Sources) -> list[tuple[Any, ...]]:
            if not found:
                return []
            latest = latest_sql(found, self.key, ["VARCHAR"] * len(self.key))
            return self.frames.rows(
                "SELECT CAST(labelled_at AS TIMESTAMP), CAST(received_at AS TIMESTAMP), label, "  # noqa: S608 - quoted
                f"{keys} FROM ({latest}) ORDER BY received_at DESC, {keys} LIMIT {limit:d}"
            )

        return tuple(
            KeptLabel(
                key=dict(zip(self.key, values, strict=True)),
                label=label,
                at=at.replace(tzinfo=UTC),
                received_at=received_at.replace(tzinfo=UTC),
            )
            for at, received_at, label, *values in looking(self._place, look)
        )

    @property
    def _place(self) -> Path:
        return folder_of(self.folder, self.model)


def sent_labels(frames: Frames, folder: Path, model: str) -> AppendedRows:
    """All labels of a model that were sent until now, corrections among them."""

    def look(found: Sources) -> AppendedRows:
        return AppendedRows(FORM, found, sent_to(FORM, frames, found, {}))

    return looking(folder_of(folder, model), look)
