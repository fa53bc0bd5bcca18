"""Archives of scikit-learn models in one form: the same model is the same bytes, in whatever process it was written."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

_SCHEMA = "schema.json"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The earliest time that an archive can give a file."""


def canonical(archive: bytes) -> bytes:
    """The archive that skops wrote, without the addresses of objects and the time of day.

    skops names objects and files by where they lay in memory; here they are counted in their order. What
    was one object stays one, besides texts and numbers, which a process may share or not.

    Args:
        archive: What `skops.io.dumps` gave.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        schema = json.loads(read.read(_SCHEMA))
        files = {name: read.read(name) for name in read.namelist() if name != _SCHEMA}
    names: dict[str, str] = {}
    numbers: dict[int, int] = {}
    for place, node in enumerate(_nodes(schema)):
        if "__id__" in node:
            is_plain = node.get("is_json", False)
            node["__id__"] = place if is_plain else numbers.setdefault(node["__id__"], place)
        if node.get("file") in files:
            suffix = PurePosixPath(node["file"]).suffix
            node["file"] = names.setdefault(node["file"], f"{len(names)}{suffix}")
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w") as written:
        for old, new in names.items():
            written.writestr(zipfile.ZipInfo(new, _LONG_AGO), files[old])
        written.writestr(zipfile.ZipInfo(_SCHEMA, _LONG_AGO), json.dumps(schema))
    return into.getvalue()


def _nodes(found: Any) -> Iterator[dict[str, Any]]:
    """All nodes of a schema, in its order."""
    if isinstance(found, dict):
        yield found
        for value in found.values():
            yield from _nodes(value)
    elif isinstance(found, list):
        for value in found:
            yield from _nodes(value)
