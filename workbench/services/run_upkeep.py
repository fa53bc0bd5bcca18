"""A run with all that belongs to it, and runs taken away, tagged and noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.errors import Conflict
from storage.records import CycleState, NewEvent, Run
from storage.records.filters import Comparison, Field
from storage.records.run_cards import RunCard, RunRemoval
from storage.store import Transaction
from workbench.core import words
from workbench.services.context import Context

CHILDREN = 50


def card(context: Context, run: int) -> RunCard:
    """A run with its files, its children and the model versions made of it.

    Raises:
        NotFound: There is no such run.
    """
    with context.store.read() as tx:
        found = tx.runs.get(run)
        return RunCard(
            run=found,
            artifacts=tx.runs.artifacts(run),
            children=children_of(tx, run),
            models=tuple(_models_of(tx).get(run, ())),
        )


def children_of(tx: Transaction, run: int, *, limit: int = CHILDREN) -> tuple[Run, ...]:
    """The runs that are a part of a run, newest first."""
    own = Comparison(field=Field(name="parent"), operator="=", values=(float(run),))
    return tx.runs.find(own, limit=limit)


def remove(context: Context, runs: Sequence[int]) -> tuple[RunRemoval, ...]:
    """Takes runs away with their children; those that something needs are kept, with the reason.

    Their files are freed by `workbench data gc` once nothing else names them.

    Raises:
        NotFound: There is no such run; nothing was taken away.
    """
    with context.write() as tx:
        found = [tx.runs.get(number) for number in dict.fromkeys(runs)]
        models, gone = _models_of(tx), set[int]()
        removals = []
        for run in found:
            reason = None if run.id in gone else _removed(tx, run, models, gone)
            removals.append(RunRemoval(run=run.id, kept_because=reason))
        labels = [
            run.label for run, one in zip(found, removals, strict=True) if not one.kept_because
        ]
        if labels:
            message = f"{words.listed(labels, most=5)} removed by {context.who}"
            tx.events.add(NewEvent(kind="run.removed", subject=labels[0], message=message))
    return tuple(removals)


def tag(context: Context, run: int, tags: Mapping[str, str | None]) -> Run:
    """Sets tags of a run; None takes one away."""
    with context.write() as tx:
        tx.runs.get(run)
        tx.runs.set_tags(run, tags)
        return tx.runs.get(run)


def note(context: Context, run: int, text: str) -> Run:
    """Writes a note to a run in place of the one before; an empty one takes it away."""
    with context.write() as tx:
        tx.runs.get(run)
        tx.runs.set_note(run, text)
        return tx.runs.get(run)


def _removed(
    tx: Transaction, run: Run, models: Mapping[int, list[str]], gone: set[int]
) -> str | None:
    """Takes a run away with its children; in words why it cannot go."""
    family = _family(tx, run)
    named = [
        f"{label} was made of {one.label}" for one in family for label in models.get(one.id, ())
    ]
    if named:
        return words.listed(named, most=3)
    if run.cycle_id is not None and _is_open(tx, run.cycle_id):
        return f"retraining cycle {run.cycle_id} is about to judge it"
    try:
        tx.runs.remove(run.id)
    except Conflict as conflict:
        return conflict.problem.rstrip(".")
    gone.update(one.id for one in family)
    return None


def _family(tx: Transaction, run: Run) -> list[Run]:
    """A run and all that is below it; a run that was taken away meanwhile has none."""
    found, at = [run], 0
    while at < len(found):
        found += children_of(tx, found[at].id, limit=10_000)
        at += 1
    return found


def _models_of(tx: Transaction) -> dict[int, list[str]]:
    """The model versions made of each run."""
    found: dict[int, list[str]] = {}
    for model in tx.models.all():
        for version in tx.models.newest(model.name, limit=tx.models.count(model.name)):
            if version.run_id is not None:
                found.setdefault(version.run_id, []).append(version.label)
    return found


def _is_open(tx: Transaction, cycle: int) -> bool:
    return any(
        one.id == cycle and one.state is CycleState.OPEN
        for model in tx.models.all()
        for one in tx.reviews.cycles(model)
    )
