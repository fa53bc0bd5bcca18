"""DuckDB over Parquet files: rows are selected, fetched, counted and imported here."""

from __future__ import annotations

from storage.frames.batches import (
    BATCH_BYTES,
    BATCH_FILES,
    Batch,
    Small,
    can_be_small,
    import_alike,
)
from storage.frames.beginnings import beginning
from storage.frames.chunks import (
    MOST_CELLS,
    MOST_ROWS,
    Chunk,
    ChunkedFile,
    names_of,
    open_chunks,
)
from storage.frames.comparing import columns, compare_rows
from storage.frames.database import Frames
from storage.frames.expressions import condition_mistakes
from storage.frames.grids import Grid
from storage.frames.importing import FileUnreadable, Imported, import_file
from storage.frames.lockdown import View
from storage.frames.parts import Answers, Coded, Parts, open_parts
from storage.frames.probing import Unmeasurable, examples, measure
from storage.frames.profiling import profile, profile_anew
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
from storage.frames.quoting import identifier, literal
from storage.frames.reading.evolution import narrowing
from storage.frames.reading.intake import READERS, is_readable
from storage.frames.reading.rejects import bad_lines
from storage.frames.refusals import QueryStopped, SqlRefused
from storage.frames.rewriting import (
    Remainders,
    joined,
    layouts,
    without_doubles,
    without_keys,
)
from storage.frames.selection import Selection

__all__ = [
    "BATCH_BYTES",
    "BATCH_FILES",
    "FORMATS",
    "MOST_CELLS",
    "MOST_ROWS",
    "READERS",
    "Answers",
    "Batch",
    "Chunk",
    "ChunkedFile",
    "Coded",
    "Destination",
    "FileUnreadable",
    "Frames",
    "Grid",
    "Imported",
    "Parts",
    "QueryStopped",
    "Remainders",
    "Selection",
    "Small",
    "SqlRefused",
    "Unmeasurable",
    "View",
    "all_rows",
    "bad_lines",
    "beginning",
    "can_be_small",
    "columns",
    "compare_rows",
    "condition_mistakes",
    "examples",
    "frame",
    "identifier",
    "import_alike",
    "import_file",
    "is_readable",
    "joined",
    "layouts",
    "literal",
    "measure",
    "names_of",
    "narrowing",
    "open_chunks",
    "open_parts",
    "profile",
    "profile_anew",
    "read_table",
    "relation",
    "sampling",
    "without_doubles",
    "without_keys",
    "write_file",
]
