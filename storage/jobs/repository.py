"""Enqueue, claim, keep, end and look up jobs within one transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, Update, insert, select, tuple_, update

from storage import tables
from storage.errors import NotFound
from storage.jobs import queries, rows
from storage.jobs.rows import J
from storage.records import Job, JobState, NewJob


class Jobs:
    """Work that is waiting, under way or over.

    What moves or ends a running job takes the record that its claim gave and looks at the fencing
    token: a worker that was too slow, and lost the job to another claim, changes nothing.
    """

    def __init__(self, connection: Connection, now: datetime) -> None:
        self._connection = connection
        self._now = now

    def enqueue(self, new: NewJob) -> Job:
        """Adds a job; a live one with the same dedup key is given back instead."""
        return self.enqueue_all([new])[0]

    def enqueue_all(self, new: Sequence[NewJob]) -> tuple[Job, ...]:
        """Adds jobs in their order; gives for each the job that will do its work.

        Args:
            new: Jobs; of several with one dedup key only the first is added.
        """
        live = self._live_with({job.dedup_key for job in new if job.dedup_key is not None})
        first: dict[str | None, NewJob] = {}
        for job in new:
            first.setdefault(job.dedup_key, job)
        missing = [
            job
            for job in new
            if job.dedup_key is None or (job.dedup_key not in live and first[job.dedup_key] is job)
        ]
        records = self._insert(missing)
        live.update({job.dedup_key: job for job in records if job.dedup_key is not None})
        without_key = iter([job for job in records if job.dedup_key is None])
        return tuple(
            next(without_key) if job.dedup_key is None else live[job.dedup_key] for job in new
        )

    def claim(
        self, worker: str, *, lease_s: float, kinds: Collection[str] | None = None
    ) -> Job | None:
        """Gives the next job to `worker`: the highest priority, then the one due longest.

        Args:
            worker: Name of the claimant.
            lease_s: Seconds after which the job counts as lost unless it is renewed.
            kinds: Only jobs of these kinds; None: of any kind.

        Returns:
            The job, running under a new fencing token; None when none is due.
        """
        due = queries.next_due(self._now, kinds).scalar_subquery()
        claim = {
            "state": JobState.RUNNING.value,
            "attempts": J.attempts + 1,
            "token": J.token + 1,
            "worker": worker,
            "lease_until": self._now + timedelta(seconds=lease_s),
            "started_at": self._now,
            "error": None,
        }
        claimed = self._change(
            update(tables.jobs).where(J.id == due, J.state == JobState.QUEUED.value).values(**claim)
        )
        return claimed[0] if claimed else None

    def start(self, job: Job, *, pid: int) -> None:
        """Notes the process that does the job.

        Raises:
            LeaseLost: Nothing was written.
        """
        self._under_token(job, {"pid": pid})

    def report(self, job: Job, fraction: float | None, message: str) -> None:
        """Notes how far the job is.

        Args:
            job: The claimed job.
            fraction: 0 to 1; None when it cannot be told.
            message: What is happening now.

        Raises:
            LeaseLost: Nothing was written.
        """
        self._under_token(job, {"progress": fraction, "message": message})

    def renew(self, jobs: Sequence[Job], *, lease_s: float) -> set[int]:
        """Prolongs the leases of `jobs`; gives the ids of those that their claims still own."""
        if not jobs:
            return set()
        claims = tuple_(J.id, J.token).in_([(job.id, job.token) for job in jobs])
        renewed = (
            update(tables.jobs)
            .where(J.state == JobState.RUNNING.value, claims)
            .values(lease_until=self._now + timedelta(seconds=lease_s))
            .returning(J.id)
        )
        return set(self._connection.execute(renewed).scalars())

    def owns(self, job: Job) -> bool:
        """Whether the job still runs under the claim that gave the record."""
        query = select(J.id).where(*rows.owned(job)).with_for_update()
        return self._connection.execute(query).first() is not None

    def guard(self, job: Job) -> None:
        """Lets a transaction go on only while the job belongs to this claim.

        Raises:
            LeaseLost: It does not.
        """
        if not self.owns(job):
            raise rows.lease_lost(job)

    def finish(self, job: Job, result: dict[str, Any] | None = None) -> Job:
        """Ends a job that did its work.

        Raises:
            LeaseLost: Nothing was written.
        """
        done = {"progress": 1.0, "result": result}
        return self._under_token(job, {**rows.ended(JobState.FINISHED, self._now), **done})

    def fail(self, job: Job, error: str, *, retry: bool) -> Job:
        """Ends a job that went wrong, or puts it back into the queue for another attempt.

        Args:
            job: The claimed job.
            error: What went wrong, in one sentence.
            retry: Whether another attempt could go better; it waits for `retry_delay`. A job that
                somebody wants cancelled is not tried again.

        Returns:
            The job as it is now: queued, failed or cancelled.

        Raises:
            LeaseLost: Nothing was written.
        """
        change = rows.after_failure(
            self.get(job.id), error, self._now, retry=retry, last=JobState.FAILED
        )
        return self._under_token(job, change)

    def cancelled(self, job: Job) -> Job:
        """Ends a running job because somebody wanted that.

        Raises:
            LeaseLost: Nothing was written.
        """
        return self._under_token(job, rows.ended(JobState.CANCELLED, self._now))

    def release(self, job: Job) -> Job:
        """Puts a job back into the queue as if it had not been claimed, because its worker stops.

        Raises:
            LeaseLost: Nothing was written.
        """
        if self.get(job.id).cancel_requested:
            return self.cancelled(job)
        return self._under_token(job, {**rows.waiting(self._now), "attempts": J.attempts - 1})

    def expire(self, *, except_of: str | None = None) -> tuple[tuple[Job, ...], tuple[Job, ...]]:
        """Takes running jobs from workers that are gone.

        Args:
            except_of: Name of the one worker known to live: the jobs of all others are taken at
                once. None: only jobs whose lease is over.

        Returns:
            The jobs that wait for another attempt, and those that ended: dead after their last
            attempt, or cancelled because somebody wanted that.
        """
        lost = self._all(queries.lost(self._now, except_of=except_of))
        outcomes: defaultdict[tuple[tuple[str, Any], ...], list[int]] = defaultdict(list)
        for job in lost:
            outcomes[tuple(rows.after_loss(job, self._now).items())].append(job.id)
        taken: list[Job] = []
        for change, ids in outcomes.items():
            these = update(tables.jobs).where(J.id.in_(ids))
            taken.extend(self._change(these.values(**dict(change))))
        requeued = tuple(job for job in taken if job.state.is_live)
        return requeued, tuple(job for job in taken if not job.state.is_live)

    def cancel(self, job_id: int) -> Job:
        """Cancels a queued job at once and asks for the end of a running one.

        Returns:
            The job as it is now; one that is over stays as it was.

        Raises:
            NotFound: There is no such job.
        """
        queued = update(tables.jobs).where(J.id == job_id, J.state == JobState.QUEUED.value)
        self._change(queued.values(**rows.ended(JobState.CANCELLED, self._now)))
        running = update(tables.jobs).where(J.id == job_id, J.state == JobState.RUNNING.value)
        self._change(running.values(cancel_requested=True))
        return self.get(job_id)

    def cancel_requests(self, worker: str) -> set[int]:
        """Ids of the jobs running at `worker` that somebody wants cancelled."""
        return set(self._connection.execute(queries.cancel_requested(worker)).scalars())

    def retry(self, job_id: int) -> Job:
        """Queues a job that failed, died or was cancelled once more, with all its attempts.

        Returns:
            The queued job; instead of it the live one with the same dedup key, if there is one.

        Raises:
            NotFound: There is no such job.
            Conflict: It is live, or did its work.
        """
        job = self.get(job_id)
        if job.state.is_live or job.state is JobState.FINISHED:
            raise rows.not_over(job)
        live = self._live_with({job.dedup_key} if job.dedup_key is not None else set())
        if job.dedup_key in live:
            return live[job.dedup_key]
        fresh = {"attempts": 0, "started_at": None, "ended_at": None, "error": None}
        again = {**rows.waiting(self._now), **fresh, "cancel_requested": False}
        return self._change(update(tables.jobs).where(J.id == job_id).values(**again))[0]

    def get(self, job_id: int) -> Job:
        """The job with this id.

        Raises:
            NotFound: There is none.
        """
        return self.find(job_id)

    def find(self, label_or_id: str | int) -> Job:
        """The job that people call `j12` or 12.

        Raises:
            NotFound: There is none.
        """
        digits = str(label_or_id).strip().lower().removeprefix("j")
        # SQLite's whole numbers have 18 digits and a bit.
        is_id = digits.isascii() and digits.isdigit() and len(digits) <= 18
        found = self._all(queries.with_ids([int(digits)])) if is_id else ()
        if not found:
            known = [job.label for job in self.newest(limit=12)]
            raise NotFound.named("job", label_or_id, known=known)
        return found[0]

    def live(self) -> tuple[Job, ...]:
        """Running jobs, then queued ones in the order in which they would be claimed."""
        return self._all(queries.live())

    def newest(self, *, limit: int = 50, offset: int = 0) -> tuple[Job, ...]:
        """A page of all jobs, newest first."""
        return self._all(queries.newest(limit=limit, offset=offset))

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state; a state without jobs counts 0."""
        found = {JobState(state): n for state, n in self._connection.execute(queries.counts())}
        return {state: found.get(state, 0) for state in JobState}

    def _insert(self, new: Sequence[NewJob]) -> tuple[Job, ...]:
        if not new:
            return ()
        statement = insert(tables.jobs).returning(tables.jobs, sort_by_parameter_order=True)
        values = [rows.added(job, self._now) for job in new]
        return tuple(map(rows.job_of, self._connection.execute(statement, values).mappings()))

    def _live_with(self, dedup_keys: Collection[str]) -> dict[str | None, Job]:
        if not dedup_keys:
            return {}
        return {job.dedup_key: job for job in self._all(queries.live_with(dedup_keys))}

    def _all(self, query: Select[Any]) -> tuple[Job, ...]:
        return tuple(map(rows.job_of, self._connection.execute(query).mappings()))

    def _change(self, statement: Update) -> tuple[Job, ...]:
        changed = self._connection.execute(statement.returning(tables.jobs))
        return tuple(map(rows.job_of, changed.mappings()))

    def _under_token(self, job: Job, change: dict[str, Any]) -> Job:
        changed = self._change(update(tables.jobs).where(*rows.owned(job)).values(**change))
        if not changed:
            raise rows.lease_lost(job)
        return changed[0]
