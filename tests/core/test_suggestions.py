"""Checks made from profiles: sensible, and always what workbench.toml takes."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import ColumnKind, ColumnProfile, Profile, Version, VersionState
from workbench import config
from workbench.config import ColumnCheck, DatasetConfig
from workbench.core.suggestions import suggest

CAME = datetime(2024, 9, 1, tzinfo=UTC)


def version(number: int = 1, *, last_time: datetime | None = None) -> Version:
    return Version(
        id=number,
        dataset_id=1,
        dataset="sales",
        number=number,
        state=VersionState.CURRENT,
        parent=None,
        hash="",
        rows=1000,
        rows_added=1000,
        size_bytes=1,
        created_at=CAME,
        created_by="test",
        sources=(),
        first_time=None,
        last_time=last_time,
        reason=None,
    )


def numeric(minimum: float | None, maximum: float | None, **fields: object) -> ColumnProfile:
    known = {"name": "가격", "kind": ColumnKind.NUMERIC, "rows": 1000, "nulls": 0}
    return ColumnProfile(**{**known, "minimum": minimum, "maximum": maximum, **fields})


def texts(counts: dict[str, int], **fields: object) -> ColumnProfile:
    known = {
        "name": "지역",
        "kind": ColumnKind.CATEGORICAL,
        "rows": 1000,
        "nulls": 0,
        "distinct": len(counts),
        "values": tuple(counts),
        "value_counts": tuple(counts.values()),
    }
    return ColumnProfile(**{**known, **fields})


def read(text: str) -> DatasetConfig:
    return config.parse(f'[project]\nname = "p"\n{text}', file="f").datasets["sales"]


def asked(*found: ColumnProfile, **fields: object) -> ColumnCheck | None:
    """What is suggested for one column that was seen in these versions."""
    profiles = [Profile(rows=one.rows, columns=(one,)) for one in found]
    versions = [version(number + 1) for number in range(len(found))]
    columns = read(suggest("sales", versions, profiles, **fields)).columns
    return columns[0] if columns else None


def test_the_rows_of_a_version_may_halve_and_double():
    profiles = [Profile(rows=rows, columns=()) for rows in (1000, 1234)]
    text = suggest("sales", [version(1), version(2)], profiles)

    assert "# 1 000 to 1 234 rows a version" in text
    assert (read(text).table.min_rows, read(text).table.max_rows) == (500, 2500)


@pytest.mark.parametrize(
    ("minimum", "maximum", "least", "most"),
    [
        (10, 20, 5, 25),
        (0, 5000, 0, 7500),
        (980, 1040, 950, 1100),
        (0.2, 0.9, 0, 1),
        (-20, -10, -25, -5),
        (-3, 4, -6.5, 7.5),
        (7, 7, 3.5, 11),
        (0, 0, 0, 1),
        (math.inf, math.inf, None, None),
        (3, math.inf, 3, None),
        (-1.7e308, 1.7e308, None, None),
        (None, None, None, None),
    ],
)
def test_a_range_leaves_room_on_the_same_side_of_nought(minimum, maximum, least, most):
    check = asked(numeric(minimum, maximum))

    assert (check.minimum, check.maximum) == (least, most)


def test_where_there_was_nan_no_largest_number_is_suggested():
    assert asked(numeric(2, 10, nans=1)).maximum is None


def test_a_number_that_grows_with_each_version_has_no_range():
    check = asked(numeric(0, 999), numeric(1000, 1999))

    assert (check.minimum, check.maximum) == (None, None)


def test_nulls_are_allowed_where_there_were_some():
    assert asked(numeric(2, 10)).not_null is True
    assert asked(numeric(2, 10, nulls=100)).max_null_share == 0.15
    assert asked(numeric(None, None, nulls=900)) is None


def test_few_values_are_named_over_all_versions():
    check = asked(texts({"서울": 600, "it's": 400}), texts({"\n": 1000}))

    assert check.within == ("서울", "it's", "\n")


def test_some_more_values_are_counted():
    many = {f"v{number}": 20 for number in range(50)}

    assert (asked(texts(many)).within, asked(texts(many)).max_categories) == ((), 100)


def test_texts_that_differ_in_most_rows_are_not_limited():
    check = asked(texts({f"v{number}": 1 for number in range(500)}, distinct=500))

    assert (check.within, check.max_categories, check.unique) == ((), None, False)


def test_what_differs_in_every_row_is_unique_unless_it_is_the_key():
    ids = texts({f"v{number}": 1 for number in range(1000)}, name="id")

    assert asked(ids).unique is True
    assert asked(ids, key=["id"]).unique is False


@pytest.mark.parametrize(
    ("lag", "freshness"),
    [
        (timedelta(hours=3), timedelta(days=1)),
        (timedelta(days=3), timedelta(days=6)),
        (timedelta(days=400), None),
        (timedelta(days=-1), None),
    ],
    ids=str,
)
def test_rows_shall_come_about_as_soon_as_they_came(lag, freshness):
    at = ColumnProfile(name="at", kind=ColumnKind.TIMESTAMP, rows=1000, nulls=0)
    profile = Profile(rows=1000, columns=(at,))
    text = suggest("sales", [version(last_time=CAME - lag)], [profile], time="at")

    assert read(text).columns[0].freshness == freshness


floats = st.none() | st.floats()
names = st.text(min_size=1).filter(lambda name: name.isprintable() and name.strip())


@given(
    st.lists(st.tuples(names, floats, floats), max_size=4, unique_by=lambda one: one[0]),
    st.lists(st.tuples(names, st.lists(st.text(), max_size=5, unique=True)), max_size=4),
    st.integers(1, 10**12),
)
def test_whatever_was_seen_the_suggestion_is_read(ranges, values, rows):
    columns = {
        name: numeric(low, high, name=name, rows=rows)
        for name, low, high in ranges
        if low is None or high is None or not low > high
    }
    for name, seen in values:
        columns[name] = texts(dict.fromkeys(seen, 1), name=name, rows=rows)
    profile = Profile(rows=rows, columns=tuple(columns.values()))

    assert read(suggest("sales", [version()], [profile])).name == "sales"
