"""Runs the revisions on the connection that the caller holds, inside its transaction."""

from __future__ import annotations

from alembic import context

from storage import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    render_as_batch=True,
)
context.run_migrations()
