"""What the profile of a version costs, beside a scan of the same columns that keeps one value of each."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from storage.blobs import Blobs
from storage.frames import Frames, Grid, Selection, literal, profile, profile_anew
from storage.records import Column, ColumnKind, ColumnProfile
from tests.bench import measuring
from workbench.core.profile import edges_of_cells

ROUNDS = {1_000_000: 9, 10_000_000: 3}
"""How often each number of rows is measured."""
UNEVEN_ROWS = 1_000_000
YARDSTICK = "bare scan"
BARS = {"profile": 3.0, "at known bins": 2.5}
"""Times the bare scan."""


def run() -> None:
    """Measures profiles at both numbers of rows, and the memory they take."""
    measuring.FOLDER.mkdir(exist_ok=True)
    for rows, rounds in ROUNDS.items():
        path = measuring.FOLDER / f"profile-{rows}.parquet"
        frames = _frames()
        try:
            if not path.exists():
                generate(frames, path, rows)
            _measure(frames, path, rows=rows, rounds=rounds)
        finally:
            frames.close()
        _print_memory(path)
    _run_uneven()


def _run_uneven() -> None:
    path = measuring.FOLDER / f"profile-uneven-{UNEVEN_ROWS}.parquet"
    frames = _frames()
    try:
        if not path.exists():
            generate_uneven(frames, path, UNEVEN_ROWS)
        print("\nUneven columns: tails, prices, zeros, a sentinel")
        _measure(frames, path, rows=UNEVEN_ROWS, rounds=ROUNDS[UNEVEN_ROWS])
    finally:
        frames.close()


def generate_uneven(frames: Frames, path: Path, rows: int) -> None:
    """Writes 7 columns of numbers as data has them: hardly any of them lie evenly."""
    even = [f"((hash(i * 31 + {k}) >> 11) / 9007199254740992.0)" for k in range(16)]
    normal = [
        f"(sqrt(-2 * ln(1 - {a})) * cos(2 * pi() * {b}))"
        for a, b in zip(even[::2], even[1::2], strict=True)
    ]
    columns = {
        "normal": normal[0],
        "exponential": f"-ln(1 - {even[2]})",
        "lognormal": f"exp(2 * {normal[2]})",
        "price": f"round(exp(3 + {normal[3]}), 2)",
        "mostly_zero": f"CASE WHEN {even[8]} < 0.7 THEN 0.0 ELSE -ln(1 - {even[9]}) END",
        "sentinel": f"CASE WHEN {even[10]} < 0.05 THEN -999999.0 ELSE {normal[6]} END",
        "counts": f"CAST(floor(exp(1 + 2 * {normal[7]})) AS BIGINT)",
    }
    selected = ", ".join(f"{sql} AS {name}" for name, sql in columns.items())
    _write(frames, path, f"SELECT {selected} FROM range({rows}) t(i)")


def generate(frames: Frames, path: Path, rows: int) -> None:
    """Writes 20 columns: numbers with and without nulls, categories, a key, a code and a time."""
    numbers = [f"(hash(i * 31 + {k}) % 100000) / 100.0 AS d{k}" for k in range(8)]
    holed = [
        f"CASE WHEN hash(i + {k}) % 100 >= 5 THEN (hash(i * {k + 3}) % 1000)::INTEGER END AS n{k}"
        for k in range(5)
    ]
    texts = [f"'v' || (hash(i * {k + 11}) % {10 * (k + 1)}) AS s{k}" for k in range(4)]
    rest = ["i AS id", "printf('AB%07d', i) AS code"]
    rest.append("TIMESTAMP '2024-01-01' + to_seconds(i) AS \"at\"")
    _write(
        frames,
        path,
        f"SELECT {', '.join([*numbers, *holed, *texts, *rest])} FROM range({rows}) t(i)",
    )


def _write(frames: Frames, path: Path, select: str) -> None:
    partial = path.with_suffix(".partial")
    frames.rows(f"COPY ({select}) TO {literal(str(partial))} (FORMAT parquet, COMPRESSION zstd)")
    partial.replace(path)


def _measure(frames: Frames, path: Path, *, rows: int, rounds: int) -> None:
    selection, columns = Selection(paths=(path,)), _columns(frames, path)
    reference = profile_anew(frames, selection, columns, edges_of_cells)
    contestants = {
        YARDSTICK: lambda: _bare_scan(frames, path, columns),
        "profile": lambda: profile_anew(frames, selection, columns, edges_of_cells),
        "at known bins": lambda: _again(frames, selection, columns, reference),
    }
    print(f"\nProfile of {rows:,} rows of {len(columns)} columns")
    for clock, of in ((time.process_time, "CPU"), (time.perf_counter, "wall")):
        timings = measuring.side_by_side(
            contestants, yardstick=YARDSTICK, rounds=rounds, clock=clock
        )
        bars = ", ".join(f"{name} {bar:g}x" for name, bar in BARS.items())
        title = f"Profile, {of} time (bars: {bars})"
        measuring.print_timings(title, timings, yardstick=YARDSTICK, rounds=rounds)


def _bare_scan(frames: Frames, path: Path, columns: list[Column]) -> None:
    """Reads every value: left to itself, the engine answers from the file's statistics."""
    largest = ", ".join(f'max("{column.name}")' for column in columns)
    with frames.connect() as cursor:
        cursor.execute("SET disabled_optimizers = 'statistics_propagation'")
        cursor.execute(f"SELECT {largest} FROM read_parquet({literal(str(path))})").fetchall()
        cursor.execute("RESET disabled_optimizers")


def _again(
    frames: Frames, selection: Selection, columns: list[Column], like: tuple[ColumnProfile, ...]
) -> None:
    numeric = [one for one in like if one.kind is ColumnKind.NUMERIC]
    profile(
        frames,
        selection,
        columns,
        {one.name: np.asarray(one.edges) for one in numeric},
        known_grids={one.name: grid for one in numeric if (grid := Grid.of(one))},
        known={one.name: one.values for one in like if one.values},
    )


def _print_memory(path: Path) -> None:
    """Prints the peak memory of a process that makes a profile of the file and nothing else."""
    command = [sys.executable, "-m", "tests.bench.profile", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    print(f"Peak memory of a process of its own: {told.stdout.strip()}")


def _frames() -> Frames:
    (measuring.FOLDER / "staging").mkdir(parents=True, exist_ok=True)
    return Frames(
        Blobs(measuring.FOLDER / "blobs", measuring.FOLDER / "staging"),
        measuring.FOLDER / "staging",
    )


def _columns(frames: Frames, path: Path) -> list[Column]:
    described = frames.rows(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")
    return [Column(name=name, type=type_, kind=_kind(type_)) for name, type_, *_ in described]


def _kind(type_: str) -> ColumnKind:
    if type_ in {"DOUBLE", "INTEGER", "BIGINT"}:
        return ColumnKind.NUMERIC
    return ColumnKind.TIMESTAMP if type_ == "TIMESTAMP" else ColumnKind.CATEGORICAL


def _profile_once(path: Path) -> None:
    frames = _frames()
    columns = _columns(frames, path)
    before = _peak_mib()
    profile_anew(frames, Selection(paths=(path,)), columns, edges_of_cells)
    print(f"{_peak_mib()} MiB, of which {before} before it begins")


def _peak_mib() -> int:
    """The most memory this process ever had; what its parent had does not count."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) // 1024


if __name__ == "__main__":
    _profile_once(Path(sys.argv[1]))
