"""What type the key columns of a model have in its dataset, so that keys meet however they were written."""

from __future__ import annotations

from storage import frames
from storage.errors import Problem
from storage.records import ModelVersion, Window
from workbench.services import rows
from workbench.services.context import Context


def of(context: Context, version: ModelVersion) -> tuple[str, ...]:
    """DuckDB types of the key columns, in their order; text where the dataset does not tell."""
    key = version.signature.key
    try:
        known = _columns(context, version.dataset)
    except Problem:
        known = {}  # the dataset was removed; its predictions stay
    return tuple(known.get(name, "VARCHAR") for name in key)


def _columns(context: Context, dataset: str | None) -> dict[str, str]:
    if dataset is None:
        return {}
    with context.store.read() as tx:
        latest = tx.datasets.latest(tx.datasets.get(dataset))
        if latest is None:
            return {}
        selection = rows.select(context, tx, Window(dataset=dataset, version=latest.number))
    return frames.columns(context.store.frames, selection) if selection.paths else {}
