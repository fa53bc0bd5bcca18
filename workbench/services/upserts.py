"""Rows that come again under a key that is there: the newer ones take the place of the older."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from storage import frames
from storage.frames import Remainders
from storage.records import NewPartition, Partition, Rewritten, Schema
from workbench.services.context import Context


def without_doubles(
    context: Context, added: Sequence[NewPartition], key: Sequence[str]
) -> list[NewPartition]:
    """Rows that came, of those with the same key only the last one."""
    left = frames.without_doubles(context.store.frames, added, key)
    kept = dict(zip(left.touched, _kept(context, added, left, added[-1].blob), strict=True))
    return [kept.get(place, one) for place, one in enumerate(added)]


def rewritten(
    context: Context,
    held: Sequence[Partition],
    added: Sequence[NewPartition],
    key: Sequence[str],
    *,
    columns: Schema | None,
) -> tuple[Rewritten, ...]:
    """The partitions that lose rows to those that came, each with what it keeps.

    Args:
        context: The project.
        held: The partitions of the last accepted version.
        added: Those that came.
        key: Columns that tell rows apart.
        columns: Those of the last accepted version; None before the first. Rows without a column of the
            key have nulls there, which are equal to nothing.
    """
    if columns is None or not any(one.rows for one in held):
        return ()
    if any(columns.column(name) is None for name in key):
        return ()
    engine = context.store.frames
    left = frames.without_keys(engine, held, engine.select(added), key)
    kept = _kept(context, held, left, added[-1].blob)
    return tuple(
        Rewritten(partition=held[place], kept=replace(one, is_remainder=True))
        for place, one in zip(left.touched, kept, strict=True)
    )


def _kept(
    context: Context,
    partitions: Sequence[Partition | NewPartition],
    left: Remainders,
    instead: str,
) -> list[NewPartition]:
    """The partitions that lose rows, as they are then; they share one file.

    Args:
        context: The project.
        partitions: Those of which some lose rows.
        left: What is left of them.
        instead: The blob that one without rows names when nothing is left of any.
    """
    blob, size_bytes, total = None, 0, sum(left.rows)
    if left.staged is not None:
        size_bytes = left.staged.stat().st_size
        blob = context.store.blobs.put_file(left.staged)
    found, first_row = [], 0
    for place, rows in zip(left.touched, left.rows, strict=True):
        one = partitions[place]
        found.append(
            one.as_new(
                # With no rows it stays for the sake of its source: these bytes are known. The blob that
                # they were in may go.
                blob=blob or instead,
                rows=rows,
                size_bytes=size_bytes * rows // total if total else 0,
                first_row=first_row if rows else 0,
                file_rows=total,
            )
        )
        first_row += rows
    return found
