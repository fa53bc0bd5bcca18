"""An open project: what every part of the application handle is built on."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from workbench.config import Config
from workbench.core.labels import number_in
from workbench.errors import UsageError

if TYPE_CHECKING:
    from workbench.services.context import Context


class Handle:
    """An open project. Any thread may call it; each call is short, long work becomes a job."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def project_dir(self) -> Path:
        """The project's folder."""
        return self._context.project_dir

    @property
    def config(self) -> Config:
        """What workbench.toml said when the project was opened."""
        return self._context.config

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody should know about where the store lies."""
        return self._context.store.warnings

    def close(self) -> None:
        """Lets go of the store."""
        self._context.store.close()

    def change_token(self) -> int:
        """A number that differs once anything was committed elsewhere; for one thread."""
        return self._context.store.change_token()


def number_of(value: int | str, prefix: str, noun: str) -> int:
    """The number that `12` or, with the prefix r, `r12` names.

    Raises:
        UsageError: It names none.
    """
    text = str(value)
    number = number_in(text, prefix=prefix)
    if number is None:
        raise UsageError(
            f"'{text}' names no {noun}.", f"Write a number, or {prefix} and a number: {prefix}12."
        )
    return number
