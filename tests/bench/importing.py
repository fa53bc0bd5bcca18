"""What it costs to take in a CSV file, beside DuckDB's own COPY of it; the same file again; a large one."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import workbench
from storage.blobs import Blobs, sha256_of
from storage.frames import Frames, import_file, literal
from storage.records import Schema
from tests.bench import measuring
from workbench.core.profile import kind_of
from workbench.services import context

ROUNDS = 5
ROWS = 1_000_000
YARDSTICK = "DuckDB's COPY"
FOLDER = measuring.FOLDER
PROJECT = FOLDER / "import-project"
TOML = """
[project]
name = "import"
[datasets.rows]
time = "at"
"""
BAR = 1.5
LARGE_GB = 5
MEMORY_BAR_MB = 1000


def run() -> None:
    """Measures the import of one file, of the same one again, and the memory of a large one."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / "import.csv"
    with _opened() as frames:
        if not path.exists():
            _generate(frames, path)
        _times(frames, path)
    _again(path)
    _memory(path)


def _times(frames: Frames, path: Path) -> None:
    schema = _import(frames, path, None)

    def yardstick() -> None:
        target = FOLDER / "copied.parquet"
        frames.rows(
            f"COPY (SELECT * FROM read_csv({literal(str(path))})) TO {literal(str(target))} "
            "(FORMAT parquet, COMPRESSION zstd)"
        )
        target.unlink()

    contestants: dict[str, Callable[[], object]] = {
        YARDSTICK: yardstick,
        "first file": lambda: _import(frames, path, None),
        "later file": lambda: _import(frames, path, schema),
    }
    size_mb = path.stat().st_size / 1e6
    print(f"\nA CSV file of {ROWS:,} rows of {len(schema.columns)} columns, {size_mb:.0f} MB")
    for clock, of in ((time.perf_counter, "wall"), (time.process_time, "CPU")):
        timings = measuring.side_by_side(
            contestants, yardstick=YARDSTICK, rounds=ROUNDS, clock=clock
        )
        title = f"Import, {of} time (bar: {BAR:g}x)"
        measuring.print_timings(title, timings, yardstick=YARDSTICK, rounds=ROUNDS)


def _again(path: Path) -> None:
    """Prints what it costs to add a file that a dataset has, beside the hash of its bytes."""
    shutil.rmtree(PROJECT, ignore_errors=True)
    PROJECT.mkdir(parents=True)
    (PROJECT / "workbench.toml").write_text(TOML, encoding="utf-8")
    context.initialise(PROJECT)
    with workbench.open(PROJECT) as opened:
        version = opened.add("rows", path)
        assert version is not None
        with opened._context.store.write() as tx:
            tx.datasets.accept(version, replace=False, profile_blob="")
        contestants: dict[str, Callable[[], object]] = {
            "its SHA-256": lambda: sha256_of(path),
            "added again": lambda: opened.add("rows", path),
        }
        timings = measuring.side_by_side(contestants, yardstick="its SHA-256", rounds=ROUNDS)
    title = "The same file again (bar: the cost of hashing it)"
    measuring.print_timings(title, timings, yardstick="its SHA-256", rounds=ROUNDS)
    shutil.rmtree(PROJECT)


def _memory(path: Path) -> None:
    """Prints how much memory a process needs that takes in a large file."""
    large = FOLDER / "large.csv"
    copies = -(-LARGE_GB * 1_000_000_000 // path.stat().st_size)
    if shutil.disk_usage(FOLDER).free < 2 * LARGE_GB * 1_000_000_000:
        print(f"\nThe import of {LARGE_GB} GB was left out: the disk has no room for it.")
        return
    try:
        _repeat(path, large, copies)
        command = [sys.executable, "-m", "tests.bench.importing", str(large)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    finally:
        large.unlink(missing_ok=True)
    print(f"\n{said.strip()} (bar: {MEMORY_BAR_MB} MB)")


def _repeat(path: Path, target: Path, copies: int) -> None:
    """Writes the rows of a file several times below one header."""
    with target.open("wb") as sink:
        for copy in range(copies):
            with path.open("rb") as source:
                header = source.readline()
                sink.write(b"" if copy else header)
                shutil.copyfileobj(source, sink, 1024 * 1024)


def _import_alone(path: Path) -> None:
    """Takes in a file, and prints the most memory that this process had."""
    start = time.perf_counter()
    with _opened() as frames:
        schema = _import(frames, path, None)
    took_s = time.perf_counter() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
    size_gb = path.stat().st_size / 1e9
    print(
        f"{size_gb:.1f} GB of CSV with {len(schema.columns)} columns in {took_s:.0f} s: "
        f"at most {peak_mb:.0f} MB of memory"
    )


def _import(frames: Frames, path: Path, pinned: Schema | None) -> Schema:
    imported = import_file(frames, path, pinned=pinned, time="at", kind_of=kind_of)
    imported.discard()
    return imported.schema


@contextmanager
def _opened() -> Iterator[Frames]:
    staging = FOLDER / f"staging-{os.getpid()}"
    frames = Frames(Blobs(FOLDER / "blobs", staging), staging)
    try:
        yield frames
    finally:
        frames.close()
        shutil.rmtree(staging, ignore_errors=True)


def _generate(frames: Frames, path: Path) -> None:
    """Writes 20 columns: numbers with and without nulls, categories, a key, a code and a time."""
    numbers = [f"(hash(i * 31 + {k}) % 100000) / 100.0 AS d{k}" for k in range(8)]
    holed = [
        f"CASE WHEN hash(i + {k}) % 100 >= 5 THEN (hash(i * {k + 3}) % 1000)::INTEGER END AS n{k}"
        for k in range(5)
    ]
    texts = [f"'v' || (hash(i * {k + 11}) % {10 * (k + 1)}) AS s{k}" for k in range(4)]
    rest = ["i AS id", "printf('AB%07d', i) AS code"]
    rest.append("TIMESTAMP '2024-01-01' + to_seconds(i) AS \"at\"")
    columns = ", ".join([*numbers, *holed, *texts, *rest])
    partial = path.with_suffix(".partial")
    frames.rows(
        f"COPY (SELECT {columns} FROM range({ROWS}) t(i)) TO {literal(str(partial))} (FORMAT csv)"
    )
    partial.replace(path)


if __name__ == "__main__":
    _import_alone(Path(sys.argv[1]))
