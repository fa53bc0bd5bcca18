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
    held: Sequence[Partition], layouts: Mapping[str, str]
) -> Iterator[tuple[Partition, ...]]:
    """Partitions that follow each other, are small and have the same columns.

    Args:
        held: All partitions of a version in their order.
        layouts: The small blobs, each with a text that is the same for those with the same columns.
    """
    group: list[Partition] = []
    size_bytes = 0
    for one in held:
        is_like = bool(group) and layouts.get(one.blob) == layouts[group[0].blob]
        if not is_like or size_bytes + one.size_bytes > LARGEST_BYTES:
            yield from _worth(group)
            group, size_bytes = [], 0
        if one.blob in layouts:
            group.append(one)
            size_bytes += one.size_bytes
    yield from _worth(group)


def _worth(group: Sequence[Partition]) -> Iterator[tuple[Partition, ...]]:
    if len({one.blob for one in group}) > 1:
        yield tuple(group)
