"""What is not as it should be at a running endpoint, and since when."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from storage.predictions import Writer
from storage.records import Degradation
from workbench.config import ServeConfig
from workbench.core.figures import Figures
from workbench.services.access import AccessLog
from workbench.services.keyring import KeyRing
from workbench.services.routes import Routes

RECENT_US = 60_000_000
"""How long something that happened once counts as going on."""
DISK_EVERY = 10
"""Looks between two looks at the disk."""
LEAST_FREE_SHARE = 0.03
LEAST_FREE_BYTES = 500 * 1024 * 1024
CROWDED = 0.5
"""Share of the requests that may wait from which too many do."""


class Observed(Protocol):
    """An endpoint, as far as its health is looked at."""

    @property
    def routes(self) -> Routes:
        """Who answers."""

    @property
    def keys(self) -> KeyRing:
        """Who may ask."""

    @property
    def figures(self) -> Figures:
        """What was counted."""

    @property
    def predictions(self) -> Writer:
        """The prediction log."""

    @property
    def access(self) -> AccessLog | None:
        """The access log; None: it is switched off in workbench.toml."""


class Health:
    """Looks at an endpoint once a second, and remembers since when something has been wrong."""

    def __init__(self, endpoint: Observed, serve: ServeConfig, disk: Path) -> None:
        self._endpoint = endpoint
        self._serve = serve
        self._disk = disk
        self._looks = 0
        self._disk_problem = ""
        self._since: dict[str, int] = {}
        self._counted: dict[str, int] = {}
        self._happened_at: dict[str, int] = {}

    def look(self, at_us: int, *, unwritten: str = "") -> tuple[Degradation, ...]:
        """What is wrong at this moment, longest first.

        Args:
            at_us: The time, in microseconds since 1970.
            unwritten: Why the figures could not be written; empty: they were.
        """
        problems = dict(self._problems(at_us))
        if unwritten:
            problems["figures"] = f"The figures cannot be written: {unwritten}."
        self._since = {kind: self._since.get(kind, at_us) for kind in problems}
        return tuple(
            Degradation(kind=kind, text=problems[kind], since=since)
            for kind, since in sorted(self._since.items(), key=lambda one: one[1])
        )

    def _problems(self, at_us: int) -> Iterator[tuple[str, str]]:
        yield from self._of_models()
        yield from self._of_logs(at_us)
        yield from self._of_traffic(at_us)
        keys = self._endpoint.keys
        if keys.is_locked and not keys.keys:
            yield "keys", "The last key was revoked, so that every request is answered with 401."
        if self._looks % DISK_EVERY == 0:
            self._disk_problem = _disk_problem(self._disk)
        self._looks += 1
        if self._disk_problem:
            yield "disk", self._disk_problem

    def _of_models(self) -> Iterator[tuple[str, str]]:
        routes = self._endpoint.routes
        for refusal in routes.refused.values():
            yield f"model:{refusal.version.label}", refusal.reason
        reasons = {refusal.reason for refusal in routes.refused.values()}
        if routes.unready and routes.unready not in reasons:
            yield "unready", routes.unready

    def _of_logs(self, at_us: int) -> Iterator[tuple[str, str]]:
        predictions, access = self._endpoint.predictions, self._endpoint.access
        if not predictions.is_on:
            yield "log", "Predictions are no longer logged."
        elif self._is_recent("dropped", predictions.dropped_rows, at_us):
            yield "dropped", f"The prediction log has dropped {predictions.dropped_rows} rows."
        if access is not None and not access.is_on:
            yield "access", "The access log is no longer written."

    def _of_traffic(self, at_us: int) -> Iterator[tuple[str, str]]:
        figures = self._endpoint.figures
        most = self._serve.max_waiting
        if figures.waiting >= most * CROWDED:
            yield "waiting", f"{figures.waiting} requests wait for an answer; {most} may."
        recent: tuple[tuple[str, Callable[[], int], str], ...] = (
            ("busy", lambda: figures.rejections("busy"), "Requests were turned away as too many."),
            ("failed", lambda: figures.rejections("failed"), "Requests failed; the log says why."),
            ("shadows", lambda: figures.shadow_failures, "Shadow versions fail at requests."),
        )
        for kind, count, text in recent:
            if self._is_recent(kind, count(), at_us):
                yield kind, text

    def _is_recent(self, kind: str, count: int, at_us: int) -> bool:
        """Whether a counter that only grows has grown within the last minute."""
        if count > self._counted.get(kind, 0):
            self._happened_at[kind] = at_us
        self._counted[kind] = count
        return kind in self._happened_at and at_us - self._happened_at[kind] < RECENT_US


def _disk_problem(folder: Path) -> str:
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        return f"The disk cannot be looked at: {error.strerror}."
    # Of a large disk 3 % are plenty, of a small one 500 MB are.
    if usage.free >= min(LEAST_FREE_BYTES, usage.total * LEAST_FREE_SHARE):
        return ""
    return f"The disk is nearly full: {usage.free // 1_000_000} MB are free."
