"""Which versions of a dataset have which of its partitions, and the hash that tells versions apart."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select

from storage import tables
from storage.records import Version, VersionState

V = tables.versions.c
P = tables.partitions.c
S = tables.superseded.c


def holds() -> ColumnElement[bool]:
    """Whether the version of a row has the partition of a row; for a join of the two tables."""
    return and_(
        V.dataset_id == P.dataset_id,
        V.number >= P.since_version,
        or_(P.until_version.is_(None), V.number < P.until_version),
        # What a version replaces, undoes or rewrites ends when it is accepted; it never had that.
        or_(V.replaces == 0, V.number == P.since_version),
        or_(V.undoes.is_(None), V.undoes != P.since_version),
        ~exists(select(S.id).where(S.version_id == V.id, S.partition_id == P.id)).correlate(
            tables.versions, tables.partitions
        ),
        V.state != VersionState.REMOVED.value,
    )


def held_by(dataset_id: int, number: int) -> ColumnElement[bool]:
    """Whether one version has the partition of a row: as `holds`, found by the partitions' index."""
    mine = (V.dataset_id == dataset_id, V.number == number)
    removed = V.state == VersionState.REMOVED.value
    first = select(case((removed, number + 1), (V.replaces, number), else_=0)).where(*mine)
    undone = select(func.coalesce(V.undoes, 0)).where(*mine)
    version_id = select(V.id).where(*mine).scalar_subquery()
    return and_(
        P.since_version <= number,
        P.since_version >= first.scalar_subquery(),
        P.since_version != undone.scalar_subquery(),
        P.id.not_in(select(S.partition_id).where(S.version_id == version_id)),
        or_(P.until_version.is_(None), P.until_version > number),
    )


def version_hash(base: Version | None, changes: Sequence[str]) -> str:
    """The hash of a version: of the one it builds on, and of what came or went."""
    parent = base.hash if base else ""
    return hashlib.sha256("\n".join([parent, *changes]).encode()).hexdigest()
