from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.blobs import Blobs
from storage.frames import Frames


@pytest.fixture
def frames(tmp_path: Path) -> Iterator[Frames]:
    staging = tmp_path / "staging"
    opened = Frames(Blobs(tmp_path / "blobs", staging), staging)
    yield opened
    opened.close()
