"""What the data layer costs: importing, checking, profiling, and thousands of small files."""

from __future__ import annotations

from tests.bench import checks, importing, profile, small_files


def run() -> None:
    """Measures every area of the data layer."""
    checks.run()
    importing.run()
    profile.run()
    small_files.run()
