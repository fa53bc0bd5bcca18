"""A project with an empty store, and the store."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.http.project import make_project


@pytest.fixture
def project(tmp_path):
    return make_project(tmp_path)


@pytest.fixture
def store(project):
    opened = Store.open(project, program="test")
    yield opened
    opened.close()
