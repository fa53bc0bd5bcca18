"""Projects with a watched folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import wall_clock
from tests.services.project import Project, opened


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project without rows; the watcher opens it again, so both go by the wall clock."""
    with opened(tmp_path, clock=wall_clock) as empty:
        yield empty
