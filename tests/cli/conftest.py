"""A project whose model can be served."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.http.project import make_project, promote, register


@pytest.fixture
def project(tmp_path):
    """A project with a champion of `late`."""
    make_project(tmp_path)
    store = Store.open(tmp_path, program="test")
    promote(store, register(store))
    store.close()
    return tmp_path
