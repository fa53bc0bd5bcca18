"""What nothing needs is freed, and what is damaged is named with those who need it."""

from __future__ import annotations

import os

import pytest

from storage.errors import NotFound
from tests.services.project import month
from tests.storage.examples import partition
from workbench.services import upkeep, versions

DAY_S = 86_400.0


def put_unnamed(project, content=b"nobody needs this"):
    """A blob that nothing names."""
    return project.store.blobs.put(content)


def age(path, seconds=2 * DAY_S):
    """Makes a file older."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


def damage(project, blob):
    """Changes a byte of a blob."""
    path = project.store.blobs.path(blob)
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def blobs_of(project, number):
    """The blobs with the rows that a version added."""
    with project.store.read() as tx:
        dataset = tx.datasets.get("sales")
        return [one.blob for one in tx.partitions.of_version(dataset.id, number, added_only=True)]


def test_what_nothing_names_is_told_before_it_is_freed(project):
    blob = put_unnamed(project)
    age(project.store.blobs.path(blob))

    found = upkeep.freeable(project.context)

    assert (found.blobs, found.blob_bytes, found.is_freed) == (1, 17, False)
    assert project.store.blobs.has(blob)


def test_what_nothing_names_is_freed_and_told_in_an_event(project):
    blob = put_unnamed(project)
    age(project.store.blobs.path(blob))

    found = upkeep.free(project.context)

    assert (found.blobs, found.is_freed, project.store.blobs.has(blob)) == (1, True, False)
    assert project.events()[-1].message == ("17 B freed: 1 blob of 17 B and 0 staged files of 0 B")


def test_a_blob_of_this_day_stays(project):
    blob = put_unnamed(project)

    assert upkeep.free(project.context).blobs == 0
    assert project.store.blobs.has(blob)


def test_forgotten_staging_is_freed(project):
    staged = project.store.blobs.stage(".parquet")
    staged.write_bytes(b"half")
    age(staged)

    found = upkeep.free(project.context)

    assert (found.staged, found.staged_bytes, staged.exists()) == (1, 4, False)


def test_nothing_that_a_version_a_run_or_a_model_names_is_freed(trained):
    blobs = trained.store.blobs
    before = list(blobs.names())
    for blob in before:
        age(blobs.path(blob))

    upkeep.free(trained.context)

    assert list(blobs.names()) == before
    assert upkeep.verify(trained.context).damaged == ()


def test_a_removed_version_frees_its_rows(project):
    project.accept(month(1, rows=20))
    with project.store.write() as tx:
        dataset = tx.datasets.get("sales")
        tx.datasets.quarantine(
            pending_version(project, tx, dataset), reason="bad", profile_blob=None
        )
    (blob,) = blobs_of(project, 2)
    versions.remove(project.context, "sales@v2")
    age(project.store.blobs.path(blob))

    assert upkeep.free(project.context).blobs == 1
    assert not project.store.blobs.has(blob)


def pending_version(project, tx, dataset):
    """A pending version with rows of its own."""
    blob = put_unnamed(project, b"rows")
    return tx.datasets.begin_version(dataset, [partition("x", blob=blob)], replace=False, who="t")


def test_whole_blobs_are_whole(quarter):
    found = upkeep.verify(quarter.context)

    # The first month, the two others together, and the profile.
    assert (found.blobs, found.damaged) == (3, ())


def test_a_damaged_blob_is_named_with_versions_runs_models_and_sources(trained):
    blob = blobs_of(trained, 1)[1]
    damage(trained, blob)

    (found,) = upkeep.verify(trained.context, "sales").damaged

    assert (found.blob, found.is_missing) == (blob, False)
    assert found.needed_by == ("sales@v1", "r1", "r2")
    assert found.sources == ("files/001.csv", "files/002.csv")
    assert trained.happened()[-1] == "store.damaged"


def test_a_missing_blob_of_a_model_is_named_with_the_model_version(trained):
    with trained.store.read() as tx:
        blob = tx.models.version("returns", 1).onnx_blob
    trained.store.blobs.path(blob).unlink()

    (found,) = upkeep.verify(trained.context).damaged

    assert (found.is_missing, "returns@v1" in found.needed_by) == (True, True)


def test_only_the_dataset_that_is_asked_for_is_read(trained):
    with trained.store.read() as tx:
        blob = tx.models.version("returns", 1).onnx_blob
    damage(trained, blob)

    assert upkeep.verify(trained.context, "sales").damaged == ()


def test_an_unknown_dataset_cannot_be_verified(project):
    with pytest.raises(NotFound):
        upkeep.verify(project.context, "slaes")
