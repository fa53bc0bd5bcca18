"""The names of a file's columns, found without reading its rows where that can be."""

from __future__ import annotations

from storage.frames.reading import dialect as dialects
from storage.frames.reading.columnar import described
from storage.frames.reading.encodings import as_utf8
from storage.frames.reading.intake import Intake, parquet, reader_of
from storage.frames.reading.json_lines import source_of
from storage.frames.reading.streams import first_bytes


def column_names(intake: Intake) -> tuple[str, ...]:
    """What the columns of a file are called, in their order.

    A CSV file is known by its first line; of JSON, all rows are looked at, since each may have other keys.

    Raises:
        FileUnreadable: It is not what its name says.
    """
    reader = reader_of(intake.source)
    if reader == "read_parquet":
        return tuple(described(intake, parquet(intake.source)))
    head = first_bytes(intake.source)
    text = as_utf8(intake, head)
    if reader == "read_csv":
        return dialects.find(
            intake, head if text.path == intake.source else first_bytes(text.path)
        ).names
    return tuple(described(intake, f"read_json({source_of(text)}, sample_size = -1)"))
