"""Tags of runs: a word and its value, as many as somebody likes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, delete, insert, select

from storage import tables

T = tables.tags.c
NOUN = "run"
"""What tags of runs are tags of."""


def tags_of(connection: Connection, run_ids: Sequence[int]) -> dict[int, dict[str, str]]:
    """The tags of several runs by run and key; runs without any are left out."""
    query = select(T.owner_id, T.key, T.value).where(T.noun == NOUN, T.owner_id.in_(run_ids))
    found: dict[int, dict[str, str]] = {}
    for run_id, key, value in connection.execute(query.order_by(T.owner_id, T.key)):
        found.setdefault(run_id, {})[key] = value
    return found


def set_tags(connection: Connection, run_id: int, tags: Mapping[str, str | None]) -> None:
    """Changes these tags of a run and leaves its others; None takes one away."""
    if not tags:
        return
    mine = (T.noun == NOUN, T.owner_id == run_id, T.key.in_(list(tags)))
    connection.execute(delete(tables.tags).where(*mine))
    rows = [
        {"noun": NOUN, "owner_id": run_id, "key": key, "value": value}
        for key, value in tags.items()
        if value is not None
    ]
    if rows:
        connection.execute(insert(tables.tags), rows)


def drop_tags(connection: Connection) -> None:
    """Takes away the tags of runs that are gone."""
    is_gone = T.owner_id.not_in(select(tables.runs.c.id))
    connection.execute(delete(tables.tags).where(T.noun == NOUN, is_gone))
