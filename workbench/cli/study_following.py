"""A study followed to its end: how far it is, its best so far, and what ctrl-c shall mean."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from workbench.cli import following, output
from workbench.core import words

if TYPE_CHECKING:
    from storage.records import Study
    from workbench.api import Workbench

_PAUSE_S = 0.2


def is_watched() -> bool:
    """Whether somebody sees what is told, so that following a study is of use."""
    return sys.stdout.isatty() and sys.stderr.isatty()


def follow(workbench: Workbench, study: Study) -> Study:
    """The study as it is once it has ended and was measured; tells on stderr how far it is.

    Ctrl-c at a terminal asks whether to leave the study running or to stop it.

    Raises:
        KeyboardInterrupt: The study is left running.
    """
    if not following.has_worker(workbench):
        output.say(
            "No worker is running, so nothing happens until `workbench up` or `worker` starts."
        )
    while not _is_over(workbench, study):
        try:
            study = _followed(workbench, study)
        except KeyboardInterrupt:
            study = workbench.study(study.id)
            if study.ended_at is not None:
                break
            if not _is_to_be_stopped(study):
                _tell_left(study)
                raise
            study = _stopped(workbench, study)
    return study


def _followed(workbench: Workbench, study: Study) -> Study:
    with output.progress() as tell:
        while not _is_over(workbench, study):
            tell(_words(study))
            time.sleep(_PAUSE_S)
            study = workbench.study(study.id)
    return study


def _is_over(workbench: Workbench, study: Study) -> bool:
    """Whether it has ended, and nothing is still to measure what its params were worth."""
    if study.ended_at is None:
        return False
    if study.importances is not None:
        return True
    mine = {"study": study.id}
    return not any(
        job.kind == "importances" and job.arguments == mine and job.state.is_live
        for job in workbench.jobs(limit=50)
    )


def _is_to_be_stopped(study: Study) -> bool:
    """What somebody at a terminal answers; nobody there, or ctrl-c again: it is left running."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return False
    output.say("")
    try:
        answered = click.prompt(
            f"{study.label} is running. Leave it running, or stop it?",
            type=click.Choice(["leave", "stop"]),
            default="leave",
            err=True,
        )
    except click.Abort:
        return False
    return bool(answered == "stop")


def _stopped(workbench: Workbench, study: Study) -> Study:
    """The study as it is now, stopped unless it came to its end while somebody was asked."""
    now = workbench.study(study.id)
    return workbench.stop_study(now.id) if now.ended_at is None else now


def _tell_left(study: Study) -> None:
    output.say(
        f"{study.label} goes on without this command. Stop it with "
        f"`workbench tune --stop {study.label}`, follow it with "
        f"`workbench tune --show {study.label} --wait`."
    )


def _words(study: Study) -> str:
    best = ""
    if study.best_value is not None:
        best = f", best {study.metric} {words.metric(study.best_value)} in trial {study.best_trial}"
    return f"{study.label} {study.state.value} {study.ended} of {study.budget} trials{best}"
