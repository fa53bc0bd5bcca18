"""Content-addressed files: a blob's name is the SHA-256 of its bytes, and it appears whole or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from storage.errors import BlobDamaged, StoreUnusable

GRACE_S = 24 * 3600.0
CHUNK_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Blobs:
    """The blob store: `folder` holds the blobs, `staging` what is being written."""

    folder: Path
    staging: Path

    def path(self, blob: str) -> Path:
        """Where the blob lies."""
        return self.folder / blob[:2] / blob

    def has(self, blob: str) -> bool:
        """Whether the blob is there; says nothing of its bytes."""
        return self.path(blob).is_file()

    def put(self, content: bytes) -> str:
        """Keeps `content` and gives its name; it is on disk when this returns.

        Raises:
            StoreUnusable: The disk is full, or the folder cannot be written.
        """
        blob = hashlib.sha256(content).hexdigest()
        if self._has_whole(blob):
            return blob
        with self._room():
            staged = self.stage()
            try:
                staged.write_bytes(content)
                self._publish(staged, blob)
            finally:
                staged.unlink(missing_ok=True)
        return blob

    def put_file(self, staged: Path) -> str:
        """Keeps a file made under `stage()`, which it takes away, and gives its name.

        Raises:
            StoreUnusable: The disk is full, or the folder cannot be written.
        """
        blob = sha256_of(staged)
        if self._has_whole(blob):
            staged.unlink()
        else:
            with self._room():
                self._publish(staged, blob)
        return blob

    def stage(self, suffix: str = "") -> Path:
        """A path for a file that is about to become a blob; unique to the caller."""
        self.staging.mkdir(parents=True, exist_ok=True)
        return self.staging / f"{uuid.uuid4().hex}{suffix}"

    def read(self, blob: str) -> bytes:
        """The blob's bytes, verified.

        Raises:
            BlobDamaged: It is missing, or the bytes are not those its name promises.
        """
        try:
            content = self.path(blob).read_bytes()
        except FileNotFoundError:
            raise _missing(blob) from None
        if hashlib.sha256(content).hexdigest() != blob:
            raise _damaged(blob)
        return content

    def verify(self, blob: str) -> None:
        """Reads the blob in chunks and compares it with its name.

        Raises:
            BlobDamaged: It is missing, or the bytes are not those its name promises.
        """
        try:
            found = sha256_of(self.path(blob))
        except FileNotFoundError:
            raise _missing(blob) from None
        if found != blob:
            raise _damaged(blob)

    def unreadable(self, blob: str) -> BlobDamaged:
        """What to say of a blob that could not be read."""
        return _damaged(blob) if self.path(blob).is_file() else _missing(blob)

    def spare(self, blob: str) -> None:
        """Lets a blob's grace period start anew: somebody may be reading what nothing names any more."""
        with suppress(FileNotFoundError):
            os.utime(self.path(blob))

    def names(self) -> Iterator[str]:
        """All blobs that are there."""
        for folder in sorted(self.folder.glob("??")):
            for path in sorted(folder.iterdir()):
                yield path.name

    def unused(self, named: Collection[str], *, grace_s: float = GRACE_S) -> dict[str, int]:
        """Blobs that nothing names, with their sizes in bytes; `grace_s` as in `collect`."""
        before = time.time() - grace_s
        return {
            blob: size_bytes
            for blob in self.names()
            if blob not in named
            for size_bytes, modified_s in [_seen(self.path(blob))]
            if modified_s < before
        }

    def left_over(self, *, grace_s: float = GRACE_S) -> dict[Path, int]:
        """Forgotten staging files and folders, with their sizes in bytes; `grace_s` as in `collect`."""
        before = time.time() - grace_s
        return {
            path: _size_of(path)
            for path in sorted(self.staging.glob("*"))
            if _modified(path) < before
        }

    def collect(self, named: Collection[str], *, grace_s: float = GRACE_S) -> tuple[str, ...]:
        """Removes blobs that nothing names, and forgotten staging files.

        Args:
            named: The blobs that must stay.
            grace_s: Younger files stay: another process may be about to name them.

        Returns:
            The blobs removed.
        """
        before = time.time() - grace_s
        removed = []
        for blob in self.names():
            if blob not in named and _modified(self.path(blob)) < before:
                self.path(blob).unlink(missing_ok=True)
                removed.append(blob)
        for staged in self.left_over(grace_s=grace_s):
            _remove(staged)
        return tuple(removed)

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Says what to do when the disk has no room for a blob, or takes none."""
        try:
            yield
        except OSError as error:
            raise StoreUnusable(
                f"A blob cannot be kept in {self.folder}: {error.strerror}.",
                "Check that the folder is writable and the disk not full, then try again.",
            ) from error

    def _publish(self, staged: Path, blob: str) -> None:
        target = self.path(blob)
        target.parent.mkdir(parents=True, exist_ok=True)
        with staged.open("rb+") as file:
            os.fsync(file.fileno())
        staged.chmod(0o444)
        # Readers may open the blob at any moment, so it appears whole or not at all.
        staged.replace(target)
        sync_folder(target.parent)
        sync_folder(self.folder)

    def _has_whole(self, blob: str) -> bool:
        """Whether the blob is there undamaged; its grace period starts anew."""
        try:
            os.utime(self.path(blob))
            # A damaged blob is mended by the same bytes coming again.
            return sha256_of(self.path(blob)) == blob
        except (FileNotFoundError, NotADirectoryError):
            return False


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in chunks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def sync_folder(folder: Path) -> None:
    """Makes the names in `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _modified(path: Path) -> float:
    return _seen(path)[1]


def _seen(path: Path) -> tuple[int, float]:
    """Size in bytes and time of change; what has vanished meanwhile is empty and new."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0, time.time()
    return found.st_size, found.st_mtime


def _size_of(path: Path) -> int:
    inside = path.rglob("*") if path.is_dir() else [path]
    return sum(_seen(one)[0] for one in inside if not one.is_dir())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _missing(blob: str) -> BlobDamaged:
    return BlobDamaged(
        f"The blob {blob[:12]}… is missing.",
        "Restore the store's blobs folder from a backup, or import the file again.",
    )


def _damaged(blob: str) -> BlobDamaged:
    return BlobDamaged(
        f"The blob {blob[:12]}… does not hold the bytes its name promises.",
        "Restore it from a backup, or import the file again.",
    )
