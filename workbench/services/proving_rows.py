"""The real rows that a proof asks, the same every time it is repeated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.records import Run, Signature, Window
from workbench.errors import UsageError
from workbench.services import definitions
from workbench.services import rows as row_services
from workbench.services.context import Context

MOST_ROWS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvingRows:
    """Rows of a dataset version, evenly taken."""

    columns: dict[str, NDArray[Any]]
    numbers: NDArray[np.int64]
    """Where each lies in the dataset version, from 0; shape (rows,)."""


def of_version(context: Context, dataset: str, version: int, signature: Signature) -> ProvingRows:
    """Rows of a dataset version, as many as a proof asks for.

    Raises:
        NotFound: There is no such version.
    """
    with context.store.read() as tx:
        window = Window(dataset=dataset, version=version)
        selection = row_services.select(context, tx, window)
    total = context.store.frames.count(selection)
    step = max(1, -(-total // MOST_ROWS))
    return ProvingRows(
        columns=context.store.frames.fetch(selection, [*signature.names], every=step),
        numbers=np.arange(0, total, step),
    )


def of_run(context: Context, run: Run, signature: Signature) -> ProvingRows:
    """Rows of the dataset version that a run read.

    Raises:
        UsageError: It names none.
    """
    if run.dataset is None or run.version is None:
        raise UsageError(f"{run.label} names no dataset version, so its export cannot be proved.")
    return of_version(context, run.dataset, run.version, signature)


def target_std(context: Context, run: Run, signature: Signature) -> float | None:
    """Standard deviation of a regression's target; None for classes."""
    if signature.task != "regression" or run.dataset is None or run.version is None:
        return None
    with context.store.read() as tx:
        target = definitions.of_run(context, tx, run).experiment.target
        window = Window(dataset=run.dataset, version=run.version)
        selection = row_services.select(context, tx, window)
    values = context.store.frames.fetch(selection, [target])[target]
    return float(np.nanstd(np.ma.filled(values.astype(np.float64), np.nan)))
