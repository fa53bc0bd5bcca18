"""The part of the action table about jobs."""

from __future__ import annotations

from workbench.tui.action import Action

JOBS = (
    Action(
        id="jobs.cancel",
        keys="x",
        label="Cancel",
        tooltip="Stops the selected job.",
        method="cancel",
        confirm="{job} stops; what it has not yet committed is lost.",
    ),
    Action(
        id="jobs.retry",
        keys="r",
        label="Retry",
        tooltip="Puts the selected job into the queue again.",
        method="retry",
    ),
    Action(
        id="jobs.live",
        keys="l",
        label="Live only",
        tooltip="Lists only jobs that run or wait, and all of them again.",
        method="toggle_live",
    ),
    Action(
        id="jobs.run",
        keys="o",
        label="Its run",
        tooltip="Goes to the run that the selected job makes.",
        method="open_run",
    ),
)
