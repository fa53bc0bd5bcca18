"""The run that says what a guess without a model reaches, found again beside any run on the same rows."""

from __future__ import annotations

from storage.records import Run
from storage.records.filters import All, Comparison, Field
from storage.store import Transaction

NAME = "baseline"
_CANDIDATES = 100


def of_run(tx: Transaction, run: Run) -> Run | None:
    """The baseline on the same rows as a run; None when there is none, and for a baseline itself."""
    if run.recipe == NAME or run.dataset is None:
        return None
    same = {"experiment": run.experiment, "recipe": NAME, "data": f"{run.dataset}@v{run.version}"}
    condition = All(
        conditions=tuple(
            Comparison(field=Field(name=name), operator="=", values=(value,))
            for name, value in same.items()
        )
    )
    for one in tx.runs.find(condition, limit=_CANDIDATES):
        if (one.train, one.test, one.seed) == (run.train, run.test, run.seed):
            return one
    return None
