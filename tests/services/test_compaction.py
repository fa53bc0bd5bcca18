"""Small files of a dataset become few, and no version changes by that."""

from __future__ import annotations

import pytest

from storage.records import JobState
from tests.services.project import opened
from tests.services.shop import bring, configured, read, write
from workbench.core import compaction as rules
from workbench.services import compaction, datasets, rows, upkeep, versions


@pytest.fixture
def shop(tmp_path):
    """A project of small files."""
    with opened(tmp_path, configured()) as project:
        yield project


def blobs(project) -> list[str]:
    """The blobs that the newest rows lie in."""
    with project.store.read() as tx:
        dataset = tx.datasets.get("sales")
        latest = tx.datasets.latest(dataset)
        held = tx.partitions.of_version(dataset.id, latest.number)
    return list(dict.fromkeys(one.blob for one in held if one.rows))


def reference(project, number):
    """The profile of a version as training would keep it."""
    with project.store.read() as tx:
        window = rows.Window(dataset="sales", version=number)
        selection = rows.select(project.context, tx, window)
        columns = rows.columns_of(tx, project.version(number))
    return rows.reference_profile(project.context, selection, columns)


def compact(project):
    """Joins small files; the job as it has ended."""
    job = project.do("compact", dataset="sales")
    assert job.state is JobState.FINISHED, job.error
    return job


def test_small_files_become_one_and_every_version_reads_as_before(shop):
    for number in range(4):
        bring(shop, f"id,v\n{number},{number}\nx,{number}\n")
    before = {number: (read(shop, number), shop.version(number)) for number in range(1, 5)}
    compact(shop)

    assert len(blobs(shop)) == 1
    assert {n: (read(shop, n), shop.version(n)) for n in range(1, 5)} == before
    assert shop.events()[-1].message == "4 small files of sales became 1"


def test_rows_that_were_undone_stay_where_they_were_in_earlier_versions(shop):
    for number in range(5):
        bring(shop, f"id,v\n{number},0\n")
    versions.undo(shop.context, "sales@v3")
    shop.work(kinds=("check",))
    before = {number: read(shop, number) for number in range(1, 7)}
    compact(shop)

    assert {number: read(shop, number) for number in range(1, 7)} == before
    assert len(blobs(shop)) == 2


def test_rows_of_which_doubles_were_left_out_keep_their_order(tmp_path):
    with opened(tmp_path, configured('mode = "upsert"')) as project:
        bring(project, "id,v\nz,0\n")
        bring(project, "id,v\na,1\nb,1\n", "id,v\nc,2\nd,2\n", "id,v\na,3\nd,3\na,4\ne,4\n")
        before = read(project, 2)
        compact(project)

        assert read(project, 2) == before


def test_a_second_time_there_is_nothing_to_join(shop):
    for number in range(3):
        bring(shop, f"id,v\n{number},0\n")
    compact(shop)
    before = blobs(shop), shop.happened()
    compact(shop)

    assert (blobs(shop), shop.happened()) == before


def test_files_with_other_columns_are_not_joined(shop):
    shop.configure('key = ["id"]', 'key = ["id"]\non_schema_change = { new = "accept" }')
    bring(shop, "id,v\na,1\n")
    bring(shop, "id,v,w\nb,2,3\n")
    before = blobs(shop)
    compact(shop)

    assert blobs(shop) == before
    assert read(shop, 1) == [("a", 1)]


def test_what_was_joined_is_freed_once_nothing_reads_it(shop):
    for number in range(3):
        bring(shop, f"id,v\n{number},0\n")
    compact(shop)

    assert upkeep.freeable(shop.context).blobs == 0
    assert upkeep.free(shop.context, grace_s=-1).blobs == 3
    assert [len(read(shop, number)) for number in (1, 2, 3)] == [1, 2, 3]


def test_an_upsert_on_joined_files_replaces_and_is_undone(tmp_path):
    with opened(tmp_path, configured('mode = "upsert"')) as project:
        bring(project, "id,v\na,1\nb,1\n")
        bring(project, "id,v\nc,1\nd,1\n")
        compact(project)
        bring(project, "id,v\na,2\nd,2\n")
        compact(project)
        versions.undo(project.context, "sales@v3")
        project.work(kinds=("check",))

        assert sorted(read(project, 3)) == [("a", 2), ("b", 1), ("c", 1), ("d", 2)]
        assert sorted(read(project, 4)) == [("a", 1), ("b", 1), ("c", 1), ("d", 1)]
        assert read(project, 1) == [("a", 1), ("b", 1)]


def test_many_small_files_are_joined_by_themselves(shop):
    texts = [f"id,v\n{number},{number}\n" for number in range(rules.MANY)]
    # One that is not written like the others, so that each is read by itself.
    bring(shop, *(text.replace("\n", "\r\n") for text in texts))
    assert len(blobs(shop)) == rules.MANY
    (job,) = shop.work(kinds=("compact",))

    assert job.state is JobState.FINISHED
    assert len(blobs(shop)) == 1
    assert [row[1] for row in read(shop, 1)] == list(range(rules.MANY))


def test_many_files_that_were_read_together_need_no_joining(shop):
    bring(shop, "id,v\nx,0\n")
    bring(shop, *(f"id,v\n{number},{number}\n" for number in range(rules.MANY)))

    assert len(blobs(shop)) == 2
    assert shop.work(kinds=("compact",)) == []


def test_a_version_has_the_same_limits_of_drift_as_before(tmp_path):
    with opened(tmp_path, configured('time = "at"')) as project:
        for number in range(3):
            days = "".join(
                f"{number}-{day},{day},2024-0{number + 1}-{day:02d}\n" for day in range(1, 29)
            )
            bring(project, f"id,v,at\n{days}")
        before = reference(project, 1)
        compact(project)

        assert reference(project, 1) == before


def test_files_that_were_moved_meanwhile_are_left_as_they_are(shop):
    for number in range(3):
        bring(shop, f"id,v\n{number},0\n")
    with shop.store.read() as tx:
        group = tx.partitions.of_version(tx.datasets.get("sales").id, 3)
    compact(shop)
    before = blobs(shop)

    with pytest.raises(compaction.Conflict, match="nothing was changed"):
        compaction._join(shop.context, group)
    assert blobs(shop) == before
    assert len(read(shop, 3)) == 3


def test_an_ingest_may_have_been_read_before_files_were_joined(tmp_path):
    with opened(tmp_path, configured('mode = "upsert"')) as project:
        bring(project, "id,v\na,1\nb,1\n")
        bring(project, "id,v\nc,1\nd,1\n")
        before = datasets._before(project.context, "sales")
        path = write(project, "late.csv", "id,v\na,2\n")
        config = datasets.config_of(project.context, "sales")
        brought = datasets._brought(project.context, config, before, [path])
        compact(project)
        with project.store.write() as tx:
            datasets._record(tx, config, before.dataset, brought, who="test")
        project.work(kinds=("check",))

        assert sorted(read(project, 3)) == [("a", 2), ("b", 1), ("c", 1), ("d", 1)]
        assert read(project, 2) == [("a", 1), ("b", 1), ("c", 1), ("d", 1)]
