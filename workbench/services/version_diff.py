"""How two versions differ: their columns, their rows by key, and how their values are spread."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from storage import frames
from storage.frames import Selection
from storage.records import Column, Partition, RowChanges, VersionDiff, Window
from workbench.core import drift
from workbench.core.profile import kind_of
from workbench.errors import UsageError
from workbench.services import labels, rows
from workbench.services.context import Context


def diff(context: Context, before: str, after: str) -> VersionDiff:
    """How the version `after` differs from `before`, as `flights@v3` or `flights@latest` names them.

    Rows in partitions that both versions have are not read one by one: they are the same.

    Raises:
        NotFound: There is no such dataset or version, or one was removed.
        UsageError: A key column is in only one of them.
    """
    with context.store.read() as tx:
        versions = labels.dataset_version(tx, before), labels.dataset_version(tx, after)
        whole = [
            rows.select(context, tx, Window(dataset=one.dataset, version=one.number))
            for one in versions
        ]
        held = [tx.partitions.of_version(one.dataset_id, one.number) for one in versions]
    engine = context.store.frames
    old, new = (frames.columns(engine, selection) for selection in whole)
    config = context.config.datasets.get(versions[1].dataset)
    key = (config.key if config else ()) or tuple(name for name in new if name in old)
    absent = [name for name in key if name not in old or name not in new]
    if absent:
        raise UsageError(
            f"The key column {absent[0]} is in only one of {before} and {after}.",
            "Rows can only be compared by a key that both have.",
        )
    shared = [name for name in new if name in old]
    changes = _row_changes(context, held[0], held[1], key=key, columns=shared)
    # A column that only one side has, or of another kind, cannot be counted at the other's bins.
    alike = [column for column in _columns(new) if column.name in old and _is_like(column, old)]
    reference = rows.profile_of(context, whole[0], alike)
    current = rows.profile_of(context, whole[1], alike, like=reference)
    return VersionDiff(
        before=versions[0],
        after=versions[1],
        added_columns=tuple(one for one in _columns(new) if one.name not in old),
        removed_columns=tuple(one for one in _columns(old) if one.name not in new),
        retyped_columns=_retyped(old, new),
        key=key,
        rows=changes,
        distribution=drift.compare(reference, current),
    )


def _row_changes(
    context: Context,
    before: Sequence[Partition],
    after: Sequence[Partition],
    *,
    key: Sequence[str],
    columns: Sequence[str],
) -> RowChanges:
    """What differs, from the partitions that only one of the versions has."""
    shared = set(map(_rows_of, before)) & set(map(_rows_of, after))
    old, new = (_selection(context, one, without=shared) for one in (before, after))
    if old is None and new is None:
        return RowChanges(added=0, removed=0, changed=0)
    return frames.compare_rows(context.store.frames, old, new, key=key, columns=columns)


def _selection(
    context: Context, partitions: Sequence[Partition], *, without: Collection[tuple[str, int, int]]
) -> Selection | None:
    own = [one for one in partitions if one.rows and _rows_of(one) not in without]
    return context.store.frames.select(own) if own else None


def _rows_of(partition: Partition) -> tuple[str, int, int]:
    """Which rows of which blob a partition is."""
    return partition.blob, partition.first_row, partition.rows


def _columns(types: Mapping[str, str]) -> list[Column]:
    return [Column(name=name, type=type_, kind=kind_of(type_)) for name, type_ in types.items()]


def _is_like(column: Column, old: Mapping[str, str]) -> bool:
    return kind_of(old[column.name]) is column.kind


def _retyped(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[tuple[Column, Column], ...]:
    before = {column.name: column for column in _columns(old)}
    return tuple(
        (before[column.name], column)
        for column in _columns(new)
        if column.name in old and column.type != old[column.name]
    )
