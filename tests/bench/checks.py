"""What the checks of a dataset cost, beside the aggregate query that somebody would write by hand."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from storage.blobs import Blobs
from storage.frames import Frames, Selection, condition_mistakes, literal, measure
from storage.frames.expressions import expression_mistake, pattern_mistake
from storage.records import Column, ColumnKind
from tests.bench import measuring, peers
from workbench import config
from workbench.config import Language
from workbench.core import checks as rules
from workbench.core.declared import declared

ROUNDS = 7
PEER_ROUNDS = 3
ROWS = 1_000_000
YARDSTICK = "by hand"
BAR = 2.0

NUMBERS = ("d0", "d1", "d2", "d3", "d4", "d5", "d6", "d7")
ASKED = """
[project]
name = "bench"
[datasets.rows.checks.table]
rows = { min = 1000 }
[datasets.rows.checks.sql]
cheap = "d0 <= d1 + 1000"
[datasets.rows.checks.columns]
d0 = { not_null = true, min = 0, max = 1000 }
d1 = { min = 0, max = 1000 }
d2 = { mean = { min = 400, max = 600 }, std = { max = 400 } }
d3 = { at_most = "d7", at_least = 0.1 }
n0 = { max_null_share = 0.1, in = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], at_least = 0.001 }
n1 = { min = 0, at_least = 0.99 }
s0 = { regex = "^v[0-9]+$", max_categories = 50 }
s1 = { length = { min = 2, max = 3 }, not_in = ["x"] }
code = { not_null = true, unique = true }
at = { monotonic = true }
"""
"""The 20 checks."""

BY_HAND = """
    SELECT count(*), count(*) FILTER (WHERE NOT (d0 <= d1 + 1000)),
        count(*) FILTER (WHERE d0 IS NULL), count(*) FILTER (WHERE d0 < 0),
        count(*) FILTER (WHERE d0 > 1000), count(*) FILTER (WHERE d1 < 0),
        count(*) FILTER (WHERE d1 > 1000), avg(d2), stddev_samp(d2),
        count(*) FILTER (WHERE d3 > d7), count(*) FILTER (WHERE n0 IS NULL),
        count(*) FILTER (WHERE n0 NOT IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9)),
        count(*) FILTER (WHERE n1 < 0),
        count(*) FILTER (WHERE NOT regexp_matches(s0, '^v[0-9]+$')), count(DISTINCT s0),
        count(*) FILTER (WHERE length(s1) NOT BETWEEN 2 AND 3),
        count(*) FILTER (WHERE s1 IN ('x')), count(*) FILTER (WHERE code IS NULL),
        count(code) - count(DISTINCT code),
        (SELECT count(*) FILTER (WHERE t < before)
         FROM (SELECT "at" AS t, lag("at") OVER () AS before FROM read_parquet({file})))
    FROM read_parquet({file})
"""


PEER = """
import json, logging, sys, time, warnings
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)
import great_expectations as gx
import great_expectations.expectations as e
import pandas as pd
frame = pd.read_parquet(sys.argv[1])
context = gx.get_context(mode="ephemeral")
context.variables.progress_bars = {"globally": False}
asset = context.data_sources.add_pandas("rows").add_dataframe_asset("rows")
batch = asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})
suite = gx.ExpectationSuite(name="rows")
for one in (
    e.ExpectTableRowCountToBeBetween(min_value=1000),
    e.ExpectColumnValuesToNotBeNull(column="d0"),
    e.ExpectColumnValuesToBeBetween(column="d0", min_value=0, max_value=1000),
    e.ExpectColumnValuesToBeBetween(column="d1", min_value=0, max_value=1000),
    e.ExpectColumnMeanToBeBetween(column="d2", min_value=400, max_value=600),
    e.ExpectColumnStdevToBeBetween(column="d2", max_value=400),
    e.ExpectColumnPairValuesAToBeGreaterThanB(column_A="d7", column_B="d3", or_equal=True, mostly=0.1),
    e.ExpectColumnValuesToNotBeNull(column="n0", mostly=0.9),
    e.ExpectColumnValuesToBeInSet(column="n0", value_set=list(range(10)), mostly=0.001),
    e.ExpectColumnValuesToBeBetween(column="n1", min_value=0, mostly=0.99),
    e.ExpectColumnValuesToMatchRegex(column="s0", regex="^v[0-9]+$"),
    e.ExpectColumnUniqueValueCountToBeBetween(column="s0", max_value=50),
    e.ExpectColumnValueLengthsToBeBetween(column="s1", min_value=2, max_value=3),
    e.ExpectColumnValuesToNotBeInSet(column="s1", value_set=["x"]),
    e.ExpectColumnValuesToNotBeNull(column="code"),
    e.ExpectColumnValuesToBeUnique(column="code"),
):
    suite.add_expectation(one)
start = time.process_time()
found = batch.validate(suite)
assert found.success, found
print(json.dumps({"checks": len(found.results), "cpu_ms": (time.process_time() - start) * 1000}))
"""
"""Those of the checks that Great Expectations has, on a frame that was read before."""


def run() -> None:
    """Measures the checks beside SQL by hand, and beside Great Expectations."""
    measuring.FOLDER.mkdir(exist_ok=True)
    path = measuring.FOLDER / "checks.parquet"
    frames = Frames(
        Blobs(measuring.FOLDER / "blobs", measuring.FOLDER / "staging"),
        measuring.FOLDER / "staging",
    )
    try:
        if not path.exists():
            _generate(frames, path)
        _checks(frames, path)
        _beside_peer(path)
    finally:
        frames.close()


def _checks(frames: Frames, path: Path) -> None:
    language = Language(expression_mistake=expression_mistake, pattern_mistake=pattern_mistake)
    described = frames.rows(f"DESCRIBE SELECT * FROM read_parquet({literal(str(path))})")
    columns = [Column(name=name, type=type_, kind=_kind(type_)) for name, type_, *_ in described]
    by_hand = BY_HAND.format(file=literal(str(path)))

    def ours() -> object:
        asked = config.parse(ASKED, file="bench", language=language).datasets["rows"]
        found = rules.fitted(declared(asked), columns)
        assert not condition_mistakes(columns, rules.conditions(found))
        return _measured(frames, path, found)

    contestants: dict[str, Callable[[], object]] = {
        YARDSTICK: lambda: frames.rows(by_hand),
        "20 checks": ours,
    }
    asked = declared(config.parse(ASKED, file="bench").datasets["rows"])
    print(f"\n{len(asked)} checks over {ROWS:,} rows of {len(columns)} columns")
    for clock, of in ((time.process_time, "CPU"), (time.perf_counter, "wall")):
        timings = measuring.side_by_side(
            contestants, yardstick=YARDSTICK, rounds=ROUNDS, clock=clock
        )
        title = f"Checks, {of} time (bar: {BAR:g}x of CPU)"
        measuring.print_timings(title, timings, yardstick=YARDSTICK, rounds=ROUNDS)


def _beside_peer(path: Path) -> None:
    python = peers.python_of("great_expectations")
    if python is None:
        return
    found = [peers.ask(python, PEER, str(path)) for _ in range(PEER_ROUNDS)]
    least = min(one["cpu_ms"] for one in found)
    print(f"\nGreat Expectations, {found[0]['checks']:.0f} of these checks: {least:.0f} ms of CPU")


def _measured(frames: Frames, path: Path, found: tuple[rules.Check, ...]) -> list[bool]:
    """Both statements, as the job that checks a version has them, and the verdicts."""
    selection = Selection(paths=(path,))
    measured = {}
    for is_whole in (False, True):
        probes = [one.probe for one in found if one.whole_version is is_whole]
        measured |= measure(frames, selection, probes, rows=ROWS)
    passed = [rules.judge(one, measured[one.probe.name]).passed for one in found]
    assert all(passed), [one.probe.name for one in found if not passed[found.index(one)]]
    return passed


def _kind(type_: str) -> ColumnKind:
    if type_ in {"DOUBLE", "INTEGER", "BIGINT"}:
        return ColumnKind.NUMERIC
    return ColumnKind.TIMESTAMP if type_ == "TIMESTAMP" else ColumnKind.CATEGORICAL


def _generate(frames: Frames, path: Path) -> None:
    """Writes 20 columns: numbers with and without nulls, categories, a key, a code and a time."""
    numbers = [f"(hash(i * 31 + {k}) % 100000) / 100.0 AS d{k}" for k in range(len(NUMBERS))]
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
        f"COPY (SELECT {columns} FROM range({ROWS}) t(i)) TO {literal(str(partial))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    partial.replace(path)
