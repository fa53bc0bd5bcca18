"""What tracking costs: runs and points as they are logged, lists and curves as they are read."""

from __future__ import annotations

from tests.bench import run_logging, run_reading


def run() -> None:
    """Measures all of it; `run_logging` and `run_reading` measure one."""
    run_logging.run()
    run_reading.run()
