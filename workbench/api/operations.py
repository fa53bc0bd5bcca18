"""The project as a whole: services, jobs, events, alerts."""

from __future__ import annotations

from storage.records import Alert, AlertState, Event, Job, Overview, ServiceStatus
from workbench.api.handle import Handle, number_of


class OperationCalls(Handle):
    """What tells how the project is, and steers its jobs."""

    def overview(self) -> Overview:
        """The whole project at this moment."""
        from workbench.services import overview

        return overview.overview(self._context)

    def services(self) -> tuple[ServiceStatus, ...]:
        """The project's processes."""
        from workbench.services import overview

        return overview.services(self._context)

    def jobs(self, *, live: bool = False, limit: int = 50, offset: int = 0) -> tuple[Job, ...]:
        """Jobs, newest first; with `live` only queued and running ones, running first."""
        with self._context.store.read() as tx:
            return tx.jobs.live() if live else tx.jobs.newest(limit=limit, offset=offset)

    def job(self, job: int | str) -> Job:
        """The job with this id or label: 12 or `j12`."""
        with self._context.store.read() as tx:
            return tx.jobs.get(number_of(job, "j", "job"))

    def job_log(self, job: int, *, from_byte: int = 0) -> tuple[str, int]:
        """What a job printed after `from_byte`, and the byte to go on from."""
        from storage.layout import tail_of

        return tail_of(self._context.store.layout.job_log(job), from_byte=from_byte)

    def cancel_job(self, job: int) -> Job:
        """Cancels a queued job at once, a running one as soon as its process has ended."""
        from workbench.services import automation

        return automation.cancel(self._context, job)

    def retry_job(self, job: int) -> Job:
        """Queues a job again that failed, died or was cancelled."""
        with self._context.store.write() as tx:
            return tx.jobs.retry(job)

    def events(
        self, *, limit: int = 50, before: int | None = None, since: int | None = None
    ) -> tuple[Event, ...]:
        """Events, newest first."""
        with self._context.store.read() as tx:
            return tx.events.newest(limit=limit, before=before, since=since)

    def alerts(
        self, *, state: AlertState | None = AlertState.OPEN, limit: int = 50
    ) -> tuple[Alert, ...]:
        """Alerts, newest first."""
        with self._context.store.read() as tx:
            return tx.events.alerts(state=state, limit=limit)

    def acknowledge(self, alert: int) -> Alert:
        """Notes that somebody has seen an alert."""
        with self._context.store.write() as tx:
            return tx.events.acknowledge(alert, who=self._context.who)
