"""Each measure on hand-made rows, and all of them against plain Python."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.frames import Frames, Selection, Unmeasurable, examples, literal, measure
from storage.records import Measure, Measured, Probe

ROWS = '''
    SELECT * FROM (VALUES
        (1, 'AA', 0.5::DOUBLE, DATE '2013-01-01', 2),
        (1, 'AA', -1.5, DATE '2013-01-01', 1),
        (2, NULL, 'nan', NULL, NULL),
        (3, 'it''s', NULL, DATE '2013-01-03', 3),
        (NULL, '우아', 'inf', DATE '2013-01-02', 3)
    ) v(id, "이름 ""x""", found, "at", other)
'''
NAME = '이름 "x"'


@pytest.fixture
def rows(frames: Frames, tmp_path: Path) -> Selection:
    path = tmp_path / "p.parquet"
    frames.rows(f"COPY ({ROWS}) TO {literal(str(path))} (FORMAT parquet)")
    return Selection(paths=(path,))


@pytest.fixture
def shops(frames: Frames, tmp_path: Path) -> dict[str, Selection]:
    path = tmp_path / "shops.parquet"
    sql = "SELECT * FROM (VALUES ('AA', 1), ('AA', 1), (NULL, NULL)) v(code, \"번호\")"
    frames.rows(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
    return {"shops": Selection(paths=(path,))}


def probe(kind: Measure, *columns: str, **fields: object) -> Probe:
    return Probe(**{"name": str(kind), "measure": kind, "columns": columns, **fields})


AT_3 = datetime(2013, 1, 3, tzinfo=UTC).timestamp()
IN_SHOPS = {"references": ("shops", "번호")}

PROBES = {
    "rows": (probe(Measure.ROWS), 5, 5),
    "rows, some": (probe(Measure.ROWS, where="id = 1"), 2, 2),
    "nulls": (probe(Measure.NULLS, NAME), 5, 1),
    "nulls, some": (probe(Measure.NULLS, NAME, where="id > 1"), 2, 1),
    "nulls are not NaN": (probe(Measure.NULLS, "found"), 5, 1),
    "below": (probe(Measure.BELOW, "found", bound=0.0), 4, 1),
    "below the bound itself": (probe(Measure.BELOW, "id", bound=1), 4, 0),
    "below, some": (probe(Measure.BELOW, "id", bound=9, where='"at" IS NULL -- x'), 1, 1),
    "above, NaN and infinity too": (probe(Measure.ABOVE, "found", bound=0.5), 4, 2),
    "above infinity is NaN alone": (probe(Measure.ABOVE, "found", bound=math.inf), 4, 1),
    "below minus infinity": (probe(Measure.BELOW, "found", bound=-math.inf), 4, 0),
    "outside": (probe(Measure.OUTSIDE, NAME, values=("AA", "it's")), 4, 1),
    "outside, of numbers": (
        probe(Measure.OUTSIDE, "found", values=("0.5", "-1.50"), is_numeric=True),
        4,
        2,
    ),
    "outside, of no number": (probe(Measure.OUTSIDE, "id", is_numeric=True), 4, 4),
    "outside, of times": (probe(Measure.OUTSIDE, "at", values=("2013-01-01",)), 4, 2),
    "inside": (probe(Measure.INSIDE, NAME, values=("AA", "'")), 4, 2),
    "inside, of numbers": (probe(Measure.INSIDE, "id", values=("1",), is_numeric=True), 4, 2),
    "inside, of no number": (probe(Measure.INSIDE, "id", is_numeric=True), 4, 0),
    "unlike": (probe(Measure.UNLIKE, NAME, pattern="^[A-Z]+$"), 4, 2),
    "unlike, with a quote": (probe(Measure.UNLIKE, NAME, pattern="t's|\\p{Hangul}"), 4, 2),
    "unlike, of numbers": (probe(Measure.UNLIKE, "id", pattern="^1$"), 4, 2),
    "too short": (probe(Measure.LENGTH, NAME, shortest=3), 4, 3),
    "too long": (probe(Measure.LENGTH, NAME, longest=3), 4, 1),
    "of another length": (probe(Measure.LENGTH, NAME, shortest=2, longest=2), 4, 1),
    "not less": (probe(Measure.NOT_LESS, "id", "other"), 3, 2),
    "greater": (probe(Measure.GREATER, "id", "other"), 3, 0),
    "unequal": (probe(Measure.UNEQUAL, "id", "other"), 3, 1),
    "untrue": (probe(Measure.UNTRUE, predicate='id < 2 OR "이름 ""x""" = \'it\'\'s\''), 3, 0),
    "untrue, some": (probe(Measure.UNTRUE, predicate="id < other", where="id = 1"), 2, 1),
    "untrue of rows without the value": (probe(Measure.UNTRUE, predicate="found IS NULL"), 5, 4),
    "backwards": (probe(Measure.BACKWARDS, "at"), 4, 1),
    "backwards, some": (probe(Measure.BACKWARDS, "at", where="id IS NOT NULL"), 3, 0),
    "mean, of what is finite": (probe(Measure.MEAN, "found"), 4, -0.5),
    "mean, some": (probe(Measure.MEAN, "id", where="other > 1"), 2, 2),
    "mean of nothing": (probe(Measure.MEAN, "id", where="false"), 0, None),
    "std": (probe(Measure.STD, "found"), 4, math.sqrt(2)),
    "std of one value": (probe(Measure.STD, "id", where="id = 3"), 1, None),
    "quantile": (probe(Measure.QUANTILE, "id", bound=0.5), 4, 1.5),
    "newest": (probe(Measure.NEWEST, "at"), 4, AT_3),
    "newest, some": (probe(Measure.NEWEST, "at", where="id = 2"), 0, None),
    "distinct": (probe(Measure.DISTINCT, "id"), 4, 3),
    "distinct, some": (probe(Measure.DISTINCT, "id", where="id < 3"), 3, 2),
    "duplicates of a key": (probe(Measure.DUPLICATES, "id"), 4, 1),
    "duplicates, some": (probe(Measure.DUPLICATES, "id", where="found > 0"), 2, 0),
    "duplicates of two columns": (probe(Measure.DUPLICATES, "id", NAME), 3, 1),
    "no duplicates": (probe(Measure.DUPLICATES, "id", "found"), 3, 0),
    "orphans": (probe(Measure.ORPHANS, "id", **IN_SHOPS), 4, 2),
    "orphans, some": (probe(Measure.ORPHANS, "id", where="id < 3", **IN_SHOPS), 3, 1),
}


@pytest.mark.parametrize(("one", "judged", "value"), PROBES.values(), ids=PROBES)
def test_a_probe_counts_its_rows(
    frames: Frames,
    rows: Selection,
    shops: dict[str, Selection],
    one: Probe,
    judged: int,
    value: float | None,
):
    found = measure(frames, rows, [one], references=shops)[one.name]

    assert found == Measured(rows=judged, value=None if value is None else pytest.approx(value))


class CountingFrames(Frames):
    """Frames that remember what they were asked."""

    asked = 0

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
        self.asked += 1
        return super().rows(sql, parameters)


def test_all_probes_are_one_statement(
    frames: Frames, rows: Selection, shops: dict[str, Selection], tmp_path: Path
):
    named = [named_as(name, one) for name, (one, *_) in PROBES.items()]
    counting = CountingFrames(frames.blobs, tmp_path / "staging")
    found = measure(counting, rows, named, references=shops)
    counting.close()

    assert counting.asked == 1
    assert found == {
        name: Measured(rows=judged, value=None if value is None else pytest.approx(value))
        for name, (_, judged, value) in PROBES.items()
    }


def named_as(name: str, one: Probe) -> Probe:
    fields = {field: getattr(one, field) for field in Probe.__dataclass_fields__}
    return Probe(**{**fields, "name": name})


def test_no_probes_measure_nothing(frames: Frames, rows: Selection):
    assert measure(frames, rows, []) == {}


def test_of_no_rows_every_count_is_nought(
    frames: Frames, tmp_path: Path, shops: dict[str, Selection]
):
    path = tmp_path / "empty.parquet"
    frames.rows(f"COPY ({ROWS} LIMIT 0) TO {literal(str(path))} (FORMAT parquet)")
    named = [named_as(name, one) for name, (one, *_) in PROBES.items()]
    found = measure(frames, Selection(paths=(path,)), named, references=shops)

    assert {one.rows for one in found.values()} == {0}
    assert {one.value for one in found.values()} == {0, None}


def test_columns_full_of_nulls_offend_nobody_but_not_null(frames: Frames, tmp_path: Path):
    path = tmp_path / "nulls.parquet"
    sql = "SELECT NULL::DOUBLE AS x, NULL::VARCHAR AS s FROM range(9)"
    frames.rows(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
    asked = {
        "null": probe(Measure.NULLS, "x"),
        "min": probe(Measure.BELOW, "x", bound=0),
        "regex": probe(Measure.UNLIKE, "s", pattern="a"),
        "unique": probe(Measure.DUPLICATES, "x", "s"),
        "predicate": probe(Measure.UNTRUE, predicate="x > 0"),
    }
    found = measure(
        frames, Selection(paths=(path,)), [named_as(name, one) for name, one in asked.items()]
    )

    assert {name: (one.rows, one.value) for name, one in found.items()} == {
        "null": (9, 9),
        "min": (0, 0),
        "regex": (0, 0),
        "unique": (0, 0),
        "predicate": (0, 0),
    }


def test_times_of_one_file_are_not_compared_with_those_of_another(frames: Frames, tmp_path: Path):
    paths = (tmp_path / "b.parquet", tmp_path / "a.parquet")
    for path, times in zip(paths, ["'2014-05-01'", "NULL), ('2014-01-01'"], strict=True):
        sql = f"SELECT CAST(t AS DATE) AS t FROM (VALUES ({times})) v(t)"
        frames.rows(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
    found = measure(frames, Selection(paths=paths), [probe(Measure.BACKWARDS, "t")])

    assert found["backwards"] == Measured(rows=2, value=0)


def test_a_file_that_is_earlier_than_the_one_before_runs_not_backwards(
    frames: Frames, tmp_path: Path
):
    paths = (tmp_path / "late.parquet", tmp_path / "early.parquet")
    for path, start in zip(paths, (100, 0), strict=True):
        sql = f"SELECT TIMESTAMP '2013-01-01' + to_seconds({start} + i) AS t FROM range(9) r(i)"
        frames.rows(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
    found = measure(frames, Selection(paths=paths), [probe(Measure.BACKWARDS, "t")])

    assert found["backwards"] == Measured(rows=18, value=0)


def test_files_that_lie_in_one_are_not_compared_either(frames: Frames, tmp_path: Path):
    path = tmp_path / "both.parquet"
    sql = "SELECT TIMESTAMP '2013-01-01' + to_seconds((i + 5) % 9) AS t FROM range(9) r(i)"
    frames.rows(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet)")
    asked = [probe(Measure.BACKWARDS, "t")]
    as_one = measure(frames, Selection(paths=(path,)), asked)
    as_two = measure(frames, Selection(paths=(path,), begins=((path, (4,)),)), asked)

    assert (as_one["backwards"].value, as_two["backwards"].value) == (1, 0)


def test_the_order_of_a_file_holds_over_its_row_groups(frames: Frames, tmp_path: Path):
    path = tmp_path / "long.parquet"
    sql = "SELECT TIMESTAMP '2013-01-01' + to_seconds(i - 9 * (i % 100_000 = 0)::INT) AS t"
    sql += " FROM range(400_000) r(i)"
    frames.rows(f"COPY ({sql}) TO {literal(str(path))} (FORMAT parquet, ROW_GROUP_SIZE 20_480)")
    found = measure(frames, Selection(paths=(path,)), [probe(Measure.BACKWARDS, "t")])

    assert found["backwards"] == Measured(rows=400_000, value=3)


def test_above_a_number_of_rows_a_quantile_is_estimated(frames: Frames, tmp_path: Path):
    path = tmp_path / "many.parquet"
    frames.rows(
        f"COPY (SELECT i AS x FROM range(1001) r(i)) TO {literal(str(path))} (FORMAT parquet)"
    )
    median = probe(Measure.QUANTILE, "x", bound=0.5)
    found = measure(frames, Selection(paths=(path,)), [median], rows=10**9)

    assert found["quantile"].value == pytest.approx(500, abs=10)


def test_the_check_that_breaks_on_a_value_is_named(frames: Frames, rows: Selection):
    broken = named_as("b", probe(Measure.UNTRUE, predicate=f'CAST("{NAME[:2]} ""x""" AS INT) > 0'))
    asked = [named_as("a", probe(Measure.NULLS, "id")), broken]

    with pytest.raises(Unmeasurable, match=r"^The check b breaks on these rows: Could not convert"):
        measure(frames, rows, asked)


OFFENDING = [name for name, (one, _, value) in PROBES.items() if value and one.columns]
NO_EXAMPLES = {Measure.ROWS, Measure.DISTINCT, Measure.MEAN, Measure.STD, Measure.QUANTILE}
NO_EXAMPLES |= {Measure.NEWEST}


@pytest.mark.parametrize("name", OFFENDING)
def test_as_many_rows_are_shown_as_were_counted(
    frames: Frames, rows: Selection, shops: dict[str, Selection], name: str
):
    one, _, value = PROBES[name]
    shown = examples(frames, rows, one, references=shops)
    if one.measure is Measure.DUPLICATES:
        value += 1  # the first of them is shown beside those that repeat it

    assert len(shown) == (0 if one.measure in NO_EXAMPLES else value)


def test_examples_are_whole_rows_even_beside_a_column_of_any_name(frames: Frames, rows: Selection):
    (text,) = examples(frames, rows, probe(Measure.BELOW, "found", bound=0.0))

    assert json.loads(text) == {"id": 1, NAME: "AA", "found": -1.5, "at": "2013-01-01", "other": 1}


def test_the_row_that_runs_backwards_is_shown(frames: Frames, rows: Selection):
    (text,) = examples(frames, rows, probe(Measure.BACKWARDS, "at"))

    assert '"at":"2013-01-02"' in text


def test_examples_are_few(frames: Frames, rows: Selection):
    found = examples(frames, rows, probe(Measure.OUTSIDE, "id", values=("9",)), limit=2)

    assert [json.loads(text)["id"] for text in found] == [1, 1]


def test_a_bound_that_is_missing_is_a_callers_mistake(frames: Frames, rows: Selection):
    with pytest.raises(ValueError, match="a bound is needed"):
        measure(frames, rows, [probe(Measure.BELOW, "id")])


def test_a_type_is_not_measured_on_rows(frames: Frames, rows: Selection):
    with pytest.raises(ValueError, match="not measured on rows"):
        measure(frames, rows, [probe(Measure.TYPE, "id")])


numbers = st.lists(
    st.tuples(
        st.none() | st.floats(-5, 5) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0]),
        st.none() | st.integers(-5, 5),
        st.none() | st.text("ab'\"가% _\\", max_size=4),
    ),
    min_size=1,
    max_size=30,
)
Values = Sequence[tuple[float | None, int | None, str | None]]


def of(values: Values, place: int) -> list[float | int | str]:
    return [row[place] for row in values if row[place] is not None]


def exceeds(x: float, bound: float) -> bool:
    """As DuckDB orders numbers: NaN is the largest."""
    return math.isnan(x) or x > bound


PLAIN: dict[str, tuple[Probe, Callable[[Values], float | None]]] = {
    "nulls": (probe(Measure.NULLS, "x"), lambda v: len(v) - len(of(v, 0))),
    "below": (probe(Measure.BELOW, "x", bound=0.5), lambda v: sum(x < 0.5 for x in of(v, 0))),
    "above": (
        probe(Measure.ABOVE, "x", bound=0.5),
        lambda v: sum(exceeds(x, 0.5) for x in of(v, 0)),
    ),
    "outside": (
        probe(Measure.OUTSIDE, "s", values=("a", "'", '"', "%")),
        lambda v: sum(s not in ("a", "'", '"', "%") for s in of(v, 2)),
    ),
    "inside": (
        probe(Measure.INSIDE, "i", values=("1", "-2"), is_numeric=True),
        lambda v: sum(i in (1, -2) for i in of(v, 1)),
    ),
    "unlike": (
        probe(Measure.UNLIKE, "s", pattern="^[a'가]+$"),
        lambda v: sum(re.search(r"^[a'가]+\Z", s) is None for s in of(v, 2)),
    ),
    "length": (
        probe(Measure.LENGTH, "s", shortest=1, longest=2),
        lambda v: sum(not 1 <= len(s) <= 2 for s in of(v, 2)),
    ),
    "distinct": (probe(Measure.DISTINCT, "s"), lambda v: len(set(of(v, 2)))),
    "duplicates": (
        probe(Measure.DUPLICATES, "i", "s"),
        lambda v: len(full := [row[1:] for row in v if None not in row[1:]]) - len(set(full)),
    ),
    "greater": (
        probe(Measure.GREATER, "i", "x"),
        lambda v: sum(exceeds(i, x) and not math.isnan(x) for x, i, _ in v if None not in (x, i)),
    ),
    "untrue": (
        probe(Measure.UNTRUE, predicate="i % 2 = 0", where="s IS NOT NULL"),
        lambda v: sum(i is not None and i % 2 != 0 for _, i, s in v if s is not None),
    ),
    "mean": (
        probe(Measure.MEAN, "i"),
        lambda v: statistics.fmean(of(v, 1)) if of(v, 1) else None,
    ),
    "std": (
        probe(Measure.STD, "i"),
        lambda v: statistics.stdev(of(v, 1)) if len(of(v, 1)) > 1 else None,
    ),
    "median": (
        probe(Measure.QUANTILE, "i", bound=0.5),
        lambda v: statistics.median(of(v, 1)) if of(v, 1) else None,
    ),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(numbers)
def test_one_statement_counts_what_plain_python_counts(frames: Frames, tmp_path: Path, values):
    path = tmp_path / "any.parquet"
    with frames.connect() as cursor:
        cursor.execute("CREATE OR REPLACE TEMP TABLE v (x DOUBLE, i BIGINT, s VARCHAR)")
        cursor.executemany("INSERT INTO v VALUES (?, ?, ?)", [list(row) for row in values])
        cursor.execute(f"COPY v TO {literal(str(path))} (FORMAT parquet)")
    asked = [named_as(name, one) for name, (one, _) in PLAIN.items()]
    found = measure(frames, Selection(paths=(path,)), asked)

    expected = {name: plain(values) for name, (_, plain) in PLAIN.items()}
    assert {name: one.value for name, one in found.items()} == pytest.approx(expected)
