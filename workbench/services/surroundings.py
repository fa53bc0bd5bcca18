"""Where a tracked run comes from: the program, its packages, its checkout, the machine."""

from __future__ import annotations

import hashlib
import json
import shlex
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from storage.records import Scalar
from workbench.engines import checkout, environment

FRESH_S = 10.0
"""Runs that follow each other this closely have one look at the checkout."""
NOTEBOOK = "notebook"
"""The name of a run that no script started."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run notes of the process that started it."""

    name: str
    """Of the script without its ending, or `notebook`."""
    environment: dict[str, Scalar]
    difference: str
    """How the checkout differs from its commit."""


_lock = threading.Lock()
_seen: tuple[float, Surroundings] | None = None


def look_around() -> Surroundings:
    """The surroundings of this process, looked at anew every few seconds at most."""
    global _seen  # noqa: PLW0603 - one process has one answer
    with _lock:
        if _seen is None or time.monotonic() - _seen[0] > FRESH_S:
            _seen = (time.monotonic(), _look())
        return _seen[1]


def source_hash(params: Mapping[str, Scalar]) -> str:
    """SHA-256 of the script's text and the params; of the params alone in a notebook."""
    digest = hashlib.sha256(_script_bytes())
    digest.update(json.dumps(params, sort_keys=True).encode())
    return digest.hexdigest()


def _look() -> Surroundings:
    script = _script()
    found = environment.capture() | _other_packages()
    found |= {
        "threads": environment.cores(),
        "argv": shlex.join(sys.argv),
        "folder": str(Path.cwd()),
    }
    if script is not None:
        found["script"] = str(script)
    seen = checkout.look(script.parent if script else Path.cwd())
    return Surroundings(
        name=script.stem if script else NOTEBOOK,
        environment=found | environment.git_state(seen),
        difference=seen.difference if seen else "",
    )


def _script() -> Path | None:
    """The file that this process was started with; None in a notebook or at a prompt."""
    started = getattr(sys.modules.get("__main__"), "__file__", None)
    if not started or "ipykernel" in sys.modules:
        return None
    path = Path(started).absolute()
    return path if path.is_file() else None


@lru_cache
def _script_bytes() -> bytes:
    # Read once: the process goes on with what the file said when it started.
    script = _script()
    try:
        return script.read_bytes() if script else b""
    except OSError:
        return b""


def _other_packages() -> dict[str, Scalar]:
    """Versions of the imported packages that are called as their modules are."""
    modules = {name.partition(".")[0] for name in tuple(sys.modules)}
    others = modules - sys.stdlib_module_names - set(environment.PACKAGES)
    found = {name: _version(name) for name in sorted(others) if not name.startswith("_")}
    return {f"package.{name}": version for name, version in found.items() if version}


@cache
def _version(name: str) -> str | None:
    return environment.package_versions((name,)).get(name)
