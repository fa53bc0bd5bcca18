"""Changes of a project in a process that is killed at one of their steps."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from storage.blobs import Blobs
from storage.store import Store, Transaction
from tests.services.project import Project
from workbench.services import checks, compaction, datasets, registry, versions

OTHERS: dict[str, Callable[[Project], object]] = {
    "register": lambda project: registry.register(project.context, run=1, model="returns"),
}
"""Changes of other things than datasets."""
CHANGES: dict[str, Callable[[Project], object]] = {
    "ingest": lambda project: datasets.ingest(
        project.context, "sales", sorted(project.folder.glob("late/*.csv"))
    ),
    "compact": lambda project: compaction.run(project.context, dataset="sales"),
    "undo": lambda project: versions.undo(project.context, "sales@v4"),
    "check": lambda project: checks.run(project.context, dataset="sales", version=5),
}


def change(folder: Path, name: str, at: int) -> None:
    """Makes a change of a project; dies at its step number `at`, if it has so many.

    A step begins or ends when a blob is kept, and when a transaction begins, is about to be committed, or
    was.
    """
    project = Project(folder, None)
    steps = count()

    def step() -> None:
        if next(steps) == at:
            os.kill(os.getpid(), signal.SIGKILL)

    put, put_file, write = Blobs.put, Blobs.put_file, Store.write

    def dying_put(blobs: Blobs, content: bytes) -> str:
        step()
        blob = put(blobs, content)
        step()
        return blob

    def dying_put_file(blobs: Blobs, staged: Path) -> str:
        step()
        blob = put_file(blobs, staged)
        step()
        return blob

    @contextmanager
    def dying_write(store: Store) -> Iterator[Transaction]:
        step()
        with write(store) as tx:
            yield tx
            step()
        step()

    if name in OTHERS:
        Blobs.put = dying_put  # type: ignore[method-assign]
    Blobs.put_file = dying_put_file  # type: ignore[method-assign]
    Store.write = dying_write  # type: ignore[method-assign, assignment]
    (CHANGES | OTHERS)[name](project)
    project.close()
