"""What a run depends on besides its rows: Python, packages, machine, and the code's version."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

from storage.records import Scalar
from workbench.config import RecipeConfig

PACKAGES = (
    "workbench",
    "lightgbm",
    "scikit-learn",
    "numpy",
    "scipy",
    "pandas",
    "onnx",
    "onnxruntime",
    "skl2onnx",
    "skops",
    "duckdb",
)
"""Packages whose version can change a model or its answers."""
_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_GIT_TIMEOUT_S = 10.0


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
    return found | (_git_state(project_dir) if project_dir else {})


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


def _git_state(folder: Path) -> dict[str, Scalar]:
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return {}
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no", "--", ".")
    state: dict[str, Scalar] = {"git.commit": commit, "git.dirty": bool(changes)}
    if changes:
        difference = _git(folder, "diff", "HEAD", "--", ".") or ""
        state["git.diff_sha256"] = hashlib.sha256(difference.encode()).hexdigest()
    return state


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says; None when there is no git, no checkout or no commit."""
    try:
        answer = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(folder), *arguments],  # noqa: S607 - the user's own git
            capture_output=True,
            text=True,
            check=False,
            timeout=_GIT_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return answer.stdout.strip() if answer.returncode == 0 else None
