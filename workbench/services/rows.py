"""Which files hold the rows of a window, and how its profile is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import msgspec
import numpy as np

from storage import frames
from storage.errors import NotFound
from storage.frames import Selection
from storage.records import (
    Column,
    ColumnKind,
    Dataset,
    Profile,
    Version,
    VersionState,
    Window,
)
from storage.store import Transaction
from workbench.core import profile as profile_rules
from workbench.errors import UsageError
from workbench.services.context import Context

BLOCKS = 4
"""Time blocks of a reference whose differences calibrate its limits."""


def dataset_schema(dataset: Dataset) -> tuple[Column, ...]:
    """The dataset's columns.

    Raises:
        UsageError: No file has been read yet.
    """
    if dataset.schema is None:
        raise UsageError(
            f"{dataset.name} has no rows yet.",
            f"Add some with `workbench data add {dataset.name} FILE`, or drop a file into its folder.",
        )
    return dataset.schema.columns


def columns_of(tx: Transaction, version: Version) -> tuple[Column, ...]:
    """The columns of a version, which may be others than those of later ones."""
    schema = tx.datasets.schema_of(version)
    return () if schema is None else schema.columns


def identity(context: Context, dataset: Dataset) -> tuple[str, ...]:
    """The columns that tell rows apart: the dataset's key, or all of its columns."""
    key = context.config.datasets[dataset.name].key
    return key or tuple(column.name for column in dataset_schema(dataset))


def select(context: Context, tx: Transaction, window: Window) -> Selection:
    """The rows that a window means.

    Raises:
        NotFound: The version was removed.
    """
    dataset = tx.datasets.get(window.dataset)
    version = tx.datasets.version(dataset, window.version)
    if version.state is VersionState.REMOVED:
        raise NotFound(
            f"{version.label} has no rows any more: {version.reason}.",
            f"See the versions that are left: `workbench data log {dataset.name}`.",
        )
    partitions = tx.partitions.of_version(dataset.id, window.version, added_only=window.added_only)
    config = context.config.datasets.get(window.dataset)
    return context.store.frames.select(
        partitions,
        time=config.time if config else None,
        start=window.start,
        end=window.end,
    )


def profile_of(
    context: Context,
    selection: Selection,
    columns: Sequence[Column],
    *,
    like: Profile | None = None,
) -> Profile:
    """The profile of the selected rows.

    Args:
        context: The project.
        selection: The rows.
        columns: The columns to profile.
        like: Counts at the bins of this profile; None: at bins made from these rows.
    """
    engine = context.store.frames
    if like is None:
        found = frames.profile_anew(engine, selection, columns, profile_rules.edges_of_cells)
    else:
        edges = {
            one.name: np.asarray(one.edges, dtype=np.float64)
            for one in like.columns
            if one.edges and one.kind is ColumnKind.NUMERIC
        }
        known = {one.name: one.values for one in like.columns if one.values}
        grids = {one.name: grid for one in like.columns if (grid := frames.Grid.of(one))}
        found = frames.profile(engine, selection, columns, edges, known_grids=grids, known=known)
    rows = found[0].rows if found else engine.count(selection)
    return Profile(rows=rows, columns=tuple(map(profile_rules.with_quantiles, found)))


def reference_profile(context: Context, selection: Selection, columns: Sequence[Column]) -> Profile:
    """The profile of training rows, its limits calibrated on their own time blocks."""
    from workbench.core import drift as drift_rules  # noqa: PLC0415 - it loads scipy, for half a second

    reference = profile_of(context, selection, columns)
    blocks = [
        profile_of(context, block, columns, like=reference) for block in _blocks(context, selection)
    ]
    return drift_rules.calibrated(reference, blocks)


def keep_profile(context: Context, profile: Profile) -> str:
    """Keeps a profile as a blob and gives its name."""
    return context.store.blobs.put(msgspec.json.encode(profile))


def read_profile(context: Context, blob: str) -> Profile:
    """The profile kept under this name."""
    return msgspec.json.decode(context.store.blobs.read(blob), type=Profile)


def _blocks(context: Context, selection: Selection) -> list[Selection]:
    """The selected rows in equal spans of event time; none without a time column."""
    if selection.time is None:
        return []
    column = frames.identifier(selection.time)
    found = context.store.frames.rows(
        selection.sql(f"min(CAST({column} AS TIMESTAMP)), max(CAST({column} AS TIMESTAMP))")
    )
    first, last = found[0]
    if first is None or first == last:
        return []
    edges: list[datetime] = [first + (last - first) * i / BLOCKS for i in range(BLOCKS)]
    ends = [*edges[1:], selection.end]
    return [
        replace(selection, start=start, end=end) for start, end in zip(edges, ends, strict=True)
    ]
