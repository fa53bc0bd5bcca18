from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.blobs import Blobs
from storage.frames import Frames, Imported, import_file
from storage.records import CsvRules, ReadingRules, Schema
from workbench.core.profile import kind_of


@pytest.fixture
def frames(tmp_path: Path) -> Iterator[Frames]:
    staging = tmp_path / "staging"
    opened = Frames(Blobs(tmp_path / "blobs", staging), staging)
    yield opened
    opened.close()


@pytest.fixture
def read(frames: Frames, tmp_path: Path) -> Callable[..., Imported]:
    """Writes a file and imports it."""

    def reading(
        name: str,
        content: str | bytes,
        *,
        pinned: Schema | None = None,
        time: str | None = None,
        rules: ReadingRules | CsvRules | None = None,
    ) -> Imported:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        rules = ReadingRules(csv=rules) if isinstance(rules, CsvRules) else rules
        return import_file(
            frames, path, pinned=pinned, time=time, kind_of=kind_of, rules=rules or ReadingRules()
        )

    return reading
