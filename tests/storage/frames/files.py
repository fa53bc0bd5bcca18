"""Small files to read, and what was read of them."""

from __future__ import annotations

import json
from typing import Any

from storage.frames import Frames, Imported, Selection
from storage.records import Column, Schema
from workbench.core.profile import kind_of

ROWS = [(1, "AA", 0.5), (2, "가나", None), (3, 'it\'s, "so"', 1.5)]
CSV = 'id,이름,x\n1,AA,0.5\n2,가나,\n3,"it\'s, ""so""",1.5\n'
JSON_LINES = "".join(
    json.dumps(dict(zip(("id", "이름", "x"), row, strict=True)), ensure_ascii=False) + "\n"
    for row in ROWS
)


def schema(**types: str) -> Schema:
    return Schema(columns=tuple(Column(name=n, type=t, kind=kind_of(t)) for n, t in types.items()))


def rows_of(frames: Frames, imported: Imported) -> list[tuple[Any, ...]]:
    return frames.rows(Selection(paths=(imported.staged,)).sql())


def types_of(imported: Imported) -> dict[str, str]:
    return {column.name: column.type for column in imported.schema.columns}


def left_behind(frames: Frames) -> list[str]:
    return [path.name for path in frames.blobs.staging.glob("*")]
