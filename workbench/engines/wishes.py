"""What somebody wants of a running project's services: one of them can be switched off while the others go on."""

from __future__ import annotations

from pathlib import Path


def is_off(locks: Path, service: str) -> bool:
    """Whether a service is to stay down until somebody wants it again."""
    return _wish(locks, service).exists()


def switch_off(locks: Path, service: str) -> None:
    """Has a service stay down."""
    locks.mkdir(parents=True, exist_ok=True)
    _wish(locks, service).touch()


def switch_on(locks: Path, service: str) -> None:
    """Lets a service run again."""
    _wish(locks, service).unlink(missing_ok=True)


def _wish(locks: Path, service: str) -> Path:
    return locks / f"{service}.off"
