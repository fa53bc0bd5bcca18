from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from storage import tables
from storage.records import Severity

SEOUL = timezone(timedelta(hours=9))
VALUES = Table(
    "kept",
    MetaData(),
    Column("at", tables.Moment),
    Column("json", tables.Json),
    Column("flag", tables.Flag),
    sqlite_strict=True,
)


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as opened:
        VALUES.create(opened)
        yield opened
    engine.dispose()


def kept(connection: Connection, name: str, value: Any) -> Any:
    connection.execute(text("DELETE FROM kept"))
    connection.execute(insert(VALUES).values({name: value}))
    return connection.execute(select(VALUES.c[name])).scalar_one()


@given(at=st.datetimes(timezones=st.sampled_from([UTC, SEOUL])))
def test_a_moment_survives_to_the_microsecond(connection: Connection, at: datetime):
    found = kept(connection, "at", at)

    assert (found, found.tzinfo) == (at, UTC)


def test_a_time_without_a_zone_is_utc(connection: Connection):
    assert kept(connection, "at", datetime(2026, 1, 1)) == datetime(2026, 1, 1, tzinfo=UTC)  # noqa: DTZ001


def test_moments_sort_as_they_follow_each_other(connection: Connection):
    moments = [datetime(1900, 1, 1, tzinfo=UTC), tables.EPOCH, datetime(2026, 1, 1, tzinfo=SEOUL)]
    connection.execute(text("DELETE FROM kept"))
    connection.execute(insert(VALUES), [{"at": moment} for moment in reversed(moments)])

    assert connection.execute(select(VALUES.c.at).order_by(VALUES.c.at)).scalars().all() == moments


plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text("가a'\"\\")
nested = st.recursive(
    plain, lambda inner: st.lists(inner) | st.dictionaries(st.text("키k"), inner), max_leaves=8
)


@given(value=nested)
def test_any_json_value_comes_back_as_it_was(connection: Connection, value: Any):
    assert kept(connection, "json", value) == value


def test_numbers_that_are_not_finite_survive_within_json(connection: Connection):
    found = kept(connection, "json", {"nan": math.nan, "all": [math.inf, -math.inf]})

    assert math.isnan(found["nan"])
    assert found["all"] == [math.inf, -math.inf]


def test_words_and_times_become_text_within_json(connection: Connection):
    value = {"severity": Severity.ERROR, "at": datetime(2026, 1, 1, tzinfo=UTC), "pair": (1, 2)}

    assert kept(connection, "json", value) == {
        "severity": "error",
        "at": "2026-01-01T00:00:00Z",
        "pair": [1, 2],
    }


def test_json_is_written_so_that_people_can_read_it(connection: Connection):
    kept(connection, "json", {"거리": 1})

    assert connection.execute(text("SELECT json FROM kept")).scalar_one() == '{"거리":1}'


@pytest.mark.parametrize("value", [True, False, None])
@pytest.mark.parametrize("name", ["flag", "json"])
def test_truth_and_nothing_survive(connection: Connection, name: str, value: bool | None):
    assert kept(connection, name, value) is value


def test_every_table_of_the_catalog_has_its_name_here():
    known = {name for name in tables.__all__ if isinstance(getattr(tables, name), Table)}

    assert known == set(tables.metadata.tables)
    assert all(getattr(tables, name).metadata is tables.metadata for name in known)


@pytest.mark.parametrize("name", tables.metadata.tables)
def test_every_table_can_be_made_in_postgresql_too(name: str):
    table = tables.metadata.tables[name]
    dialect = postgresql.dialect()
    sql = [str(CreateTable(table).compile(dialect=dialect))]
    sql += [str(CreateIndex(index).compile(dialect=dialect)) for index in table.indexes]

    assert " REAL" not in "".join(sql)
    assert " INTEGER" not in "".join(sql)
