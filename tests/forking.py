"""Processes forked from one that has imported what they need: a start takes milliseconds."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext


@contextmanager
def forking(*modules: str) -> Iterator[ForkServerContext]:
    """A fork server that has imported `modules`.

    A process has at most one, and a worker's nursery is one too: it is stopped before and after.
    """
    server = forkserver._forkserver  # type: ignore[attr-defined]
    server._stop()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(modules))
    try:
        yield context
    finally:
        server._stop()
