"""How a run of any Python code begins: started with its surroundings, or gone on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from storage.records import NewRun, Run, RunState
from workbench.errors import UsageError
from workbench.services import keepsakes, labels, logged, surroundings
from workbench.services.context import Context
from workbench.services.lost_runs import LOST_S


def start(  # noqa: PLR0913 - what a run is started with, each by its name
    context: Context,
    experiment: str,
    *,
    params: Mapping[str, Any] | None = None,
    name: str | None = None,
    data: str | None = None,
    tags: Mapping[str, Any] | None = None,
    seed: int = 0,
    parent: int | None = None,
) -> Run:
    """Starts a run of an experiment, which need not stand in workbench.toml.

    Raises:
        NotFound: There is no such dataset version or parent.
        UsageError: A param, tag or label makes no sense.
    """
    around = surroundings.look_around()
    known = logged.params(params or {})
    new = NewRun(
        experiment=logged.name("experiment", experiment),
        name=logged.text(name or around.name),
        recipe="",
        model="",
        params=known,
        seed=logged.step(seed),
        source_hash=surroundings.source_hash(known),
        environment=around.environment,
        created_by=context.who,
        parent_id=parent,
        tags={key: one for key, one in logged.tags(tags or {}).items() if one is not None},
    )
    difference = keepsakes.difference(context.store.blobs, around.difference)
    # The first values that are kept make the start last too; without them it says nothing.
    with context.store.write(is_lasting=False) as tx:
        if parent is not None:
            tx.runs.get(parent)
        if data is not None:
            version = labels.dataset_version(tx, data)
            new = replace(new, dataset=version.dataset, version=version.number)
        run = tx.runs.start(new)
        tx.runs.keep_artifacts(run.id, difference)
        return run


def resume(context: Context, run_id: int) -> tuple[Run, bool]:
    """Goes on with a run: one that is over runs again, one that another process runs is added to.

    Returns:
        The run, and whether it is this process's to end.

    Raises:
        NotFound: There is no such run.
        UsageError: A job made it.
    """
    with context.store.write() as tx:
        run = tx.runs.get(run_id)
        if run.job_id is not None:
            raise UsageError(
                f"{run.label} belongs to job j{run.job_id}, which alone writes to it.",
                f"Start a run below it: `w.run('{run.experiment}', parent='{run.label}')`.",
            )
        lives = run.state is RunState.RUNNING and tx.now - run.heartbeat_at < timedelta(
            seconds=LOST_S
        )
        if not lives:
            run = tx.runs.reopen(run_id)
    return run, not lives
