"""Programs that track runs; the tests start them, and end some of them badly."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import workbench
from storage.errors import Problem
from workbench.services import recording


def hang(folder: Path) -> None:
    """Logs, says so, and waits to be killed."""
    run = workbench.open(folder).run("late")
    run.log(step=1, auc=0.7)
    run.flush()
    sys.stdout.write(f"{run.label}\n")
    sys.stdout.flush()
    sys.stdin.read()


def add(folder: Path, label: str, values: str) -> None:
    """Adds to a run of another process."""
    with workbench.open(folder).resume(label) as run:
        for step in range(int(values)):
            run.log(step=step, theirs=float(step))


def leave(folder: Path) -> None:
    """Comes to its end without ending its run."""
    workbench.open(folder).run("late").log(auc=0.7)
    run = workbench.open(folder).run("late")
    run.log(auc=0.8)


def fail(folder: Path) -> None:
    """Dies of an error without a block."""
    run = workbench.open(folder).run("late")
    run.log(auc=0.7)
    raise RuntimeError("no rows\nat all")


def fork(folder: Path) -> None:
    """Logs from forked children too."""
    import multiprocessing

    with workbench.open(folder).run("late") as run:
        run.log(step=0, ours=1.0)
        children = [
            multiprocessing.get_context("fork").Process(target=_log_some, args=(run, number))
            for number in range(3)
        ]
        for child in children:
            child.start()
        for step in range(100):
            run.log(step=step, ours=1.0)
        for child in children:
            child.join()
            assert child.exitcode == 0


def spawn(folder: Path) -> None:
    """Logs from a process that gets the run by name."""
    import multiprocessing

    with workbench.open(folder).run("late") as run:
        child = multiprocessing.get_context("spawn").Process(target=_log_some, args=(run, 0))
        child.start()
        child.join()
        assert child.exitcode == 0


def fill(folder: Path) -> None:
    """Logs while the disk is full, and after it has room again."""
    with workbench.open(folder).run("late") as run:
        run.flush()
        _limit(0)
        for step in range(3_000):
            run.log(step=step, auc=0.5)
        run.artifact(**{"late.txt": "kept later"})
        assert not run.flush()
        assert not run.flush()
        _limit(resource.RLIM_INFINITY)


def stay_full(folder: Path) -> None:
    """Ends its run while the disk is full."""
    recording.PATIENCE_S = 0.1
    try:
        with workbench.open(folder).run("late") as run:
            run.flush()
            _limit(0)
            run.log(auc=0.5)
    except Problem as problem:
        _limit(resource.RLIM_INFINITY)
        sys.stdout.write(problem.problem)


def _log_some(run: object, number: int) -> None:
    for step in range(100):
        run.log(step=step, **{f"child {number}": float(step)})


def _limit(size_bytes: int) -> None:
    """The largest file that this process may write; its pipes are none."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, resource.RLIM_INFINITY))


if __name__ == "__main__":
    what, folder, *rest = sys.argv[1:]
    os.chdir(folder)
    globals()[what](Path(folder), *rest)
