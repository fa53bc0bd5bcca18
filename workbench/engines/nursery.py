"""Where children of a worker come from: one process that has imported what jobs need, and forks.

The worker's fork server imports this module before anything else, and its children start with all
of it in memory. Two rules make that safe: nothing here opens a connection or a file, and nothing
starts a thread, since a thread does not survive a fork but the locks it holds do.
"""

from __future__ import annotations

import importlib
import os
import signal

from workbench.engines.instance import PARENT_PID, end_with_parent, name_process

HEAVY = (
    "numpy",
    "duckdb",
    "sqlalchemy",
    "scipy.special",
    "pandas",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.linear_model",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "lightgbm",
    "onnx",
    "onnxruntime",
)

SINGLE_THREADED = {
    # Both libraries start a thread while they are imported: one for sums, one for telemetry.
    "OPENBLAS_NUM_THREADS": "1",
    "ORT_DISABLE_TELEMETRY": "1",
}


_NURSERY_PID = "WORKBENCH_NURSERY_PID"


def nursery_pid() -> int:
    """The nursery that this process was forked from, which it must not outlive."""
    return int(os.environ[_NURSERY_PID])


def _settle() -> None:
    """Makes this process a nursery: it ends with its worker, and is ready before it is needed."""
    worker_pid = os.environ.pop(PARENT_PID, None)
    if worker_pid is None:
        return
    end_with_parent(int(worker_pid), signal.SIGKILL)
    os.environ[_NURSERY_PID] = str(os.getpid())
    # A signal to the worker's group must not end the children: the worker decides about them.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    name_process("wb-nursery")
    os.environ.update(SINGLE_THREADED)
    for module in HEAVY:
        importlib.import_module(module)


_settle()
