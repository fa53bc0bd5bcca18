"""Dies when half of the work is done."""

from __future__ import annotations

import os
import signal

from alembic import op

from storage.migrations import HEAD

revision = "0099"
down_revision = HEAD


def upgrade() -> None:
    op.execute("DELETE FROM partitions")
    with op.batch_alter_table("versions", recreate="always"):
        pass
    os.kill(os.getpid(), signal.SIGKILL)
