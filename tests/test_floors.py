"""The floors hold because breaking one fails: violations are planted in a copy of the packages."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[1]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    command = Path(sys.executable).with_name("lint-imports")
    # The copy must win over the installed packages.
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(
        [command, "--no-cache"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture
def copy(tmp_path):
    """A copy of the two packages and of the contracts."""
    for package in ("workbench", "storage"):
        shutil.copytree(
            REPOSITORY / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_packages_keep_all_floors(copy):
    checked = lint_imports(copy)

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize(
    ("path", "line", "contract"),
    [
        ("workbench/tui/__init__.py", "import sqlalchemy", "SQL lives in storage"),
        ("workbench/services/context.py", "import textual", "Each framework has one door"),
        ("workbench/core/holm.py", "import duckdb", "The core is pure"),
        ("workbench/core/holm.py", "import storage.store", "The core is pure"),
        (
            "workbench/services/context.py",
            "import sklearn",
            "Model libraries are driven by engines",
        ),
        ("workbench/core/holm.py", "import workbench.services.context", "Floors of the workbench"),
        (
            "storage/runs/repository.py",
            "import workbench.errors",
            "Floors: storage is below workbench",
        ),
        ("storage/runs/repository.py", "import storage.models", "Floors of the store"),
        ("workbench/helpers.py", "", "Floors of the workbench"),
        ("workbench/core/holm.py", "import workbench.core.gate", "No cycles between neighbours"),
    ],
    ids=[
        "SQL in a door",
        "a widget in a service",
        "DuckDB in the core",
        "the store in the core",
        "an estimator in a service",
        "a service in the core",
        "the workbench in the store",
        "one repository in another",
        "a module without a floor",
        "a cycle in the core",
    ],
)
def test_a_planted_violation_is_found(copy, path, line, contract):
    with (copy / path).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")

    checked = lint_imports(copy)

    assert checked.returncode == 1
    assert any(contract in one and "BROKEN" in one for one in checked.stdout.splitlines())
