"""Finding runs: which names a condition may ask for, and what a run has under them."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from storage.records import Run, Scalar
from storage.records.filters import All, Comparison, Condition, Field
from storage.runs.finding import ATTRIBUTES
from storage.store import Transaction
from workbench.core import filters
from workbench.core.filters import Fields, Kind, Label, Names
from workbench.services.context import Context


def find(
    context: Context,
    where: str = "",
    *,
    sort: str | None = None,
    experiment: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[Run, ...]:
    """Runs that meet a condition, with their latest metrics.

    Args:
        context: The project.
        where: A condition, as of `core.filters`; empty: all runs.
        sort: A name, with a minus before it for the largest first; None: newest first.
        experiment: Only runs of this experiment.
        limit: Runs at most.
        offset: Runs that are left out before the first one.

    Raises:
        UsageError: The condition or the order cannot be understood; the error points at the place.
    """
    with context.store.read() as tx:
        names = names_of(tx)
        condition = narrowed(filters.parse(where, names=names), experiment)
        if sort is None:
            return tx.runs.find(condition, limit=limit, offset=offset)
        field, is_descending = filters.order(sort, names=names)
        return tx.runs.find(
            condition, order=field, descending=is_descending, limit=limit, offset=offset
        )


def columns(context: Context, text: str) -> tuple[Field, ...]:
    """What `run, params.C, roc_auc` asks for of every run.

    Raises:
        UsageError: Nothing is called so; the error points at the place.
    """
    with context.store.read() as tx:
        return filters.columns(text, names=names_of(tx))


def narrowed(condition: Condition, experiment: str | None) -> Condition:
    """The condition for one experiment alone."""
    if experiment is None:
        return condition
    own = Comparison(field=Field(name="experiment"), operator="=", values=(experiment,))
    return All(conditions=(own, condition))


def names_of(tx: Transaction) -> Names:
    """What runs can be asked for by name."""
    metrics, params = tx.runs.keys()
    kinds = {name: cast("Kind", attribute.kind) for name, attribute in ATTRIBUTES.items()}
    return Names(attributes=kinds, metrics=metrics, params=params)


def fields_of(run: Run) -> Fields:
    """What a run has under the names that a condition may ask for."""
    data = f"{run.dataset}@v{run.version}" if run.dataset and run.version else None
    took = (run.ended_at - run.started_at).total_seconds() if run.ended_at else None
    own: dict[str, Scalar | datetime] = {
        "run": Label(run.label),
        "name": run.name,
        "experiment": run.experiment,
        "recipe": run.recipe,
        "model": run.model,
        "state": run.state.value,
        "data": data,
        "dataset": run.dataset,
        "version": run.version,
        "seed": run.seed,
        "by": run.created_by,
        "note": run.note,
        "error": run.error,
        "parent": Label(f"r{run.parent_id}") if run.parent_id is not None else None,
        "started": run.started_at,
        "ended": run.ended_at,
        "took": took,
    }
    own |= {f"metrics.{key}": metric.value for key, metric in run.metrics.items()}
    own |= {f"tags.{key}": value for key, value in run.tags.items()}
    return own | {f"params.{key}": value for key, value in run.params.items()}
