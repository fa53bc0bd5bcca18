"""Rebuilds tables that others point at, as a real revision may have to."""

from __future__ import annotations

from alembic import op

from storage.migrations import HEAD

revision = "0099"
down_revision = HEAD


def upgrade() -> None:
    for name in ("datasets", "versions", "runs"):
        with op.batch_alter_table(name, recreate="always"):
            pass
    for name in ("arrivals", "events"):
        kept = {"sqlite_autoincrement": True}
        with op.batch_alter_table(name, recreate="always", table_kwargs=kept):
            pass
