"""Which small partitions are joined into one file."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import Partition
from workbench.core import compaction
from workbench.core.compaction import LARGEST_BYTES, SMALL_BYTES


def partition(
    number: int, blob: str, *, size_bytes: int = 10, until: int | None = None
) -> Partition:
    return Partition(
        id=number,
        dataset_id=1,
        blob=blob,
        rows=1,
        size_bytes=size_bytes,
        since_version=1,
        until_version=until,
        source="x",
        source_sha256="x",
        first_time=None,
        last_time=None,
    )


def held(blobs: str, *, ended: str = "") -> list[Partition]:
    """A partition a letter, which is its blob; those of `ended` are in no new version."""
    return [
        partition(number, blob, until=2 if blob in ended else None)
        for number, blob in enumerate(blobs)
    ]


def joined(every: list[Partition], layouts: dict[str, str]) -> list[str]:
    """The blobs of each group."""
    return ["".join(one.blob for one in group) for group in compaction.groups(every, layouts)]


SAME = dict.fromkeys("abcdef", "columns")
GROUPS = {
    "all alike": ("abc", SAME, ["abc"]),
    "nothing": ("", SAME, []),
    "one file alone": ("aaa", SAME, []),
    "a large one between": ("abXcd", SAME, ["ab", "cd"]),
    "other columns": ("abcd", {**SAME, "c": "more", "d": "more"}, ["ab", "cd"]),
    "other columns between": ("abcde", {**SAME, "c": "more"}, ["ab", "de"]),
    "alone between others": ("aXbXc", SAME, []),
    "parts of one file": ("aabb", SAME, ["aabb"]),
    "a file that is torn": ("abac", SAME, []),
    "a torn file before others": ("abacd", SAME, ["cd"]),
}


@pytest.mark.parametrize(("blobs", "layouts", "expected"), GROUPS.values(), ids=GROUPS.keys())
def test_small_files_that_follow_each_other_are_joined(
    blobs: str, layouts: dict[str, str], expected: list[str]
):
    assert joined(held(blobs), layouts) == expected


def test_what_only_earlier_versions_have_stays_between_its_neighbours():
    assert joined(held("abcde", ended="c"), SAME) == ["ab", "de"]


def test_no_group_is_larger_than_a_file_shall_be():
    every = [partition(n, b, size_bytes=LARGEST_BYTES // 2) for n, b in enumerate("abcd")]

    assert joined(every, SAME) == ["ab", "cd"]


def test_a_file_is_as_large_as_its_partitions_together():
    half = SMALL_BYTES // 2
    every = [partition(n, b, size_bytes=half) for n, b in enumerate("aabc")]

    assert compaction.small(every) == {"b", "c"}


@given(st.text("abcdX", max_size=12), st.sets(st.sampled_from("abcdX")))
def test_the_rows_of_every_version_keep_their_order(blobs: str, ended: set[str]):
    every = held(blobs, ended="".join(ended))
    groups = list(compaction.groups(every, SAME))
    numbers = [one.id for group in groups for one in group]

    assert len(set(numbers)) == len(numbers)
    assert not {one.blob for group in groups for one in group} & ({"X"} | ended)
    for group in groups:
        assert all(b.id == a.id + 1 for a, b in pairwise(group))
        # A file of which only some partitions were joined would be read before or after all of them.
        inside = {one.blob for one in group}
        assert {one.id for one in every if one.blob in inside} == {one.id for one in group}
