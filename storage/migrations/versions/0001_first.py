"""The first catalog.

A new store is made from storage.tables as they are today; this revision is where upgrades start from.
"""

from __future__ import annotations

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Nothing to do: a catalog is never older than this."""


def downgrade() -> None:
    """Nothing to undo."""
