"""workbench.toml as it is in force: the last text of it that was valid, also across restarts."""

from __future__ import annotations

import os
from pathlib import Path
from types import ModuleType
from typing import Self

from storage.layout import Layout
from workbench import config
from workbench.config import Config, Language
from workbench.errors import ConfigInvalid

Signature = tuple[int, int, int] | None
"""When a file was changed, its size and its inode; None when there is no file."""


def read(path: Path) -> Config:
    """Reads a workbench.toml, its SQL and patterns judged by the store's database.

    Raises:
        ConfigInvalid: It cannot be read, or it has mistakes.
    """
    language = Language(
        expression_mistake=lambda text: _database().expression_mistake(text),
        pattern_mistake=lambda text: _database().pattern_mistake(text),
        type_named=lambda name: _database().type_named(name),
    )
    return config.read(path, language=language)


def _database() -> ModuleType:
    # Loaded for the first piece of SQL: most commands of most projects have none to judge.
    from storage.frames import expressions  # noqa: PLC0415

    return expressions


class Settings:
    """The configuration of a long-lived process, read again when the file changes.

    A copy of the last valid text lies in the store. A service that is started again while somebody
    has a mistake in the file goes on with that text instead of standing still.
    """

    def __init__(self, layout: Layout, current: Config, seen: Signature) -> None:
        self.current = current
        """What is in force."""
        self.problem: ConfigInvalid | None = None
        """What is wrong with the file as it is now; None when it is in force."""
        self._layout = layout
        self._seen = seen
        self._changing = seen

    @classmethod
    def open(cls, layout: Layout) -> Self:
        """The configuration to start with: the file's, or the last valid one.

        Raises:
            ConfigInvalid: The file has mistakes, and no earlier text of it was valid.
        """
        seen = _signature(layout.config)
        try:
            settings = cls(layout, read(layout.config), seen)
        except ConfigInvalid as problem:
            if not last_valid(layout).is_file():
                raise
            settings = cls(layout, read(last_valid(layout)), seen)
            settings.problem = problem
        else:
            _keep(layout, seen)
        return settings

    def refresh(self) -> bool:
        """Reads the file again if it has changed; to be called every now and then.

        Returns:
            Whether something is new: another configuration in force, or another `problem`.
        """
        now = _signature(self._layout.config)
        is_settled = now == self._changing
        self._changing = now
        # An editor may be writing: the file counts once two looks have found it the same.
        if now == self._seen or not is_settled:
            return False
        self._seen = now
        try:
            self.current = read(self._layout.config)
        except ConfigInvalid as problem:
            self.problem = problem
            return True
        self.problem = None
        _keep(self._layout, now)
        return True


def last_valid(layout: Layout) -> Path:
    """Where the last valid text of workbench.toml is kept."""
    return layout.root / "last-valid.toml"


def _keep(layout: Layout, seen: Signature) -> None:
    text = layout.config.read_bytes()
    if _signature(layout.config) != seen:
        # Changed since it was found valid: the next look decides about the new text.
        return
    partial = layout.staging / f"last-valid.{os.getpid()}.toml"
    partial.write_bytes(text)
    # Others may read it at any moment, so it appears whole.
    partial.replace(last_valid(layout))


def _signature(path: Path) -> Signature:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
