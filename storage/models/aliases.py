"""Aliases: moved only from where the caller believes they are, and every move kept."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from storage import tables
from storage.errors import AliasMoved
from storage.records import AliasMove

V = tables.model_versions.c
A = tables.aliases.c
MV = tables.alias_moves.c


def numbers(connection: Connection, model_id: int) -> dict[str, int]:
    """The number that each alias of a model points to, by the alias' name."""
    query = (
        select(A.alias, V.number)
        .join(tables.model_versions, V.id == A.model_version_id)
        .where(A.model_id == model_id)
        .order_by(A.alias)
    )
    return {one.alias: one.number for one in connection.execute(query)}


def take(
    connection: Connection, model_id: int, model: str, alias: str, *, expected: int | None
) -> None:
    """Takes an alias from where it points.

    Args:
        connection: Within a change.
        model_id: Whose alias.
        model: The model's name.
        alias: The alias' name.
        expected: The number it points to; None: it points nowhere.

    Raises:
        AliasMoved: It is somewhere else; nothing was changed.
    """
    found = numbers(connection, model_id).get(alias)
    if found != expected:
        raise AliasMoved.seen(model, alias, expected=expected, found=found)
    mine = (A.model_id == model_id, A.alias == alias)
    connection.execute(delete(tables.aliases).where(*mine))


def point(
    connection: Connection, model_id: int, alias: str, version_id: int, *, at: datetime
) -> None:
    """Points an alias that points nowhere at a version."""
    row = {
        "model_id": model_id,
        "alias": alias,
        "model_version_id": version_id,
        "moved_at": at,
    }
    connection.execute(insert(tables.aliases).values(row))


def note(connection: Connection, model_id: int, move: AliasMove) -> None:
    """Keeps a move for ever."""
    connection.execute(insert(tables.alias_moves).values(model_id=model_id, **asdict(move)))


def moves(
    connection: Connection, model_id: int, alias: str | None, *, limit: int
) -> tuple[AliasMove, ...]:
    """How an alias moved, newest first; None: how all of a model's did."""
    columns = [column for column in MV if column.name not in {"id", "model_id"}]
    query = select(*columns).where(MV.model_id == model_id)
    if alias is not None:
        query = query.where(MV.alias == alias)
    found = connection.execute(query.order_by(MV.id.desc()).limit(limit)).mappings()
    return tuple(AliasMove(**row) for row in found)
