"""What a run depends on besides its rows: Python, packages, machine, and the code's version."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from importlib import metadata
from pathlib import Path

from storage.records import Scalar
from workbench.config import RecipeConfig
from workbench.engines import checkout

PACKAGES = (
    "workbench",
    "lightgbm",
    "scikit-learn",
    "numpy",
    "scipy",
    "pandas",
    "onnx",
    "onnxruntime",
    "skops",
    "duckdb",
)
"""Packages whose version can change a model or its answers."""
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def capture(project_dir: Path | None = None) -> dict[str, Scalar]:
    """The environment of this process as flat values.

    Args:
        project_dir: A folder whose git commit is recorded too, when it is in a checkout.
    """
    found: dict[str, Scalar] = {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
    }
    found |= {f"package.{name}": version for name, version in package_versions().items()}
    found |= {name: os.environ[name] for name in _THREAD_VARIABLES if name in os.environ}
    return found | (git_state(checkout.look(project_dir)) if project_dir else {})


def package_versions(names: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """The installed versions of `names`; those that are not installed are left out."""
    versions: dict[str, str] = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def recipe_source_hash(recipe: RecipeConfig, project_dir: Path | None) -> str:
    """SHA-256 of what `recipe` is: its import path, its params, and the text of recipes.py if used."""
    digest = hashlib.sha256()
    digest.update(json.dumps([recipe.model, recipe.params], sort_keys=True).encode())
    if ":" in recipe.model and project_dir is not None:
        source = project_dir / "recipes.py"
        digest.update(source.read_bytes() if source.is_file() else b"")
    return digest.hexdigest()


def uncommitted(folder: Path) -> str:
    """What git's files in a folder have that its last commit has not, as a diff; empty without git."""
    seen = checkout.look(folder)
    return seen.difference if seen else ""


def git_state(seen: checkout.Checkout | None) -> dict[str, Scalar]:
    """A checkout as flat values: its commit, and whether and how its files differ from it."""
    if seen is None:
        return {}
    state: dict[str, Scalar] = {"git.commit": seen.commit, "git.dirty": bool(seen.difference)}
    if seen.difference:
        state["git.diff_sha256"] = hashlib.sha256(seen.difference.encode()).hexdigest()
    return state


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
