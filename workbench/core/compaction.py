"""Which small partitions are joined into one file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from storage.records import Partition

MANY = 64
"""How many small files a dataset may have before they are joined."""
SMALL_BYTES = 4 * 1024 * 1024
LARGEST_BYTES = 128 * 1024 * 1024


def small(held: Sequence[Partition]) -> frozenset[str]:
    """The blobs of these partitions that are small."""
    sizes: defaultdict[str, int] = defaultdict(int)
    for one in held:
        sizes[one.blob] += one.size_bytes
    return frozenset(blob for blob, size in sizes.items() if size < SMALL_BYTES)


def groups(
    every: Sequence[Partition], layouts: Mapping[str, str]
) -> Iterator[tuple[Partition, ...]]:
    """Partitions that follow each other, are small and have the same columns.

    One that only earlier versions have ends a group: they have the rows beside it in this order too.

    Args:
        every: All partitions of a dataset that have rows, in their order.
        layouts: The small blobs, each with a text that is the same for those with the same columns.
    """
    torn = _torn(every)
    group: list[Partition] = []
    size_bytes = 0
    for one in every:
        may_join = one.until_version is None and one.blob in layouts and one.blob not in torn
        is_like = bool(group) and may_join and layouts[one.blob] == layouts[group[0].blob]
        if not is_like or size_bytes + one.size_bytes > LARGEST_BYTES:
            yield from _worth(group)
            group, size_bytes = [], 0
        if may_join:
            group.append(one)
            size_bytes += one.size_bytes
    yield from _worth(group)


def _torn(every: Sequence[Partition]) -> frozenset[str]:
    """Blobs between whose partitions others lie: their rows are read in another order than that."""
    seen: set[str] = set()
    torn: set[str] = set()
    last = None
    for one in every:
        if one.blob != last and one.blob in seen:
            torn.add(one.blob)
        seen.add(one.blob)
        last = one.blob
    return frozenset(torn)


def _worth(group: Sequence[Partition]) -> Iterator[tuple[Partition, ...]]:
    if len({one.blob for one in group}) > 1:
        yield tuple(group)
