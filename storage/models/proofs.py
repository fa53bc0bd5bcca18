"""Proofs that were repeated after registration."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

import msgspec
from sqlalchemy import Connection, insert, select

from storage import tables
from storage.records import ModelVerification, ModelVersion, Parity

P = tables.verifications.c


def add(
    connection: Connection, version: ModelVersion, parity: Parity, *, who: str, at: datetime
) -> ModelVerification:
    """Keeps a repeated proof."""
    row = {"model_version_id": version.id, "parity": asdict(parity), "who": who, "at": at}
    added = connection.execute(insert(tables.verifications).values(row).returning(P.id))
    return ModelVerification(
        id=added.scalar_one(), model_version_id=version.id, parity=parity, who=who, at=at
    )


def newest(
    connection: Connection, version: ModelVersion, *, limit: int
) -> tuple[ModelVerification, ...]:
    """The repeated proofs of a version, newest first."""
    query = (
        select(tables.verifications)
        .where(P.model_version_id == version.id)
        .order_by(P.id.desc())
        .limit(limit)
    )
    return tuple(
        ModelVerification(**{**row, "parity": msgspec.convert(row["parity"], Parity)})
        for row in connection.execute(query).mappings()
    )
