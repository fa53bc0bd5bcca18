"""Logged scores, read while the log grows and is sealed, and joined with labels by key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from storage.appended.reading import AppendedRows, looking
from storage.appended.rows import Sent, rows_sql, sent_to
from storage.appended.sealed import Part, Sources, stored_names
from storage.appended.segments import folder_of
from storage.frames import Frames, identifier
from storage.frames.quoting import moment
from storage.predictions.rows import FORM, requests_sql
from storage.records.predictions import AnsweredRequest
from storage.tables import EPOCH

T = TypeVar("T")

LatestLabels = Callable[[Sequence[str]], str | None]
"""Given the types of the key columns, a SELECT of the latest labels: k0, k1 and so on, and label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAnswers:
    """What a version answered, as far as the log kept it."""

    requests: int
    rows: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which logged answers count."""

    version: int | None = None
    """Only those of this version; None: of whichever answered last."""
    since: datetime | None = None
    """Only those made at or after this time; None: all."""

    def of(self, found: Sources) -> Sources:
        """The files that may hold such answers."""
        if self.since is None:
            return found
        return found.since((self.since - EPOCH) // timedelta(microseconds=1))

    def sql(self) -> str:
        """The SQL condition of them."""
        terms = ["role = 'answer'"]
        if self.version is not None:
            terms.append(f"version = {self.version:d}")
        if self.since is not None:
            terms.append(f"answered_at >= {moment(self.since)}")
        return " AND ".join(terms)


@dataclass(frozen=True, slots=True)
class Predictions:
    """What was logged, read while it grows; a line that is not whole yet, or never became so, is skipped."""

    frames: Frames
    folder: Path
    """Where the predictions of all models lie."""

    def labelled_scores(
        self,
        relation_sql: str,
        *,
        key: Sequence[str],
        target: str,
        model: str,
        asked: Asked | None = None,
        labels: LatestLabels | None = None,
    ) -> dict[str, NDArray[Any]]:
        """The latest logged score of each labelled row, joined by key.

        Args:
            relation_sql: A SELECT statement that gives the key columns and the target.
            key: The columns that name a row, at least one.
            target: The column of the label; rows without one are left out.
            model: Whose predictions.
            asked: Which of them; None: all, whichever version answered last.
            labels: Labels that were sent; one of these counts rather than the row's own.

        Returns:
            `target`, `model_version` and `score`, each of one length, in no order that means anything;
            `score` has shape (rows,), or (rows, classes) for more than two classes.

        Raises:
            ValueError: `key` is empty.
        """
        if not key:
            raise ValueError("predictions are joined with labels by at least one key column")
        *types, kind = self._types(relation_sql, [*key, target])
        keys = ", ".join(f"{identifier(name)} AS k{i}" for i, name in enumerate(key))
        own = f"SELECT {keys}, {identifier(target)} AS target FROM ({relation_sql})"  # noqa: S608 - quoted

        def rows() -> str:
            sent = labels(types) if labels is not None else None
            return own if sent is None else _with_sent(own, sent, len(key), kind)

        return self._joined(rows, key, types, model=model, asked=asked or Asked())

    def sent_scores(
        self,
        labels: LatestLabels,
        *,
        key: Sequence[str],
        types: Sequence[str],
        model: str,
        asked: Asked | None = None,
    ) -> dict[str, NDArray[Any]]:
        """The latest logged score of each row whose label was sent; the rest is as for `labelled_scores`.

        Args:
            labels: Labels that were sent.
            key: The columns that name a row, at least one.
            types: Their DuckDB types.
            model: Whose predictions.
            asked: Which of them; None: all, whichever version answered last.
        """

        def rows() -> str | None:
            sent = labels(types)
            keys = ", ".join(f"k{i}" for i in range(len(key)))
            return sent and f"SELECT {keys}, label AS target FROM ({sent})"  # noqa: S608 - our own names

        return self._joined(rows, key, types, model=model, asked=asked or Asked())

    def answered(self, model: str, version: int) -> LoggedAnswers | None:
        """How much a version answered, and when; None: the log knows of nothing."""

        def look(found: Sources) -> list[tuple[Any, ...]]:
            if not found:
                return [(None, None, None, None)]
            return self.frames.rows(
                "SELECT sum(requests), sum(rows), min(first), max(last) "  # noqa: S608 - quoted
                f"FROM ({requests_sql(found)}) WHERE version = ? AND role = 'answer'",
                [version],
            )

        ((requests, rows, first, last),) = self._looking(model, look)
        if not rows:
            return None
        return LoggedAnswers(
            requests=int(requests),
            rows=int(rows),
            first_at=EPOCH + timedelta(microseconds=first),
            last_at=EPOCH + timedelta(microseconds=last),
        )

    def rows(self, model: str, types: Mapping[str, str]) -> AppendedRows:
        """All logged rows of a model as they are now.

        Args:
            model: Whose predictions.
            types: DuckDB types of the columns that are known; what else was sent is text.
        """
        return self._looking(
            model, lambda found: AppendedRows(FORM, found, sent_to(FORM, self.frames, found, types))
        )

    def newest_sealed(self, model: str, *, limit: int) -> list[AnsweredRequest]:
        """The newest requests whose rows are sealed, newest first."""

        def look(found: Sources) -> list[AnsweredRequest]:
            parts: list[Part] = []
            for part in reversed(found.parts):
                parts.append(part)
                if sum(one.rows for one in parts) >= limit:
                    break
            if not parts:
                return []
            sealed = Sources(found.folder, tuple(parts), ())
            sent = sent_to(FORM, self.frames, sealed, {})
            return self._newest(model, AppendedRows(FORM, sealed, sent), limit)

        return self._looking(model, look)

    def _newest(self, model: str, rows: AppendedRows, limit: int) -> list[AnsweredRequest]:
        columns = rows.columns[len(FORM.fixed) :]
        firsts = "".join(f", arg_min({identifier(name)}, row)" for name in columns)
        found = self.frames.rows(
            "SELECT epoch_us(answered_at), request, version, role, count(*), any_value(latency_us), "  # noqa: S608 - quoted
            f"any_value(caller), arg_min([score], row), arg_min(scores, row){firsts} "
            f"FROM ({rows.sql()}) GROUP BY answered_at, request, version, role "
            f"ORDER BY answered_at DESC, request LIMIT {limit:d}"
        )
        return [
            AnsweredRequest(
                at=EPOCH + timedelta(microseconds=at_us),
                request=request,
                model=model,
                version=version,
                role=role,
                rows=count,
                latency_us=latency_us,
                caller=caller,
                scores=tuple(math.nan if one is None else one for one in scores or score),
                sent=dict(zip(rows.sent.types, values, strict=True)),
            )
            for at_us, request, version, role, count, latency_us, caller, score, scores, *values in found
        ]

    def _joined(
        self,
        labelled: Callable[[], str | None],
        key: Sequence[str],
        types: Sequence[str],
        *,
        model: str,
        asked: Asked,
    ) -> dict[str, NDArray[Any]]:
        """The latest scores of the rows that `labelled` selects as k0, k1 and so on, and target."""
        same = " AND ".join(f"labelled.k{i} = latest.k{i}" for i in range(len(key)))

        def look(found: Sources) -> dict[str, NDArray[Any]]:
            found = asked.of(found)
            rows = labelled()
            if not found or rows is None:
                return _nothing()
            latest = _latest_sql(found, key, types, where=asked.sql())
            return _labelled(
                self.frames.query(
                    "SELECT labelled.target, latest.answer.version AS model_version, "  # noqa: S608 - quoted
                    "latest.answer.score AS score, latest.answer.scores AS class_scores "
                    f"FROM ({rows}) AS labelled JOIN ({latest}) AS latest ON {same} "
                    "WHERE labelled.target IS NOT NULL"
                )
            )

        return self._looking(model, look)

    def _types(self, relation_sql: str, columns: Sequence[str]) -> list[str]:
        wanted = ", ".join(map(identifier, columns))
        described = self.frames.rows(f"DESCRIBE SELECT {wanted} FROM ({relation_sql})")  # noqa: S608 - quoted
        return [str(row[1]) for row in described]

    def _looking(self, model: str, look: Callable[[Sources], T]) -> T:
        return looking(folder_of(self.folder, model), look)


def _with_sent(own: str, sent: str, keys: int, kind: str) -> str:
    """Rows with their labels, those that were sent before their own.

    Args:
        own: A SELECT of k0, k1 and so on, and target.
        sent: One of the same keys, and label.
        keys: How many key columns there are.
        kind: DuckDB type of the target; a label that does not fit it is not counted.
    """
    same = " AND ".join(f"own.k{i} = sent.k{i}" for i in range(keys))
    listed = ", ".join(f"own.k{i}" for i in range(keys))
    return (
        f"SELECT {listed}, coalesce(TRY_CAST(sent.label AS {kind}), own.target) AS target "  # noqa: S608 - quoted
        f"FROM ({own}) AS own LEFT JOIN ({sent}) AS sent ON {same}"
    )


def _latest_sql(found: Sources, key: Sequence[str], types: Sequence[str], *, where: str) -> str:
    """A SELECT of the latest answer per key, whose columns are k0, k1 and so on."""
    shown = stored_names(key, FORM.fixed)
    typed = ", ".join(
        f"TRY_CAST({identifier(shown[name])} AS {type_}) AS k{i}"
        for i, (name, type_) in enumerate(zip(key, types, strict=True))
    )
    return (
        f"SELECT {typed}, arg_max({{'score': score, 'scores': scores, 'version': version}}, "  # noqa: S608 - quoted
        f"(answered_at, row)) AS answer FROM ({rows_sql(FORM, found, Sent.texts(FORM, key))}) WHERE {where} "
        f"GROUP BY {', '.join(str(i + 1) for i in range(len(key)))}"
    )


def _labelled(fetched: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    by_class = np.ma.asanyarray(fetched["class_scores"])
    if len(by_class) and not np.ma.getmaskarray(by_class).any():
        score = np.stack([np.ma.filled(row, np.nan) for row in by_class])
    else:
        # JSON has no NaN: the log keeps null for one.
        score = np.ma.filled(np.ma.asanyarray(fetched["score"]), np.nan)
    return {
        "target": np.asarray(fetched["target"]),
        "model_version": np.asarray(fetched["model_version"], dtype=np.int64),
        "score": np.asarray(score, dtype=np.float64),
    }


def _nothing() -> dict[str, NDArray[Any]]:
    return {
        "target": np.empty(0, dtype=object),
        "model_version": np.empty(0, dtype=np.int64),
        "score": np.empty(0, dtype=np.float64),
    }
