"""Runs one area of measurements, or all: `python -m tests.bench [AREA]`."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import tests.bench

PARTS = {
    "checks",
    "counting",
    "importing",
    "profile",
    "run_logging",
    "run_reading",
    "scoring",
    "serving_peers",
    "small_files",
    "swapping",
}
"""Modules that measure a part of an area: of `data`, `tracking` (runs), `models` (scoring) and `serving`."""
HELPERS = {"by_hand", "contestants", "measuring", "peers", "serving_project", "wrk"}
NOT_AREAS = {"__main__", *HELPERS, *PARTS}


def areas() -> list[str]:
    """The modules that measure something."""
    return [
        one.name for one in pkgutil.iter_modules(tests.bench.__path__) if one.name not in NOT_AREAS
    ]


def main(arguments: list[str]) -> int:
    """Runs the areas named, or all of them; 2 when there is no such area."""
    known = [*areas(), *sorted(PARTS)]
    unknown = [one for one in arguments if one not in known]
    if unknown:
        print(f"No area is called '{unknown[0]}'. Areas: {', '.join(known)}.", file=sys.stderr)
        return 2
    for area in arguments or areas():
        importlib.import_module(f"tests.bench.{area}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
