"""Which metrics people look at first."""

from __future__ import annotations

from collections.abc import Iterable

from workbench.config import METRICS


def in_order(names: Iterable[str]) -> list[str]:
    """Names of metrics, those first that experiments are judged by; the others stay as they came."""
    known = list(dict.fromkeys(name for of_task in METRICS.values() for name in of_task))
    return sorted(names, key=lambda name: known.index(name) if name in known else len(known))
