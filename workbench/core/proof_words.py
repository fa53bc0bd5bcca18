"""The proof of an export in words."""

from __future__ import annotations

from storage.records import Parity
from workbench.core.words import number, plural


def sentence(parity: Parity) -> str:
    """The proof in one line: `parity passed: largest difference 2.2e-16, 0 flips on 80 000 rows`."""
    verdict = "passed" if parity.passed else "failed"
    if parity.reason:
        return f"parity {verdict}: {parity.reason.rstrip('.')}"
    beside = "" if parity.against == "model" else ", held against itself"
    return (
        f"parity {verdict}: largest difference {number(parity.max_abs_diff, digits=2)}, "
        f"{plural(parity.flips, 'flip')} on {plural(parity.rows, 'row')}{beside}"
    )
