"""What a run has logged on its way into the store: collected in memory, written in batches."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from storage.errors import NotFound, Problem, StoreUnusable
from storage.records import Artifact, Run, RunState
from storage.store import Store, Transaction
from workbench.engines.processes import say
from workbench.engines.usage import Meter
from workbench.services import keepsakes
from workbench.services.lost_runs import HEARTBEAT_S

BATCH = 1_000
"""Values in a transaction, and how many of them are not kept waiting for the time to pass."""
FLUSH_S = 1.0
"""How long a value waits for others."""
MOST = 10_000
"""Values in memory past which who logs more writes too; not while the store takes nothing."""
RETRY_S = 1.0
PATIENCE_S = 10.0
"""How long a run that ends tries to keep what it has."""
HELD_BYTES = 64 * 1024 * 1024
"""A larger file does not wait in memory for a disk with room."""
FIRST_SAMPLE_S = 1.0
SAMPLE_S = 5.0

Values = Mapping[str, float]
Point = tuple[str, int, datetime, float]
"""A metric, a step, when it was logged, and the value."""
Change = Callable[[Transaction], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A file of a run that the disk had no room for so far."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a run ends as."""

    state: RunState
    error: str | None = None


Entry = tuple[Values, int, datetime] | list[Point] | Change | Content


class Recorder:
    """What one run has logged and is not kept yet. Any thread may add, one at a time writes."""

    def __init__(self, store: Store, run: Run, *, owns: bool) -> None:
        self.label = run.label
        self.owns = owns
        """Whether the run ends with this process; otherwise it only adds to another's."""
        self.is_abandoned = False
        """Whether nobody can log to it any more, though nobody has ended it."""
        self.is_closed = False
        self.is_asleep = False
        """Whether no thread looks after it: in a forked child, before it logs."""
        self._store = store
        self._now = store.now
        self._run = run
        self._adding = threading.Lock()
        self._writing = threading.RLock()
        self._waiting: deque[Entry] = deque()
        self._values = 0
        self._batch: list[Entry] = []
        self._problem: Exception | None = None
        self._regret: Problem | None = None
        self._meter = Meter()
        now = time.monotonic()
        self._written_at = now
        self._try_at = now
        self._sample_at = now + FIRST_SAMPLE_S

    @property
    def is_full(self) -> bool:
        """Whether a batch waits."""
        return self._values >= BATCH

    def add(self, step: int, values: Values) -> bool:
        """Takes values of one step; says whether a batch waits."""
        entry = (values, step, self._now())
        with self._adding:
            self._waiting.append(entry)
            self._values += len(values)
        if self._values > MOST:
            self._relieve()
        return self._values >= BATCH

    def add_series(self, key: str, steps: Sequence[int], values: Sequence[float]) -> None:
        """Takes many values of one metric."""
        at = self._store.now()
        points = [(key, step, at, value) for step, value in zip(steps, values, strict=True)]
        with self._adding:
            for start in range(0, len(points), BATCH):
                self._waiting.append(points[start : start + BATCH])
            self._values += len(points)
        if self._values > MOST:
            self._relieve()

    def change(self, entry: Change | Content) -> None:
        """Takes anything else that is to be written, after what was added before it."""
        with self._adding:
            self._waiting.append(entry)

    def keep(self, name: str, content: bytes | Path) -> None:
        """Takes a file. One for which the disk has no room waits in memory, or is lost if it is large.

        What is lost is told at once, and raised when the run ends.
        """
        blobs = self._store.blobs
        if isinstance(content, Path) and content.stat().st_size <= HELD_BYTES:
            content = content.read_bytes()
        try:
            if isinstance(content, Path):
                kept = keepsakes.kept_file(blobs, name, content)
            else:
                kept = keepsakes.kept(blobs, name, content)
        except StoreUnusable as problem:
            if isinstance(content, bytes) and len(content) <= HELD_BYTES:
                self.change(Content(path=name, content=content))
            else:
                say(f"workbench: {problem}")
                self._regret = problem
        else:
            self.change(self._naming(kept))

    def beat(self) -> None:
        """Writes what is due, and says that the run is alive; called several times a second."""
        now = time.monotonic()
        if self.is_closed or (self._problem is not None and now < self._try_at):
            return
        if self.owns and now >= self._sample_at:
            self._sample_at = now + SAMPLE_S
            self._sample()
        waits = FLUSH_S if self._waiting or self._batch else HEARTBEAT_S
        if self.is_full or now - self._written_at >= waits:
            self.flush()

    def flush(self) -> bool:
        """Writes all that waits; False when the store takes nothing now, and all is still here."""
        with self._writing:  # what is told of a failure too: threads tell the same one once
            try:
                self._write_all()
            except Exception as error:  # noqa: BLE001 - whatever it is, a training must not end by it
                self._note(error)
                return False
            if self._problem is not None:
                self._problem = None
                say(f"workbench: {self.label} is being kept again.")
        return True

    def close(self, ending: Ending | None) -> None:
        """Writes the rest, and ends the run if it is this process's.

        Args:
            ending: What it ends as; None leaves it as it is.

        Raises:
            Problem: Something of it could not be kept.
        """
        if self.is_closed:
            return
        self.is_closed = True
        if ending is not None and self.owns:
            self.change(self._end_as(ending))
        self._persist()
        if self._regret is not None:
            raise self._regret

    def forget(self) -> None:
        """In a forked child: what waits is the parent's to write, and so is the run's end."""
        self.owns = False
        self.is_asleep = True
        self._adding, self._writing = threading.Lock(), threading.RLock()
        self._waiting, self._batch, self._values = deque(), [], 0
        self._problem = self._regret = None
        self._store.forget_connections()

    def _relieve(self) -> None:
        """Has who logs more than the thread can write do some of the writing."""
        if self._problem is None:
            self.flush()
        elif isinstance(self._problem, NotFound):
            # The run was removed: nothing of it will ever be kept, so it need not fill the memory.
            with self._adding:
                self._waiting.clear()
                self._values = 0

    def _persist(self) -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not self.flush():
            problem = self._problem
            if isinstance(problem, StoreUnusable) and time.monotonic() < deadline:
                time.sleep(RETRY_S / 2)
                continue
            raise self._loss() from problem

    def _loss(self) -> Problem:
        lost = self._values + sum(_weight(one) for one in self._batch)
        problem = self._problem
        if isinstance(problem, NotFound):
            return problem
        what = problem.problem if isinstance(problem, Problem) else repr(problem)
        remedy = problem.remedy if isinstance(problem, Problem) else ""
        return StoreUnusable(
            f"The last {lost} values of {self.label} were not kept: {what}", remedy
        )

    def _end_as(self, ending: Ending) -> Change:
        return lambda tx: tx.runs.end(self._run.id, state=ending.state, error=ending.error)

    def _sample(self) -> None:
        step = int((self._store.now() - self._run.started_at).total_seconds())
        read = self._meter.read()
        self.add(step, {f"system.{key}": value for key, value in read.items()})

    def _write_all(self) -> None:
        # As many batches as wait now: others may be adding all the time.
        for _ in range(2 + self._values // BATCH):
            self._write()
            if not self._waiting:
                return

    def _write(self) -> None:
        """Writes one batch, which stays here until it is kept."""
        if not self._batch:
            self._batch = self._taken()
        for place, entry in enumerate(self._batch):
            if isinstance(entry, Content):
                self._batch[place] = self._placed(entry)
        try:
            with self._store.write() as tx:
                _keep(tx, self._run.id, self._batch)
        except StoreUnusable:
            raise
        except Exception:
            with self._store.read() as tx:
                tx.runs.get(self._run.id)  # somebody may have removed it, which explains all
            raise
        self._batch = []
        self._written_at = time.monotonic()

    def _taken(self) -> list[Entry]:
        taken: list[Entry] = []
        values = 0
        with self._adding:
            while self._waiting and values < BATCH:
                entry = self._waiting.popleft()
                values += _weight(entry)
                taken.append(entry)
            self._values -= values
        return taken

    def _placed(self, entry: Content) -> Change:
        return self._naming(keepsakes.kept(self._store.blobs, entry.path, entry.content))

    def _naming(self, kept: Artifact) -> Change:
        return lambda tx: tx.runs.keep_artifacts(self._run.id, [kept])

    def _note(self, error: Exception) -> None:
        self._try_at = time.monotonic() + RETRY_S
        if self._problem is None:
            what = error.problem if isinstance(error, Problem) else repr(error)
            say(f"workbench: {self.label} cannot be kept now and waits in memory. {what}")
        self._problem = error


def _weight(entry: Entry) -> int:
    if isinstance(entry, tuple):
        return len(entry[0])
    return len(entry) if isinstance(entry, list) else 0


def _keep(tx: Transaction, run_id: int, batch: list[Entry]) -> None:
    points: list[Point] = []
    has_beaten = False
    for entry in batch:
        if isinstance(entry, tuple):
            values, step, at = entry
            for key, value in values.items():
                points.append((key, step, at, value))
        elif isinstance(entry, list):
            points += entry
        elif not isinstance(entry, Content):
            has_beaten |= bool(points)
            tx.runs.extend(run_id, points)
            points = []
            entry(tx)
    if points:
        tx.runs.extend(run_id, points)
    elif not has_beaten:
        tx.runs.heartbeat(run_id)
