"""The queue: jobs are claimed under a lease, and only the latest claim may write their end."""

from __future__ import annotations

from storage.jobs.repository import Jobs
from storage.jobs.rows import retry_delay

__all__ = ["Jobs", "retry_delay"]
