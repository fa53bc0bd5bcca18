"""Model versions as they are read: one query for a page of them, then their aliases and overrides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, Select, select

from storage import tables
from storage.records import ModelVersion, Parity, Signature

M = tables.models.c
V = tables.model_versions.c
A = tables.aliases.c
MV = tables.alias_moves.c


def select_versions() -> Select[Any]:
    """All model versions with the names of their model and dataset."""
    versions, datasets = tables.versions, tables.datasets
    own = [column for column in V if column.name != "version_id"]
    return (
        select(
            *own,
            M.name.label("model"),
            datasets.c.name.label("dataset"),
            versions.c.number.label("version"),
        )
        .join(tables.models, M.id == V.model_id)
        .outerjoin(versions, versions.c.id == V.version_id)
        .outerjoin(datasets, datasets.c.id == versions.c.dataset_id)
    )


def read_versions(connection: Connection, query: Select[Any]) -> tuple[ModelVersion, ...]:
    """What a query over `select_versions` finds."""
    rows = connection.execute(query).mappings().all()
    aliases = _aliases(connection, [row["id"] for row in rows])
    overrides = _overrides(connection, rows)
    return tuple(
        _version(row, aliases.get(row["id"], ()), overrides.get((row["model_id"], row["number"])))
        for row in rows
    )


def _aliases(connection: Connection, version_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    query = (
        select(A.model_version_id, A.alias)
        .where(A.model_version_id.in_(version_ids))
        .order_by(A.model_version_id, A.alias)
    )
    found: dict[int, tuple[str, ...]] = {}
    for version_id, alias in connection.execute(query):
        found[version_id] = (*found.get(version_id, ()), alias)
    return found


def _overrides(
    connection: Connection, rows: Sequence[RowMapping]
) -> dict[tuple[int, int | None], str]:
    """The last reason that was given for each version whose proof failed, by model and number."""
    model_ids = {row["model_id"] for row in rows}
    query = select(MV.id, MV.model_id, MV.to_number, MV.override).where(
        MV.model_id.in_(model_ids), MV.override.is_not(None)
    )
    moves = sorted(connection.execute(query), key=lambda one: int(one.id))
    return {(one.model_id, one.to_number): one.override for one in moves}


def _version(row: RowMapping, aliases: tuple[str, ...], override: str | None) -> ModelVersion:
    values = {
        "signature": msgspec.convert(row["signature"], Signature),
        "parity": msgspec.convert(row["parity"], Parity),
        "intervals": {key: (low, high) for key, (low, high) in row["intervals"].items()},
        "aliases": aliases,
        "override": override,
    }
    return ModelVersion(**{**row, **values})
