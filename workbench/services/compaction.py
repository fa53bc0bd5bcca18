"""Many small files of a dataset become few: no version's rows change by that."""

from __future__ import annotations

from collections.abc import Sequence

from storage import frames
from storage.errors import Conflict
from storage.records import NewEvent, Partition
from workbench.core import compaction
from workbench.services.context import Context


def run(context: Context, *, dataset: str) -> None:
    """Joins the small partitions of the latest version.

    Earlier versions have the same partitions, and so the same rows: each partition is from then on a
    part of a larger file. What it lay in before is freed by the next gc.

    Raises:
        Conflict: A partition was moved or taken away meanwhile; what was joined by then stays so.
    """
    with context.store.read() as tx:
        known = tx.datasets.get(dataset)
        latest = tx.datasets.latest(known)
        held = tx.partitions.of_version(known.id, latest.number) if latest else ()
        every = tx.partitions.of_dataset(known)
    held = tuple(one for one in held if one.rows)
    before = compaction.small(held)
    layouts = frames.layouts(context.store.frames, before) if before else {}
    groups = tuple(compaction.groups([one for one in every if one.rows], layouts))
    for done, group in enumerate(groups):
        context.progress(done / len(groups), f"joining {len(group)} partitions")
        _join(context, group)
    joined = len({one.blob for group in groups for one in group})
    with context.conclude() as tx:
        if groups:
            message = f"{joined} small files of {dataset} became {len(groups)}"
            tx.events.add(NewEvent(kind="dataset.compacted", subject=dataset, message=message))


def _join(context: Context, group: Sequence[Partition]) -> None:
    store = context.store
    total = sum(one.rows for one in group)
    staged, rows = frames.joined(store.frames, group)
    if rows != total:
        staged.unlink()
        raise Conflict(
            f"{rows} of {total} rows were found in small files; nothing was changed.",
            "See which are damaged: `workbench data verify`.",
        )
    size_bytes = staged.stat().st_size
    blob = store.blobs.put_file(staged)
    moved, first_row = [], 0
    for one in group:
        moved.append(
            one.as_new(
                blob=blob,
                first_row=first_row,
                file_rows=total,
                size_bytes=size_bytes * one.rows // total,
            )
        )
        first_row += one.rows
    for old in {one.blob for one in group}:
        store.blobs.spare(old)
    with context.write() as tx:
        if not tx.partitions.move(group, moved):
            raise Conflict("Small files were joined or taken away meanwhile; nothing was changed.")
