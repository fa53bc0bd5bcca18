"""The run below a run that makes it again."""

from __future__ import annotations

from collections.abc import Mapping

from storage.records import NewRun, Run, Scalar
from workbench.engines import environment
from workbench.services.context import Context


def start(
    context: Context,
    run: Run,
    *,
    params: Mapping[str, Scalar],
    seed: int,
    recipe: str | None = None,
) -> Run:
    """Starts a run as a part of the one that it makes again.

    Args:
        context: The project.
        run: The one that is made again.
        params: What the new one is made with.
        seed: Its seed.
        recipe: What its recipe is called; None: as that of the first one.
    """
    again = NewRun(
        experiment=run.experiment,
        name=f"{run.label} again",
        recipe=recipe or run.recipe,
        model=run.model,
        params=dict(params),
        seed=seed,
        source_hash=run.source_hash,
        dataset=run.dataset,
        version=run.version,
        train=run.train,
        test=run.test,
        environment=environment.capture(context.project_dir),
        created_by=context.who,
        job_id=context.job.id if context.job else None,
        parent_id=run.id,
    )
    with context.write() as tx:
        return tx.runs.start(again)
