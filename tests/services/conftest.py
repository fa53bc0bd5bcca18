"""Projects with a real store: an empty one, and copies of some that were made once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from storage.store import Store
from tests.http.project import make_project
from tests.services.project import Project, month, opened
from workbench.services.context import Context, open_context
from workbench.services.serving import Endpoint


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    """A project without rows."""
    with opened(tmp_path) as empty:
        yield empty


@pytest.fixture(scope="session")
def quarter_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a project with three accepted months lies; not to be changed."""
    folder = tmp_path_factory.mktemp("quarter")
    with opened(folder) as project:
        project.accept(month(1), month(2), month(3))
    return folder


@pytest.fixture(scope="session")
def trained_folder(quarter_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where a project with three months and a champion lies; not to be changed."""
    with copied(quarter_folder, tmp_path_factory.mktemp("trained")) as project:
        project.champion()
    return project.folder


@pytest.fixture
def quarter(quarter_folder: Path, tmp_path: Path) -> Iterator[Project]:
    """A project with three accepted months."""
    with copied(quarter_folder, tmp_path) as project:
        yield project


@pytest.fixture
def trained(trained_folder: Path, tmp_path: Path) -> Iterator[Project]:
    """A project with three months, and a champion trained on the first two."""
    with copied(trained_folder, tmp_path) as project:
        yield project


@contextmanager
def copied(folder: Path, into: Path) -> Iterator[Project]:
    """A copy of a project, below another folder."""
    shutil.copytree(folder, into / "shop")
    with opened(into / "shop", text=None) as project:
        yield project


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A project for models of a known formula, open."""
    opened = open_context(make_project(tmp_path), who="test")
    yield opened
    opened.store.close()


@pytest.fixture
def store(context: Context) -> Store:
    """Its store."""
    return context.store


@pytest.fixture
def endpoint(context: Context) -> Iterator[Endpoint]:
    """Its endpoint, which follows the catalog when it is told to."""
    made = Endpoint(context)
    yield made
    made.close()
