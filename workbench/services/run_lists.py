"""A page of runs as a list shows it: whole families with their studies and jobs, or what a condition finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from storage.records import Job, Run, RunState, Study
from storage.records.filters import Comparison, Field
from storage.store import Transaction
from workbench.core import filters
from workbench.core.filters import Names
from workbench.services.context import Context
from workbench.services.run_finding import names_of

CHILDREN = 100
"""Newest children of a run that are listed below it."""
DEPTH = 3
"""Generations that are listed below a run."""
STUDIES = 200
"""Newest studies that are known by their runs."""
_TOP = Comparison(field=Field(name="parent"), operator="is null")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRun:
    """A run in a list, with what is known of it besides."""

    run: Run
    depth: int
    """0: it is no part of another, or stands alone in a list of what was found."""
    children: int
    is_open: bool
    """Whether its children follow."""
    study: Study | None
    """The study that the run stands for."""
    job: Job | None
    """The job that works on it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPage:
    """Some of a list of runs."""

    runs: tuple[ListedRun, ...]
    total: int
    """Runs of the whole list; children that follow their parent do not count."""
    is_flat: bool
    """Whether runs stand alone, children beside their parents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What is looked up once for a page."""

    studies: Mapping[int, Study]
    """By run."""
    jobs: Mapping[int, Job]
    """Live ones, by id."""
    folds: Mapping[int, bool]


def page(
    context: Context,
    where: str = "",
    *,
    sort: str | None = None,
    folds: Mapping[int, bool] | None = None,
    limit: int = 50,
    offset: int = 0,
) -> RunPage:
    """Runs newest first with their children below them; with a condition or an order, each on its own.

    Args:
        context: The project.
        where: A condition, as of `core.filters`; empty: all runs.
        sort: A name, with a minus before it for the largest first; None: newest first.
        folds: Whether the children of a run are shown, where somebody said so; those of running runs are
            otherwise.
        limit: Runs at most, children not counted.
        offset: Runs that are left out before the first one.

    Raises:
        UsageError: The condition or the order cannot be understood; the error points at the place.
    """
    with context.store.read() as tx:
        known = _Known(
            studies={one.run_id: one for one in tx.studies.newest(limit=STUDIES)},
            jobs={one.id: one for one in tx.jobs.live()},
            folds=folds or {},
        )
        if not where.strip() and sort is None:
            found = tx.runs.find(_TOP, limit=limit, offset=offset)
            listed = _families(tx, found, known, depth=0)
            return RunPage(runs=tuple(listed), total=tx.runs.count_of(_TOP), is_flat=False)
        names = names_of(tx)
        condition = filters.parse(where, names=names)
        order, is_descending = (None, True) if sort is None else filters.order(sort, names=names)
        found = tx.runs.find(
            condition, order=order, descending=is_descending, limit=limit, offset=offset
        )
        counts = tx.runs.child_counts([run.id for run in found])
        return RunPage(
            runs=tuple(_listed(run, known, counts, depth=0, is_open=False) for run in found),
            total=tx.runs.count_of(condition),
            is_flat=True,
        )


def names(context: Context) -> Names:
    """What runs can be asked for by name: attributes, metrics and params."""
    with context.store.read() as tx:
        return names_of(tx)


def _families(
    tx: Transaction, found: tuple[Run, ...], known: _Known, *, depth: int
) -> list[ListedRun]:
    """The runs, each followed by its children where those are shown."""
    counts = tx.runs.child_counts([run.id for run in found])
    listed: list[ListedRun] = []
    for run in found:
        is_live = run.state is RunState.RUNNING
        is_open = run.id in counts and depth < DEPTH and known.folds.get(run.id, is_live)
        listed.append(_listed(run, known, counts, depth=depth, is_open=is_open))
        if is_open:
            own = Comparison(field=Field(name="parent"), operator="=", values=(float(run.id),))
            children = tx.runs.find(own, limit=CHILDREN)
            listed += _families(tx, children, known, depth=depth + 1)
    return listed


def _listed(
    run: Run, known: _Known, counts: Mapping[int, int], *, depth: int, is_open: bool
) -> ListedRun:
    return ListedRun(
        run=run,
        depth=depth,
        children=counts.get(run.id, 0),
        is_open=is_open,
        study=known.studies.get(run.id),
        job=known.jobs.get(run.job_id) if run.job_id is not None else None,
    )
