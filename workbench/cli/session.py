"""What a command line asked of the program as a whole: which project, and how much to tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.api import Workbench


class Session:
    """One command line."""

    def __init__(self) -> None:
        self.folder: Path | None = None
        """The folder given by `--project`; None: the current one."""
        self.debug = False

    def project_dir(self) -> Path:
        """The folder of the project.

        Raises:
            StoreMissing: There is none here or above.
        """
        from storage.errors import StoreMissing
        from storage.layout import find_project

        start = (self.folder or Path()).resolve()
        found = find_project(start)
        if found is None:
            raise StoreMissing.at(start)
        return found

    @contextmanager
    def open(self) -> Iterator[Workbench]:
        """The open project, for the time of one command."""
        folder = self.project_dir()
        import workbench

        with workbench.open(folder) as opened:
            yield opened
