"""Dies when half of the work is done."""

from __future__ import annotations

import os
import signal

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("DELETE FROM partitions")
    with op.batch_alter_table("versions", recreate="always"):
        pass
    os.kill(os.getpid(), signal.SIGKILL)
