"""What 10 000 small files cost that are dropped at once, beside one COPY of DuckDB over all of them."""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import time
from pathlib import Path

import duckdb

import workbench
from storage.blobs import sha256_of
from storage.records import Version
from tests.bench import measuring
from workbench.services import context, inbox, putting_away

FILES = 10_000
ROWS = 100
ROUNDS = 3
BAR = 5.0
FOLDER = measuring.FOLDER / "small"
PROJECT = measuring.FOLDER / "small-project"
TOML = """
[project]
name = "small"
[datasets.sensor]
files = "inbox/sensor/*.csv"
time = "at"
[watch]
settle = "0s"
"""


def run() -> None:
    """Prints the time of each step, and the whole as a ratio to hashing and one COPY."""
    _write()
    taken: dict[str, list[float]] = {}
    for _ in range(ROUNDS):
        for name, seconds in _round().items():
            taken.setdefault(name, []).append(seconds)
    print(f"\n{FILES:,} files of {ROWS} rows each, dropped at once (median of {ROUNDS})")
    for name, times in taken.items():
        print(f"{name:44} {statistics.median(times):7.2f} s")
    yardstick = statistics.median(taken["hash + COPY over all files"])
    ours = statistics.median(taken["watched folder, to the last file put away"])
    print(f"ratio {ours / yardstick:.2f} (bar: {BAR:g})")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process {peak:.0f} MB")


def _round() -> dict[str, float]:
    start = time.perf_counter()
    for path in sorted(FOLDER.iterdir()):
        sha256_of(path)
    _copy()
    yardstick = time.perf_counter() - start
    shutil.rmtree(PROJECT, ignore_errors=True)
    folder = PROJECT / "inbox" / "sensor"
    folder.mkdir(parents=True)
    (PROJECT / "workbench.toml").write_text(TOML)
    context.initialise(PROJECT)
    for path in FOLDER.iterdir():
        os.link(path, folder / path.name)
    with workbench.open(PROJECT) as opened:
        watcher = opened._context
        start = time.perf_counter()
        scans = inbox.scan(watcher, {})
        scanned = time.perf_counter()
        version = inbox.take_in(watcher, inbox.scan(watcher, scans)["sensor"])
        taken_in = time.perf_counter()
        assert version is not None
        assert version.rows == FILES * ROWS
        _accept(opened, version)
        begun = time.perf_counter()
        putting_away.put_away(watcher)
        away = time.perf_counter()
        assert len(list((folder / "done").iterdir())) == FILES
    whole = (taken_in - start) + (away - begun)
    return {
        "hash + COPY over all files": yardstick,
        "one scan of the folder": scanned - start,
        "ingest, with a second scan": taken_in - scanned,
        "moving the files to done/": away - begun,
        "watched folder, to the last file put away": whole,
    }


def _accept(opened: workbench.Workbench, version: Version) -> None:
    with opened._context.store.write() as tx:
        tx.datasets.accept(version, replace=False, profile_blob="")


def _copy() -> None:
    target = measuring.FOLDER / "small.parquet"
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(
            f"COPY (SELECT * FROM read_csv('{FOLDER}/*.csv')) TO '{target}' "
            "(FORMAT parquet, COMPRESSION zstd)"
        )


def _write() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    if len(list(FOLDER.iterdir())) == FILES:
        return
    for number in range(FILES):
        rows = "".join(
            f"{number * ROWS + row},2024-01-01 00:{row // 60:02}:{row % 60:02},s{number % 7},"
            f"{(number * 31 + row * 17) % 1000 / 10}\n"
            for row in range(ROWS)
        )
        Path(FOLDER / f"{number:05}.csv").write_text(f"id,at,sensor,value\n{rows}")
