"""Where the files of a store lie, and how they are named."""

from __future__ import annotations

import codecs
import os
import re
from dataclasses import dataclass
from pathlib import Path

STORE_FOLDER = ".workbench"
CONFIG_FILE = "workbench.toml"

CONTINUATION = bytes(range(0x80, 0xC0))
"""Bytes that no UTF-8 character begins with."""

NETWORK_FILE_SYSTEMS = frozenset(
    {
        "nfs",
        "nfs4",
        "cifs",
        "smb3",
        "smbfs",
        "9p",
        "afs",
        "ceph",
        "glusterfs",
        "lustre",
        "fuse.sshfs",
    }
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of a project's store."""

    project: Path

    @property
    def root(self) -> Path:
        """The store's own folder."""
        return self.project / STORE_FOLDER

    @property
    def config(self) -> Path:
        """The project's workbench.toml."""
        return self.project / CONFIG_FILE

    @property
    def catalog(self) -> Path:
        """The SQLite file."""
        return self.root / "catalog.sqlite"

    @property
    def blobs(self) -> Path:
        """Content-addressed files."""
        return self.root / "blobs"

    @property
    def staging(self) -> Path:
        """Files being written; anything here that is old belongs to a process that died."""
        return self.root / "staging"

    @property
    def predictions(self) -> Path:
        """What the endpoint answered, a folder a model."""
        return self.root / "predictions"

    @property
    def labels(self) -> Path:
        """Labels that were sent, a folder a model."""
        return self.root / "labels"

    @property
    def logs(self) -> Path:
        """Log files of jobs and services."""
        return self.root / "logs"

    @property
    def locks(self) -> Path:
        """One lock file a running service."""
        return self.root / "locks"

    @property
    def backups(self) -> Path:
        """Copies of the catalog, made before each upgrade."""
        return self.root / "backups"

    def job_log(self, job_id: int) -> Path:
        """Where a job's output goes."""
        return self.logs / "jobs" / f"{job_id}.log"

    def create(self) -> None:
        """Makes all folders that are missing."""
        kept = (self.blobs, self.predictions, self.labels)
        folders = (*kept, self.staging, self.logs / "jobs", self.locks)
        for folder in folders:
            folder.mkdir(parents=True, exist_ok=True)


def find_project(start: Path) -> Path | None:
    """The nearest folder at or above `start` that holds a workbench.toml or a store."""
    for folder in (start, *start.parents):
        if (folder / CONFIG_FILE).is_file() or (folder / STORE_FOLDER).is_dir():
            return folder
    return None


def network_file_system(folder: Path, *, mounts: str | None = None) -> str | None:
    """The kind of network file system that `folder` lies on; None when it is local or unknown.

    Args:
        folder: An existing folder.
        mounts: Text in the form of /proc/mounts; None: read it from there.
    """
    if mounts is None:
        try:
            mounts = os.fsdecode(Path("/proc/mounts").read_bytes())
        except OSError:
            return None
    path = os.fspath(folder.resolve())
    best, found = "", None
    # Not splitlines() and split(): a folder's name may hold any other space Unicode knows.
    for line in mounts.split("\n"):
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        mount = _unescaped(fields[1])
        inside = path == mount or path.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= len(best):
            best, found = mount, fields[2]
    return found if found in NETWORK_FILE_SYSTEMS else None


def _unescaped(mount: str) -> str:
    """A mount point as it is called; its spaces, tabs, newlines and backslashes are octal there."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), mount)


def tree_size(folder: Path) -> int:
    """Bytes of all files below `folder`; files that vanish meanwhile count as nothing."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).stat().st_size
            except FileNotFoundError:
                continue
    return total


def tail_of(path: Path, *, from_byte: int = 0, limit: int = 262_144) -> tuple[str, int]:
    """Text of a growing file after `from_byte`, and the byte to go on from.

    Args:
        path: A text file; a missing one reads as empty.
        from_byte: Where to start; a start beyond the end reads nothing.
        limit: Most bytes to read; of a longer rest the end is read.
    """
    try:
        size = path.stat().st_size
        start = max(from_byte, size - limit)
        with path.open("rb") as file:
            file.seek(start)
            chunk = file.read(limit)
    except FileNotFoundError:
        return "", 0
    end = start + len(chunk)
    if start > from_byte:
        chunk = chunk.lstrip(CONTINUATION)
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    text = decoder.decode(chunk)
    # A character that is half written stays for the next look.
    return text, end - len(decoder.getstate()[0])
