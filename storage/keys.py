"""The keys that open the endpoint; their texts are not kept, only what they are recognised by."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, update

from storage import tables
from storage.errors import AlreadyExists, NotFound
from storage.records import ApiKey, KeyHash, KeyScope

K = tables.api_keys.c
SHOWN = tuple(column for column in K if column is not K.hash)
"""All that leaves this module with a key's record."""


class Keys:
    """Among the active keys no two have one name; a revoked key stays, so that logs can be read."""

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def add(self, name: str, *, digest: bytes, prefix: str, scope: KeyScope, who: str) -> ApiKey:
        """Keeps a new key.

        Args:
            name: What it is called.
            digest: SHA-256 of its text.
            prefix: The beginning of its text.
            scope: What it opens.
            who: Who made it.

        Raises:
            AlreadyExists: An active key is called so.
        """
        if name in self._active_names():
            raise AlreadyExists(
                f"A key is called '{name}' already.",
                "Choose another name, or revoke that key first: `workbench serve key list`.",
            )
        added = self._connection.execute(
            insert(tables.api_keys)
            .values(
                name=name,
                hash=digest.hex(),
                prefix=prefix,
                scope=scope.value,
                created_at=self._now,
                created_by=who,
            )
            .returning(*SHOWN)
        )
        return _key(added.mappings().one())

    def revoke(self, name: str, *, who: str) -> ApiKey:
        """Ends the active key with this name.

        Raises:
            NotFound: No active key is called so.
        """
        revoked = (
            self._connection.execute(
                update(tables.api_keys)
                .where(K.name == name, K.revoked_at.is_(None))
                .values(revoked_at=self._now, revoked_by=who)
                .returning(*SHOWN)
            )
            .mappings()
            .one_or_none()
        )
        if revoked is None:
            raise NotFound.named("key", name, known=self._active_names())
        return _key(revoked)

    def all(self) -> tuple[ApiKey, ...]:
        """Every key: the active ones first, the newest first among them and among the others."""
        query = select(*SHOWN).order_by(K.revoked_at.isnot(None), K.id.desc())
        return tuple(_key(row) for row in self._connection.execute(query).mappings())

    def active(self) -> tuple[KeyHash, ...]:
        """What the active keys are recognised by, oldest first."""
        query = select(K.name, K.scope, K.hash).where(K.revoked_at.is_(None)).order_by(K.id)
        return tuple(
            KeyHash(name=name, scope=KeyScope(scope), digest=bytes.fromhex(digest))
            for name, scope, digest in self._connection.execute(query)
        )

    def note_use(self, names: Collection[str]) -> None:
        """Notes that the active keys with these names have been used now."""
        self._connection.execute(
            update(tables.api_keys)
            .where(K.name.in_(names), K.revoked_at.is_(None))
            .values(last_used_at=self._now)
        )

    def _active_names(self) -> list[str]:
        query = select(K.name).where(K.revoked_at.is_(None)).order_by(K.name)
        return list(self._connection.execute(query).scalars())


def _key(row: RowMapping) -> ApiKey:
    return ApiKey(**{**row, "scope": KeyScope(row["scope"])})
