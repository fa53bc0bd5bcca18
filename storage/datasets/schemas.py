"""The columns that versions have: kept once for all versions that share them."""

from __future__ import annotations

from dataclasses import asdict

import msgspec
from sqlalchemy import Connection, insert, select

from storage import tables
from storage.records import Dataset, Schema, Version

S = tables.schemas.c
V = tables.versions.c


def id_of(connection: Connection, dataset: Dataset, schema: Schema) -> int:
    """The row that holds these columns, made when there is none."""
    query = select(S.id, S.columns).where(S.dataset_id == dataset.id)
    for row in connection.execute(query.order_by(S.id.desc())):
        if msgspec.convert(row.columns, Schema) == schema:
            return int(row.id)
    values = {"dataset_id": dataset.id, "columns": asdict(schema)}
    made = connection.execute(insert(tables.schemas).values(values)).inserted_primary_key
    assert made is not None
    return int(made[0])


def of_version(connection: Connection, version: Version) -> Schema | None:
    """The columns kept with a version; None for one that an older program began."""
    query = select(S.columns).join(tables.versions, V.schema_id == S.id)
    found = connection.execute(query.where(V.id == version.id)).scalar_one_or_none()
    return None if found is None else msgspec.convert(found, Schema)
