"""DuckDB over Parquet files: rows are selected, fetched, counted and imported here."""

from __future__ import annotations

from storage.frames.database import Frames, Selection, identifier, literal
from storage.frames.importing import FileUnreadable, Imported, import_file
from storage.frames.probing import examples, measure
from storage.frames.profiling import profile, sample

__all__ = [
    "FileUnreadable",
    "Frames",
    "Imported",
    "Selection",
    "examples",
    "identifier",
    "import_file",
    "literal",
    "measure",
    "profile",
    "sample",
]
