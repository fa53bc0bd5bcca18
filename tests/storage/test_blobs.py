from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.blobs import Blobs, sha256_of
from storage.errors import BlobDamaged, StoreUnusable
from storage.store import Store

DAY_S = 24 * 3600.0
REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "blobs", tmp_path / "staging")


def make_old(path: Path, age_s: float = 2 * DAY_S) -> None:
    then = time.time() - age_s
    os.utime(path, (then, then))


def damage(blobs: Blobs, blob: str, content: bytes = b"other") -> None:
    blobs.path(blob).chmod(0o644)
    blobs.path(blob).write_bytes(content)


def test_a_blob_is_named_by_its_bytes(blobs: Blobs):
    blob = blobs.put(b"")

    assert blob == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (blobs.has(blob), blobs.read(blob)) == (True, b"")


def test_equal_bytes_add_nothing(blobs: Blobs):
    first = blobs.put(b"rows")
    inode = blobs.path(first).stat().st_ino
    second = blobs.put(b"rows")

    assert (second, list(blobs.names())) == (first, [first])
    assert blobs.path(first).stat().st_ino == inode


def test_a_staged_file_becomes_a_blob_and_is_gone(blobs: Blobs):
    staged = blobs.stage(".parquet")
    staged.write_bytes(b"rows")
    blob = blobs.put_file(staged)

    assert (blobs.read(blob), staged.exists()) == (b"rows", False)


def test_a_staged_file_that_is_known_is_gone_too(blobs: Blobs):
    blob = blobs.put(b"rows")
    staged = blobs.stage()
    staged.write_bytes(b"rows")

    assert (blobs.put_file(staged), staged.exists()) == (blob, False)


def test_no_two_staged_files_share_a_path(blobs: Blobs):
    assert blobs.stage() != blobs.stage()


def test_a_blob_cannot_be_written_to(blobs: Blobs):
    blob = blobs.put(b"rows")

    assert blobs.path(blob).stat().st_mode & 0o222 == 0


@pytest.mark.parametrize("look", ["read", "verify"])
def test_a_missing_blob_is_named(blobs: Blobs, look: str):
    with pytest.raises(BlobDamaged, match="aaaaaaaaaaaa… is missing"):
        getattr(blobs, look)("a" * 64)


@pytest.mark.parametrize("look", ["read", "verify"])
@pytest.mark.parametrize("content", [b"other", b"", b"ro"], ids=["changed", "emptied", "cut"])
def test_damaged_bytes_are_never_given(blobs: Blobs, look: str, content: bytes):
    blob = blobs.put(b"rows")
    damage(blobs, blob, content)

    with pytest.raises(BlobDamaged, match="does not hold the bytes"):
        getattr(blobs, look)(blob)


def test_the_same_bytes_again_mend_a_damaged_blob(blobs: Blobs):
    blob = blobs.put(b"rows")
    damage(blobs, blob)
    blobs.put(b"rows")

    assert blobs.read(blob) == b"rows"


def test_the_same_file_again_mends_a_damaged_blob(blobs: Blobs):
    blob = blobs.put(b"rows")
    damage(blobs, blob)
    staged = blobs.stage()
    staged.write_bytes(b"rows")
    blobs.put_file(staged)

    blobs.verify(blob)


def test_only_old_blobs_that_nothing_names_are_collected(blobs: Blobs):
    named, unnamed, young = blobs.put(b"named"), blobs.put(b"unnamed"), blobs.put(b"young")
    make_old(blobs.path(named))
    make_old(blobs.path(unnamed))

    assert blobs.collect({named}) == (unnamed,)
    assert set(blobs.names()) == {named, young}


def test_a_blob_that_is_put_again_is_young_again(blobs: Blobs):
    blob = blobs.put(b"rows")
    make_old(blobs.path(blob))
    blobs.put(b"rows")

    assert blobs.collect(()) == ()


def test_the_grace_period_can_be_shorter(blobs: Blobs):
    blob = blobs.put(b"rows")
    make_old(blobs.path(blob), age_s=10)

    assert blobs.collect((), grace_s=3600) == ()
    assert blobs.collect((), grace_s=5) == (blob,)


def test_forgotten_staging_files_and_folders_are_collected(blobs: Blobs):
    old, young = blobs.stage(), blobs.stage()
    old.mkdir()
    (old / "spilled").touch()
    young.touch()
    make_old(old)
    blobs.collect(())

    assert list(blobs.staging.iterdir()) == [young]


def test_a_store_without_blobs_has_nothing_to_collect(blobs: Blobs):
    assert (blobs.collect(()), list(blobs.names())) == ((), [])


def test_threads_that_put_the_same_bytes_at_once_keep_one_blob(blobs: Blobs):
    together = threading.Barrier(8)

    def put(content: bytes) -> str:
        together.wait()
        return blobs.put(content)

    with ThreadPoolExecutor(8) as pool:
        names = set(pool.map(put, [b"rows" * 100_000] * 8))
    (blob,) = names

    blobs.verify(blob)
    assert list(blobs.staging.iterdir()) == []


def test_a_blob_that_cannot_be_kept_leaves_nothing_staged(blobs: Blobs):
    blobs.folder.write_bytes(b"a file where the folder should be")

    with pytest.raises(StoreUnusable, match="blobs: Not a directory"):
        blobs.put(b"rows")

    assert list(blobs.staging.iterdir()) == []


def test_the_hash_of_a_file_is_that_of_all_its_chunks(tmp_path: Path):
    (tmp_path / "big").write_bytes(b"x" * 2_500_000)
    small = sha256_of(tmp_path / "big")
    (tmp_path / "big").write_bytes(b"x" * 2_499_999)

    assert small != sha256_of(tmp_path / "big")


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_a_writer_that_is_killed_leaves_only_whole_blobs(tmp_path: Path, seed: int):
    store = Store.create(tmp_path, program="test")
    command = [sys.executable, "-m", "tests.storage.programs", "put_blobs", tmp_path, str(seed)]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        moment = random.Random(seed).randint(1, 120)
        acknowledged = {writer.stdout.readline().strip() for _ in range(moment)}
        writer.kill()
    names = list(store.blobs.names())
    for blob in names:
        store.blobs.verify(blob)
    store.close()

    assert acknowledged <= set(names)
