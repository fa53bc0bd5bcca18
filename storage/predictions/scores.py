"""Logged scores, read while the log grows and joined with labels by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.frames import Frames, identifier, literal
from storage.predictions.log import folder_of
from storage.tables import EPOCH

_LINE_TYPES = {
    "at": "BIGINT",
    "model": "VARCHAR",
    "version": "BIGINT",
    "rows": "BIGINT",
    "key": "MAP(VARCHAR, VARCHAR[])",
    "scores": "JSON",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedAnswers:
    """What a version answered, as far as the log kept it."""

    requests: int
    rows: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Predictions:
    """What was logged, read while it grows; a line that is not whole yet, or never became so, is skipped."""

    frames: Frames
    folder: Path
    """Where the segments of all models lie."""

    def labelled_scores(
        self,
        relation_sql: str,
        *,
        key: Sequence[str],
        target: str,
        model: str,
        version: int | None = None,
        since: datetime | None = None,
    ) -> dict[str, NDArray[Any]]:
        """The latest logged score of each labelled row, joined by key.

        Args:
            relation_sql: A SELECT statement that gives the key columns and the target.
            key: The columns that name a row, at least one.
            target: The column of the label; rows without one are left out.
            model: Whose predictions.
            version: Only those of this version; None: of whichever answered last.
            since: Only those made at or after this time; None: all.

        Returns:
            `target`, `model_version` and `score`, each of one length, in no order that means anything;
            `score` has shape (rows,), or (rows, classes) for more than two classes.

        Raises:
            ValueError: `key` is empty.
        """
        if not key:
            raise ValueError("predictions are joined with labels by at least one key column")
        paths = sorted(folder_of(self.folder, model).glob("*.jsonl"))
        if not paths:
            return _nothing()
        described = self.frames.rows(
            f"DESCRIBE SELECT {', '.join(map(identifier, key))} FROM ({relation_sql})"  # noqa: S608 - quoted
        )
        types = [str(row[1]) for row in described]
        latest = _latest_sql(paths, types, version=version, since=since)
        same = " AND ".join(
            f"labelled.{identifier(name)} = latest.k{i}" for i, name in enumerate(key)
        )
        label = f"labelled.{identifier(target)}"
        fetched = self.frames.query(
            f"SELECT {label} AS target, latest.answer.version AS model_version, "  # noqa: S608 - quoted
            f"TRY_CAST(latest.answer.score AS DOUBLE) AS score, "
            f"TRY_CAST(latest.answer.score AS DOUBLE[]) AS class_scores "
            f"FROM ({relation_sql}) AS labelled JOIN ({latest}) AS latest ON {same} "
            f"WHERE {label} IS NOT NULL",
            [*key, model],
        )
        return _labelled(fetched)

    def answered(self, model: str, version: int) -> LoggedAnswers | None:
        """How much a version answered, and when; None: the log knows of nothing."""
        paths = sorted(folder_of(self.folder, model).glob("*.jsonl"))
        if not paths:
            return None
        ((requests, rows, first, last),) = self.frames.rows(
            f'SELECT count(*), sum(rows), min("at"), max("at") FROM {_log_sql(paths)} '  # noqa: S608 - quoted
            'WHERE "at" IS NOT NULL AND model = ? AND version = ?',
            [model, version],
        )
        if not requests:
            return None
        return LoggedAnswers(
            requests=requests,
            rows=int(rows),
            first_at=EPOCH + timedelta(microseconds=first),
            last_at=EPOCH + timedelta(microseconds=last),
        )


def _log_sql(paths: Sequence[Path]) -> str:
    """The log's lines as a relation; a torn one is a row of nulls."""
    files = ", ".join(literal(str(path)) for path in paths)
    columns = ", ".join(f"{literal(name)}: {literal(type_)}" for name, type_ in _LINE_TYPES.items())
    return (
        f"read_json([{files}], format = 'newline_delimited', ignore_errors = true, "
        f"columns = {{{columns}}})"
    )


def _latest_sql(
    paths: Sequence[Path], types: Sequence[str], *, version: int | None, since: datetime | None
) -> str:
    """A SELECT of the latest answer per key; bound are the key's column names, then the model."""
    terms = ['"at" IS NOT NULL', "model = ?"]
    if version is not None:
        terms.append(f"version = {version:d}")
    if since is not None:
        terms.append(f'"at" >= {(since - EPOCH) // timedelta(microseconds=1):d}')
    keys = ", ".join(f'unnest("key"[?]) AS k{i}' for i in range(len(types)))
    typed = ", ".join(f"TRY_CAST(k{i} AS {type_}) AS k{i}" for i, type_ in enumerate(types))
    return (
        f"SELECT {typed}, arg_max({{'score': score, 'version': version}}, (\"at\", place)) AS answer "  # noqa: S608 - quoted
        f'FROM (SELECT "at", version, {keys}, unnest(CAST(scores AS JSON[])) AS score, '
        f"unnest(range(rows)) AS place FROM {_log_sql(paths)} WHERE {' AND '.join(terms)}) "
        f"GROUP BY {', '.join(str(i + 1) for i in range(len(types)))}"
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
