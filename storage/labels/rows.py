"""Sent labels as SQL: one row a label, the latest of each key."""

from __future__ import annotations

from collections.abc import Sequence

from storage.appended.rows import Form, Sent, rows_sql
from storage.appended.sealed import Sources, stored_names
from storage.frames import identifier

FORM = Form(
    fixed={
        "labelled_at": "TIMESTAMP WITH TIME ZONE",
        "received_at": "TIMESTAMP WITH TIME ZONE",
        "caller": "VARCHAR",
        "label": "VARCHAR",
    },
    time="received_at",
    line={
        "received": "BIGINT",
        "caller": "VARCHAR",
        "times": "BIGINT[]",
        "labels": "VARCHAR[]",
    },
    needed="received",
    each={
        "labelled_at": "make_timestamptz(unnest(times))",
        "received_at": "make_timestamptz(unnest(list_resize([]::BIGINT[], len(labels), received)))",
        "caller": "coalesce(caller, '')",
        "label": "unnest(labels)",
    },
    sent=("key",),
)


def latest_sql(
    found: Sources, key: Sequence[str], types: Sequence[str], *, where: str = "true"
) -> str:
    """A SELECT of the latest label of each key: k0, k1 and so on, label, labelled_at, received_at.

    Args:
        found: Where the labels lie; not empty.
        key: The columns that name a row.
        types: Their DuckDB types; a key that does not fit its types is left out.
        where: A SQL condition on labels, before the latest is taken.
    """
    shown = stored_names(key, FORM.fixed)
    typed = ", ".join(
        f"TRY_CAST({identifier(shown[name])} AS {type_}) AS k{i}"
        for i, (name, type_) in enumerate(zip(key, types, strict=True))
    )
    keys = ", ".join(f"k{i}" for i in range(len(key)))
    whole = " AND ".join(f"k{i} IS NOT NULL" for i in range(len(key)))
    order = "(labelled_at, received_at)"
    return (
        f"SELECT {keys}, arg_max(label, {order}) AS label, max(labelled_at) AS labelled_at, "  # noqa: S608 - quoted
        f"arg_max(received_at, {order}) AS received_at FROM (SELECT {typed}, label, labelled_at, received_at "
        f"FROM ({rows_sql(FORM, found, Sent.texts(FORM, key))}) WHERE {where}) WHERE {whole} GROUP BY {keys}"
    )
