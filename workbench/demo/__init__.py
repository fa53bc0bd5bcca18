"""The guided demo: a year of real flights runs through the product's own services in a few minutes."""

from __future__ import annotations

from pathlib import Path


def run(folder: Path, *, headless: bool = False, as_json: bool = False, fresh: bool = False) -> int:
    """Lives through a year of flights in `folder`.

    Args:
        folder: Where the demo's project is made.
        headless: Ends with the report instead of opening the terminal UI.
        as_json: Prints one JSON object last; everything else goes to standard error.
        fresh: Starts over in a folder that an earlier demo made.

    Returns:
        The exit code of the process.

    Raises:
        ProjectExists: The folder holds something that no demo made, or an earlier demo.
    """
    from workbench.demo import story

    return story.run(folder, headless=headless, as_json=as_json, fresh=fresh)


__all__ = ["run"]
