"""DuckDB over Parquet files: rows are selected, fetched, counted and imported here."""

from __future__ import annotations

from storage.frames.comparing import columns, compare_rows
from storage.frames.database import Frames, Selection, identifier, literal
from storage.frames.expressions import condition_mistakes
from storage.frames.importing import FileUnreadable, Imported, import_file
from storage.frames.lockdown import View
from storage.frames.probing import Unmeasurable, examples, measure
from storage.frames.profiling import profile, sample
from storage.frames.querying import (
    FORMATS,
    Destination,
    all_rows,
    frame,
    read_table,
    relation,
    sampling,
    write_file,
)
from storage.frames.refusals import QueryStopped, SqlRefused

__all__ = [
    "FORMATS",
    "Destination",
    "FileUnreadable",
    "Frames",
    "Imported",
    "QueryStopped",
    "Selection",
    "SqlRefused",
    "Unmeasurable",
    "View",
    "all_rows",
    "columns",
    "compare_rows",
    "condition_mistakes",
    "examples",
    "frame",
    "identifier",
    "import_file",
    "literal",
    "measure",
    "profile",
    "read_table",
    "relation",
    "sample",
    "sampling",
    "write_file",
]
