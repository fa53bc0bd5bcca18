from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from storage.frames import Frames
from storage.records import CsvRules, ReadingRules
from tests.storage.frames.files import rows_of, types_of

TYPES: dict[str, tuple[list[str], str, list[Any]]] = {
    "whole numbers": (["1", "-2", "+3"], "BIGINT", [1, -2, 3]),
    "whole numbers with spaces": ([" 1", "2 "], "BIGINT", [1, 2]),
    "whole numbers with a fraction": (["1", "2.0"], "DOUBLE", [1.0, 2.0]),
    "the largest of 64 bits": ([str(2**63 - 1), "1"], "BIGINT", [2**63 - 1, 1]),
    "more than 64 bits": ([str(2**63), "1"], "DECIMAL(38,0)", [Decimal(2**63), Decimal(1)]),
    "38 digits": (["9" * 38, "1"], "DECIMAL(38,0)", [Decimal("9" * 38), Decimal(1)]),
    "39 digits": (["9" * 39, "1"], "VARCHAR", ["9" * 39, "1"]),
    "floats": (["1.5", ".5", "-1e-3", "1e308"], "DOUBLE", [1.5, 0.5, -0.001, 1e308]),
    "more than a float can be": (["1.5", "1e400"], "VARCHAR", ["1.5", "1e400"]),
    "leading zeros": (["00123", "12345"], "VARCHAR", ["00123", "12345"]),
    "a zero alone": (["0", "0.5"], "DOUBLE", [0.0, 0.5]),
    "digits with underscores": (["1_000", "2"], "VARCHAR", ["1_000", "2"]),
    "thousands": (['"1,000"', "2"], "VARCHAR", ["1,000", "2"]),
    "units": (["3 km", "4 km"], "VARCHAR", ["3 km", "4 km"]),
    "truth": (["true", "FALSE", " True"], "BOOLEAN", [True, False, True]),
    "other words for truth": (["yes", "no"], "VARCHAR", ["yes", "no"]),
    "ones and zeros": (["1", "0"], "BIGINT", [1, 0]),
    "days": (["2013-01-31", "2013-2-1"], "DATE", [date(2013, 1, 31), date(2013, 2, 1)]),
    "no such day": (["2013-02-30", "2013-02-01"], "VARCHAR", ["2013-02-30", "2013-02-01"]),
    "times": (
        ["2013-01-31 10:00", "2013-02-01T10:00:00.25"],
        "TIMESTAMP",
        [datetime(2013, 1, 31, 10), datetime(2013, 2, 1, 10, 0, 0, 250_000)],  # noqa: DTZ001
    ),
    "days and times": (
        ["2013-01-31", "2013-02-01 10:00"],
        "TIMESTAMP",
        [datetime(2013, 1, 31), datetime(2013, 2, 1, 10)],  # noqa: DTZ001
    ),
    "days with hours that are zero": (
        ["2013-01-31 00:00:00"],
        "TIMESTAMP",
        [datetime(2013, 1, 31)],  # noqa: DTZ001
    ),
    "the end of a day": (
        ["2013-01-31 24:00", "2013-01-31 00:00"],
        "TIMESTAMP",
        [datetime(2013, 2, 1), datetime(2013, 1, 31)],  # noqa: DTZ001
    ),
    "offsets": (
        ["2013-01-01T09:00:00+09:00", "2013-01-01 00:00:00Z", "2012-12-31 19:00:00 -0500"],
        "TIMESTAMP",
        [datetime(2013, 1, 1)] * 3,  # noqa: DTZ001
    ),
    "nanoseconds": (
        ["2013-01-01 00:00:00.123456789"] * 2,
        "VARCHAR",
        ["2013-01-01 00:00:00.123456789"] * 2,
    ),
    "times of the day": (["10:30", "23:59:59"], "TIME", [time(10, 30), time(23, 59, 59)]),
    "an hour that is none": (["24:00", "10:30"], "VARCHAR", ["24:00", "10:30"]),
    "Korean": (["가", "나"], "VARCHAR", ["가", "나"]),
    "spaces": (["' '", "x"], "VARCHAR", ["' '", "x"]),
    "words for nothing": (["NA", "NULL", "null", "1"], "VARCHAR", ["NA", "NULL", "null", "1"]),
    "words that Python takes for numbers": (["nan", "inf", "1"], "DOUBLE", None),
}


@pytest.mark.parametrize(("texts", "type_", "values"), TYPES.values(), ids=TYPES.keys())
def test_the_values_tell_the_type_of_a_column(
    frames: Frames, read: Any, texts: list[str], type_: str, values: Any
):
    imported = read("x.csv", "".join(f"{line}\n" for line in ["v,i", *(f"{t},0" for t in texts)]))

    assert types_of(imported)["v"] == type_
    assert values is None or [row[0] for row in rows_of(frames, imported)] == values


@pytest.mark.parametrize(("texts", "type_", "values"), TYPES.values(), ids=TYPES.keys())
def test_the_values_tell_the_type_in_the_careful_way_too(
    frames: Frames, read: Any, texts: list[str], type_: str, values: Any
):
    text = "".join(f"{line}\n" for line in ["v,i", *(f"{t},0" for t in texts), "1,2,3"])
    imported = read("x.csv", text, rules=ReadingRules(max_bad_share=1 / (len(texts) + 1)))

    assert (types_of(imported)["v"], imported.bad_lines) == (type_, 1)
    assert values is None or [row[0] for row in rows_of(frames, imported)] == values


LATE = {
    "a fraction": ("1", "1.5", "DOUBLE"),
    "a long number": ("1", str(2**63), "DECIMAL(38,0)"),
    "a word": ("1", "many", "VARCHAR"),
    "a code": ("10", "007", "VARCHAR"),
    "hours": ("2013-01-01", "2013-01-01 10:00", "TIMESTAMP"),
    "a fraction of zero": ("1", "1.0", "DOUBLE"),
    "hours that are zero": ("2013-01-01", "2013-01-01 00:00", "TIMESTAMP"),
    "a first value": ("", "7", "BIGINT"),
    "a first day": ("", "2013-01-01", "DATE"),
    "a word among truth": ("true", "maybe", "VARCHAR"),
}


@pytest.mark.parametrize(("early", "late", "type_"), LATE.values(), ids=LATE.keys())
def test_a_row_far_down_decides_too(frames: Frames, read: Any, early: str, late: str, type_: str):
    imported = read("x.csv", "v,i\n" + f"{early},0\n" * 30_000 + f"{late},1\n")
    (last,) = frames.rows(
        f"SELECT CAST(v AS VARCHAR) FROM read_parquet('{imported.staged}') WHERE i = 1"
    )

    assert (types_of(imported)["v"], imported.rows) == (type_, 30_001)
    assert last[0].startswith(late)


def test_no_value_is_null_whether_it_is_quoted_or_not(frames: Frames, read: Any):
    imported = read("x.csv", 'n,도시\n"",""\n,\n1,x\n')

    assert rows_of(frames, imported) == [(None, None), (None, None), (1, "x")]


def test_words_for_nothing_are_null_where_that_is_said(frames: Frames, read: Any):
    rules = CsvRules(nulls=("NA", "-", "#N/A"))
    imported = read("x.csv", 'n,도시\nNA,-\n1,"NA"\n#N/A,없음\n', rules=rules)

    assert types_of(imported) == {"n": "BIGINT", "도시": "VARCHAR"}
    assert rows_of(frames, imported) == [(None, None), (1, None), (None, "없음")]


def test_words_for_nothing_are_null_in_the_careful_way_too(frames: Frames, read: Any):
    rules = ReadingRules(max_bad_share=0.5, csv=CsvRules(nulls=("NA",)))
    imported = read("x.csv", "n,x\nNA,a\n1\n2,NA\n", rules=rules)

    assert rows_of(frames, imported) == [(None, "a"), (2, None)]


def test_few_values_of_another_type_are_set_aside_where_they_may_be(read: Any):
    text = "v\n" + "1\n" * 99 + "many\n"

    assert types_of(read("x.csv", text)) == {"v": "VARCHAR"}
    imported = read("x.csv", text, rules=ReadingRules(max_bad_share=0.01))
    assert (types_of(imported), imported.bad_lines) == ({"v": "BIGINT"}, 1)
