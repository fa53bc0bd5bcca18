"""Logged rows as SQL: one row a predicted row."""

from __future__ import annotations

from storage.appended.rows import Form, lines_sql, parquet_sql
from storage.appended.sealed import Sources


def _each(several: str, one: str, type_: str) -> str:
    """A value a row: of the line's requests of one row each, or of its one request."""
    return (
        f"unnest(CASE WHEN requests IS NULL THEN list_resize([]::{type_}[], rows, {one}) "
        f"ELSE {several} END)"
    )


FORM = Form(
    fixed={
        "answered_at": "TIMESTAMP WITH TIME ZONE",
        "request": "VARCHAR",
        "row": "BIGINT",
        "version": "BIGINT",
        "role": "VARCHAR",
        "caller": "VARCHAR",
        "latency_us": "BIGINT",
        "score": "DOUBLE",
        "scores": "DOUBLE[]",
    },
    time="answered_at",
    line={
        "version": "BIGINT",
        "role": "VARCHAR",
        "at": "BIGINT",
        "request": "VARCHAR",
        "rows": "BIGINT",
        "latency_us": "BIGINT",
        "caller": "VARCHAR",
        "first_row": "BIGINT",
        "requests": "VARCHAR[]",
        "times": "BIGINT[]",
        "latencies_us": "BIGINT[]",
        "callers": "VARCHAR[]",
        "scores": "VARCHAR[]",
    },
    needed="version",
    each={
        "answered_at": "make_timestamptz(" + _each("times", '"at"', "BIGINT") + ")",
        "request": _each("requests", "request", "VARCHAR"),
        "row": (
            "unnest(CASE WHEN requests IS NULL "
            "THEN range(coalesce(first_row, 0), coalesce(first_row, 0) + rows) "
            "ELSE list_resize([]::BIGINT[], len(requests), 0) END)"
        ),
        "version": "version",
        "role": "coalesce(role, 'answer')",
        "caller": f"coalesce({_each('callers', 'caller', 'VARCHAR')}, '')",
        "latency_us": _each("latencies_us", "latency_us", "BIGINT"),
        "score": "TRY_CAST(unnest(scores) AS DOUBLE)",
        "scores": "TRY_CAST(unnest(scores) AS DOUBLE[])",
    },
    sent=("inputs", "key"),
)


def requests_sql(found: Sources) -> str:
    """A SELECT of how many requests and rows each version answered in which role, and when."""
    selects = []
    if found.parts:
        selects.append(
            "SELECT version, role, count(*) FILTER (row = 0) AS requests, count(*) AS rows, "  # noqa: S608 - quoted
            "min(epoch_us(answered_at)) AS first, max(epoch_us(answered_at)) AS last "
            f"FROM {parquet_sql(found.folder, found.parts)} GROUP BY version, role"
        )
    if found.segments:
        fields = ("version", "role", "at", "rows", "times", "first_row")
        lines = lines_sql(found.segments, {name: FORM.line[name] for name in fields})
        selects.append(
            "SELECT version, coalesce(role, 'answer') AS role, "  # noqa: S608 - quoted
            "coalesce(len(times), CAST(coalesce(first_row, 0) = 0 AS BIGINT)) AS requests, "
            "coalesce(rows, len(times)) AS rows, "
            'coalesce("at", list_min(times)) AS first, coalesce("at", list_max(times)) AS last '
            f"FROM {lines} WHERE version IS NOT NULL"
        )
    return " UNION ALL ".join(selects)
