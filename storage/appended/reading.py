"""Looking at files that may be sealed at any moment: whoever finds one gone looks once more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import duckdb

from storage.appended.rows import Form, Sent, rows_sql
from storage.appended.sealed import Sources, sources, stored_names

T = TypeVar("T")

_PAUSES_S = (0.0, 0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 0.5, 1.0, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class AppendedRows:
    """All rows of a folder at a moment, as something SQL can select from."""

    form: Form
    found: Sources
    sent: Sent

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files they lie in."""
        return self.found.paths

    @property
    def columns(self) -> tuple[str, ...]:
        """Their columns' names: those that every row has, then those that were sent."""
        return (*self.form.fixed, *stored_names(list(self.sent.types), self.form.fixed).values())

    def sql(self, columns: str = "*") -> str:
        """A SELECT of them, in no order; `columns` as SQL."""
        if self.found:
            return f"SELECT {columns} FROM ({rows_sql(self.form, self.found, self.sent)})"  # noqa: S608 - quoted
        nothing = ", ".join(
            f"CAST(NULL AS {type_}) AS {name}" for name, type_ in self.form.fixed.items()
        )
        return f"SELECT {columns} FROM (SELECT {nothing}) WHERE false"  # noqa: S608 - our own names


def looking(folder: Path, look: Callable[[Sources], T]) -> T:
    """What `look` gives of the files of a folder; it is asked again where they were replaced meanwhile."""
    unchanged = 0
    for pause_s in _PAUSES_S:
        found = sources(folder)
        try:
            return look(found)
        except (duckdb.IOException, duckdb.InvalidInputException):
            # Once, files of another folder that it reads too may have been replaced.
            unchanged += sources(folder) == found
            if unchanged > 1:
                raise
            time.sleep(pause_s)
    return look(sources(folder))
