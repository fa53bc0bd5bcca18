from __future__ import annotations

import calendar
import re
from pathlib import Path

import duckdb
import pytest

import sample_data

COLUMNS = {
    "flight_id": "VARCHAR",
    "scheduled_departure": "TIMESTAMP",
    "carrier": "VARCHAR",
    "origin": "VARCHAR",
    "dest": "VARCHAR",
    "sched_dep": "BIGINT",
    "dow": "BIGINT",
    "distance": "BIGINT",
    "sched_block": "BIGINT",
    "seats": "BIGINT",
    "plane_age": "BIGINT",
    "temp": "DOUBLE",
    "dewp": "DOUBLE",
    "humid": "DOUBLE",
    "wind_speed": "DOUBLE",
    "precip": "DOUBLE",
    "pressure": "DOUBLE",
    "visib": "DOUBLE",
    "late": "BOOLEAN",
}
# Not avg(late::int): DuckDB 2.0 has the CSV reader do that cast, which then rejects 'false'.
SHARE_LATE = "count(*) filter (late) / count(*)"
FILE_OF = dict(zip(sample_data.MONTHS, sample_data.files(), strict=True))
months = pytest.mark.parametrize("month", sample_data.MONTHS)


def flights_of(path: Path) -> duckdb.DuckDBPyRelation:
    """The rows of `path` with the types DuckDB finds in it by itself."""
    return duckdb.read_csv(str(path)) if path.suffix == ".gz" else duckdb.read_parquet(str(path))


def stated(month: str) -> tuple[int, float]:
    """Rows and per cent late that the README's table states for `month`."""
    readme = Path(sample_data.__file__).with_name("README.md").read_text(encoding="utf-8")
    cells = re.search(rf"^\| {month} \| ([\d ]+) \| ([\d.]+) % \|$", readme, re.MULTILINE)
    assert cells is not None, f"the README has no row for {month}"
    return int(cells[1].replace(" ", "")), float(cells[2])


def test_the_files_are_twelve_in_the_order_of_the_months():
    assert [path.name[8:15] for path in sample_data.files()] == list(sample_data.MONTHS)
    assert all(path.is_file() for path in sample_data.files())


def test_two_months_are_gzip_csv_and_the_others_parquet():
    gzipped = {month for month, path in FILE_OF.items() if path.name.endswith(".csv.gz")}

    assert gzipped == {"2013-05", "2013-09"}
    assert all(FILE_OF[month].suffix == ".parquet" for month in FILE_OF.keys() - gzipped)


def test_a_month_outside_the_year_has_no_file():
    with pytest.raises(ValueError, match="2013-01 to 2013-12"):
        sample_data.file_name("2014-01")


def test_the_files_take_six_megabytes_at_most():
    assert sum(path.stat().st_size for path in sample_data.files()) <= 6_000_000


@months
def test_a_month_has_the_columns_and_types_of_every_other(month):
    flights = flights_of(FILE_OF[month])

    assert dict(zip(flights.columns, map(str, flights.types), strict=True)) == COLUMNS


@months
def test_a_month_has_the_rows_and_the_share_late_that_the_readme_states(month):
    shares = flights_of(FILE_OF[month]).aggregate(f"count(*), round(100 * {SHARE_LATE}, 1)")

    assert shares.fetchall() == [stated(month)]


@months
def test_a_month_is_complete_and_has_no_row_of_another(month):
    year, number = map(int, month.split("-"))
    days = (
        flights_of(FILE_OF[month])
        .project("date_trunc('day', scheduled_departure)")
        .distinct()
        .fetchall()
    )

    assert len(days) == calendar.monthrange(year, number)[1]
    assert {day.strftime("%Y-%m") for (day,) in days} == {month}


@months
def test_a_month_is_sorted_by_departure_and_then_flight_id(month):
    keys = flights_of(FILE_OF[month]).project("scheduled_departure, flight_id").fetchall()

    assert keys == sorted(keys)


@months
def test_the_values_of_a_month_are_plausible(month):
    implausible = flights_of(FILE_OF[month]).filter(
        "sched_dep <> hour(scheduled_departure) * 60 + minute(scheduled_departure)"
        " or dow <> isodow(scheduled_departure) - 1"
        " or origin not in ('EWR', 'JFK', 'LGA')"
        " or sched_block not between 40 and 720"
        " or plane_age not between 0 and 40"
        " or temp not between -10 and 110"
        " or humid not between 0 and 100"
        " or wind_speed not between 0 and 100"
        " or pressure not between 950 and 1060"
        " or visib not between 0 and 10"
    )

    assert implausible.fetchall() == []


# September 2013 was calm: 13.7 % late is what the source has.
@months
def test_between_a_tenth_and_two_fifths_of_a_month_are_late(month):
    [(share,)] = flights_of(FILE_OF[month]).aggregate(SHARE_LATE).fetchall()

    assert 0.10 < share < 0.40


def test_a_flight_id_comes_once_in_the_year():
    flight_ids = [
        flight_id
        for path in sample_data.files()
        for (flight_id,) in flights_of(path).project("flight_id").fetchall()
    ]

    assert len(set(flight_ids)) == len(flight_ids) == 327_346


def test_only_planes_and_weather_have_nulls():
    nullable = {"seats", "plane_age", "temp", "dewp", "humid"}
    nullable |= {"wind_speed", "precip", "pressure", "visib"}
    counts = ", ".join(f"count({column}) < count(*)" for column in COLUMNS)
    found_of = [flights_of(path).aggregate(counts).fetchall()[0] for path in sample_data.files()]

    found = {name for nulls in found_of for name, null in zip(COLUMNS, nulls, strict=True) if null}
    assert found == nullable
