"""How the watched folders stand: what waits there, what became of files, who looked and when."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from storage.layout import Layout
from storage.records import ArrivalState, InboxStatus
from workbench.core import patterns
from workbench.engines import instance
from workbench.services import inbox
from workbench.services.context import Context
from workbench.services.inbox import Scan

LONGEST_SILENCE_S = 5.0
"""How long a scan that found what the one before found may go untold."""
KEPT_PROBLEMS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What a scan found for one dataset."""

    waiting: int
    settled: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LastScan:
    """What a watcher has left about its last scan; it stays when the watcher is gone."""

    pid: int
    at: datetime
    datasets: Mapping[str, Counted]


class Record:
    """Leaves the last scan of this process where others can read it."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._left: dict[str, Counted] | None = None
        self._left_at_s = 0.0

    def leave(self, scans: Mapping[str, Scan]) -> None:
        """Leaves a scan, unless the same was told a moment ago."""
        found = {name: _counted(self._context, one) for name, one in scans.items()}
        is_old = time.monotonic() - self._left_at_s >= LONGEST_SILENCE_S
        if found == self._left and not is_old:
            return
        _write(self._context.store.layout, found)
        self._left, self._left_at_s = found, time.monotonic()


def last_scan(layout: Layout) -> LastScan | None:
    """The last scan that a watcher has left; None: there was none."""
    try:
        content = json.loads(_path(layout).read_bytes())
        return LastScan(
            pid=content["pid"],
            at=datetime.fromisoformat(content["at"]),
            datasets={
                name: Counted(**{**one, "problems": tuple(one["problems"])})
                for name, one in content["datasets"].items()
            },
        )
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        # It is not synced, so a power cut may empty it; and another program may have written it.
        return None


def status(context: Context) -> tuple[InboxStatus, ...]:
    """The watched folders one by one, by dataset.

    A watcher that lives tells what it sees; without one, the folders are looked at here.
    """
    watcher = instance.look(context.store.layout.locks / "watch.lock")
    left = last_scan(context.store.layout)
    told: Mapping[str, Counted] = {}
    if watcher is not None and left is not None and left.pid == watcher.pid:
        told = left.datasets
    watched = {name: one.files for name, one in context.config.datasets.items() if one.files}
    if not told.keys() >= watched.keys():
        scans = inbox.scan(context, {})
        told = {name: _counted(context, one) for name, one in scans.items()}
    with context.store.read() as tx:
        became = tx.arrivals.counts()
    return tuple(
        InboxStatus(
            dataset=name,
            folder=patterns.fixed_part(pattern),
            waiting=told[name].waiting,
            settled=told[name].settled,
            problems=told[name].problems,
            ingested=became.get(name, {}).get(ArrivalState.INGESTED, 0),
            duplicates=became.get(name, {}).get(ArrivalState.DUPLICATE, 0),
            quarantined=became.get(name, {}).get(ArrivalState.QUARANTINED, 0),
            last_scan_at=left.at if left else None,
            is_watched=watcher is not None,
        )
        for name, pattern in sorted(watched.items())
    )


def _counted(context: Context, found: Scan) -> Counted:
    problems = [f"{path}: {why}" for path, why in sorted(found.problems.items())]
    return Counted(
        waiting=len(found.sightings) + len(found.shut),
        settled=len(found.settled(context)),
        problems=tuple(problems[:KEPT_PROBLEMS]),
    )


def _write(layout: Layout, found: Mapping[str, Counted]) -> None:
    content: dict[str, Any] = {
        "pid": os.getpid(),
        "at": datetime.now(UTC).isoformat(),
        "datasets": {name: asdict(one) for name, one in found.items()},
    }
    # One name, since a project has one watcher: what a dying one leaves is written over.
    partial = _path(layout).with_suffix(".part")
    partial.write_text(json.dumps(content), encoding="utf-8")
    # Others may read it at any moment, so it appears whole.
    partial.replace(_path(layout))


def _path(layout: Layout) -> Path:
    return layout.locks / "last-scan.json"
