"""Routes that share a model's requests, and API keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.tables import Moment, Whole

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Only adds: what was served before has no routes, and its champion answers everything."""
    op.add_column(
        "models", sa.Column("sticky", sa.Text, nullable=False, server_default=sa.text("''"))
    )
    op.create_table(
        "routes",
        sa.Column("model_id", Whole, nullable=False),
        sa.Column("alias", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("weight", Whole, nullable=False),
        sa.PrimaryKeyConstraint("model_id", "alias", "role", name="pk_routes"),
        sa.ForeignKeyConstraint(
            ["model_id"], ["models.id"], name="fk_routes_model_id", ondelete="CASCADE"
        ),
        sqlite_strict=True,
    )
    op.create_table(
        "api_keys",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("revoked_at", Moment),
        sa.Column("revoked_by", sa.Text),
        sa.Column("last_used_at", Moment),
        sa.PrimaryKeyConstraint("id", name="pk_api_keys"),
        sa.UniqueConstraint("hash", name="uq_api_keys_hash"),
        sqlite_strict=True,
    )
    op.create_index(
        "uq_api_keys_name",
        "api_keys",
        ["name"],
        unique=True,
        sqlite_where=sa.text("revoked_at IS NULL"),
    )


def downgrade() -> None:
    """A program of before does not know these; the copy under backups/ is what to go back to."""
    raise NotImplementedError
