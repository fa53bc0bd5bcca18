"""The thread of a worker that keeps its jobs, and ends runs whose process died, whatever the jobs do."""

from __future__ import annotations

import threading

from storage.records import Job
from storage.store import Store
from workbench.services import lost_runs
from workbench.worker import endings

LEASE_S = 15.0


class LeaseKeeper:
    """Renews the leases of held jobs every third of a lease, and takes jobs whose lease is over."""

    def __init__(self, store: Store, *, lease_s: float = LEASE_S) -> None:
        self._store = store
        self._lease_s = lease_s
        self._lock = threading.Lock()
        self._held: dict[int, Job] = {}
        self._lost: set[int] = set()
        self._error: BaseException | None = None
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="leases", daemon=True)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread."""
        self._stopped.set()
        self._thread.join()

    def hold(self, job: Job) -> None:
        """Keeps the lease of `job` from now on."""
        with self._lock:
            self._held[job.id] = job

    def drop(self, job: Job) -> None:
        """Lets the lease of `job` run out."""
        with self._lock:
            self._held.pop(job.id, None)
            self._lost.discard(job.id)

    def lost(self) -> frozenset[int]:
        """Ids of held jobs that are over, or belong to another worker.

        Raises:
            RuntimeError: The thread has failed: nothing is renewed any more.
        """
        if self._error is not None:
            raise RuntimeError("Leases could not be renewed.") from self._error
        with self._lock:
            return frozenset(self._lost)

    def renew(self) -> None:
        """Renews all leases once."""
        with self._lock:
            held = dict(self._held)
        with self._store.write() as tx:
            owned = tx.jobs.renew(list(held.values()), lease_s=self._lease_s)
            # After the renewal, so that after a suspension no worker takes its own jobs.
            endings.expire(tx)
            lost_runs.end_lost_within(tx)
        with self._lock:
            self._lost |= {id_ for id_ in held if self._held.get(id_) == held[id_]} - owned

    def _run(self) -> None:
        try:
            while not self._stopped.wait(self._lease_s / 3):
                self.renew()
        except BaseException as error:  # noqa: BLE001 - raised again where the worker's loop looks
            self._error = error
