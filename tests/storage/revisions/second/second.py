"""Rebuilds tables that others point at, as a real revision may have to."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for name in ("datasets", "versions", "runs"):
        with op.batch_alter_table(name, recreate="always"):
            pass
    for name in ("arrivals", "events"):
        kept = {"sqlite_autoincrement": True}
        with op.batch_alter_table(name, recreate="always", table_kwargs=kept):
            pass
