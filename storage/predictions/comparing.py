"""How shadows answered what another version had answered, row by row, as far as the log kept both."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from storage.appended.reading import looking
from storage.appended.rows import Sent, rows_sql
from storage.appended.sealed import Sources
from storage.appended.segments import folder_of
from storage.frames import Frames
from storage.frames.quoting import moment
from storage.predictions.rows import FORM
from storage.records.routing import ShadowAgreement
from storage.tables import EPOCH

_LARGEST = (
    "list_max(list_transform(list_zip(copy.scores, given.scores), lambda p: abs(p[1] - p[2])))"
)
_SAME_CLASS = (
    "CASE WHEN copy.scores IS NULL "
    "THEN coalesce(copy.score > 0.5, false) = coalesce(given.score > 0.5, false) "
    "ELSE list_position(copy.scores, list_max(copy.scores)) "
    "= list_position(given.scores, list_max(given.scores)) END"
)


def shadow_agreement(
    frames: Frames,
    folder: Path,
    model: str,
    *,
    since: datetime | None = None,
    limits: Mapping[int, float] | None = None,
) -> tuple[ShadowAgreement, ...]:
    """How each shadow compares with each version whose requests it was asked too, newest versions first.

    Args:
        frames: The DuckDB to ask.
        folder: Where the predictions of all models lie.
        model: Whose.
        since: Only requests that came at or after this time; None: all.
        limits: Of a regression, by the shadow's version the difference up to which two values agree;
            None: they are probabilities, whose classes do or do not.
    """

    def look(found: Sources) -> list[tuple[Any, ...]]:
        if since is not None:
            found = found.since((since - EPOCH) // timedelta(microseconds=1))
        return frames.rows(_sql(found, since, limits)) if found else []

    return tuple(
        ShadowAgreement(
            model=model,
            version=version,
            answered_by=answered_by,
            requests=requests,
            rows=rows,
            agreeing=agreeing,
            mean_difference=mean,
            largest_difference=largest,
            first_at=EPOCH + timedelta(microseconds=first),
            last_at=EPOCH + timedelta(microseconds=last),
        )
        for version, answered_by, requests, rows, agreeing, mean, largest, first, last in looking(
            folder_of(folder, model), look
        )
    )


def _sql(found: Sources, since: datetime | None, limits: Mapping[int, float] | None) -> str:
    rows = rows_sql(FORM, found, Sent.texts(FORM, ()))
    where = f"WHERE answered_at >= {moment(since)}" if since is not None else ""
    # The same id may be sent again; no two requests that have it come in the same microsecond.
    return (
        f"WITH logged AS MATERIALIZED (SELECT * FROM ({rows}) {where}) "  # noqa: S608 - quoted
        "SELECT version, answered_by, count(*) FILTER (row = 0), count(*), "
        "count(*) FILTER (agrees), coalesce(avg(difference) FILTER (isfinite(difference)), 0), "
        "coalesce(max(difference) FILTER (isfinite(difference)), 0), "
        "min(epoch_us(answered_at)), max(epoch_us(answered_at)) "
        "FROM (SELECT copy.version, given.version AS answered_by, copy.row, copy.answered_at, "
        f"{_agrees(limits)} AS agrees, "
        f"coalesce(abs(copy.score - given.score), {_LARGEST}) AS difference "
        "FROM logged AS copy JOIN logged AS given USING (request, answered_at, row) "
        "WHERE copy.role = 'shadow' AND given.role = 'answer') "
        "GROUP BY version, answered_by ORDER BY version DESC, answered_by DESC"
    )


def _agrees(limits: Mapping[int, float] | None) -> str:
    if limits is None:
        return _SAME_CLASS
    cases = "".join(f" WHEN {version:d} THEN {limit!r}" for version, limit in limits.items())
    limit = f"CASE copy.version{cases} ELSE 0 END" if cases else "0"
    return (
        "CASE WHEN copy.score IS NULL OR given.score IS NULL "
        "THEN copy.score IS NOT DISTINCT FROM given.score "
        f"ELSE abs(copy.score - given.score) <= {limit} END"
    )
