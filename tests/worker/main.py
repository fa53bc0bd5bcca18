"""A worker for the tests' jobs as a process of its own."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.worker.jobs import KINDS
from workbench.worker import run

if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1]), kinds=KINDS))
