from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.tui.shop import new_shop
from tests.tui.stock import new_project, stocked_project


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stocked project that nobody opens: copying an open catalog is no copy."""
    return stocked_project(tmp_path_factory.mktemp("pristine") / "flights")


@pytest.fixture(scope="session")
def stocked(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A stocked project that no test changes."""
    return shutil.copytree(pristine, tmp_path_factory.mktemp("stocked") / "flights")


@pytest.fixture
def project(pristine: Path, tmp_path: Path) -> Path:
    """A stocked project of the test's own."""
    return shutil.copytree(pristine, tmp_path / "flights")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A project that was made a moment ago."""
    return new_project(tmp_path / "empty")


@pytest.fixture(scope="session")
def pristine_shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that nobody opens."""
    return new_shop(tmp_path_factory.mktemp("pristine") / "shop")


@pytest.fixture(scope="session")
def open_shop(pristine_shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop that no test changes."""
    return shutil.copytree(pristine_shop, tmp_path_factory.mktemp("open") / "shop")


@pytest.fixture
def shop(pristine_shop: Path, tmp_path: Path) -> Path:
    """A shop of the test's own."""
    return shutil.copytree(pristine_shop, tmp_path / "shop")
