"""Sample flights: every flight of 2013 from New York that arrived, as twelve monthly files.

`README.md` beside this module says where the rows come from and what each column means.
"""

from __future__ import annotations

from pathlib import Path

MONTHS = tuple(f"2013-{month:02}" for month in range(1, 13))
CSV_MONTHS = frozenset({"2013-05", "2013-09"})


def file_name(month: str) -> str:
    """Name of the file of `month`: gzip CSV for the two of `CSV_MONTHS`, else Parquet.

    Raises:
        ValueError: `month` is not one of `MONTHS`.
    """
    if month not in MONTHS:
        raise ValueError(f"{month!r} is no month of the sample; {MONTHS[0]} to {MONTHS[-1]} are.")
    return f"flights-{month}.{'csv.gz' if month in CSV_MONTHS else 'parquet'}"


def files() -> list[Path]:
    """The twelve files in the order of `MONTHS`, as paths in the installed package."""
    # Importing importlib.resources takes about 10 ms, which only the sample's readers should pay.
    from importlib import resources

    folder = Path(str(resources.files(__name__)))
    return [folder / file_name(month) for month in MONTHS]
