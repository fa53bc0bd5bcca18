"""What can go wrong with a store.

Problem                     anything a user can mend; every door shows one and its remedy
└── StoreError
    ├── NotFound            no such dataset, version, run, model, alias, job …
    ├── AlreadyExists       the name is taken
    ├── Conflict            somebody else changed it meanwhile; nothing was written
    │   ├── AliasMoved
    │   └── LeaseLost       the job belongs to another worker by now
    ├── StoreMissing        there is no store in this folder
    ├── StoreTooNew         it was written by a newer program
    ├── StoreUnusable       the folder cannot hold a store (read-only, full, not a directory)
    ├── BlobDamaged         a blob's bytes are gone or not those its name promises
    └── FileUnreadable      a file that cannot be read as rows of its dataset (in storage.frames)
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path
from typing import Self


class Problem(Exception):
    """Something a user can mend: what is wrong, and what to do about it."""

    exit_code = 1

    def __init__(self, problem: str, remedy: str = "") -> None:
        super().__init__(f"{problem}\n{remedy}".strip())
        self.problem = problem
        self.remedy = remedy

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        # Problems cross process borders, so they are rebuilt from their two sentences.
        return type(self), (self.problem, self.remedy)


class StoreError(Problem):
    """Base of all errors of the store."""


class NotFound(StoreError):
    """A name or number that the catalog does not have."""

    exit_code = 4

    @classmethod
    def named(cls, noun: str, name: object, *, known: Iterable[object] = ()) -> Self:
        """Says that no `noun` is called `name`, and which ones there are.

        Args:
            noun: What was looked for: `dataset`, `run`, `alias`.
            name: The name that was not found.
            known: The names that exist; the nearest one is suggested.
        """
        names = [str(one) for one in known]
        nouns = f"{noun}es" if noun.endswith("s") else f"{noun}s"
        near = difflib.get_close_matches(str(name), names, n=1)
        remedy = f"Did you mean '{near[0]}'? " if near else ""
        if names:
            shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
            remedy += f"Known {nouns}: {shown}."
        else:
            remedy += f"There are no {nouns} yet."
        return cls(f"No {noun} is called '{name}'.", remedy)


class AlreadyExists(StoreError):
    """A name that is taken."""


class Conflict(StoreError):
    """What was expected has changed meanwhile; nothing was written."""


class AliasMoved(Conflict):
    """An alias no longer points where the caller believed."""

    @classmethod
    def seen(cls, model: str, alias: str, *, expected: int | None, found: int | None) -> Self:
        """Says where `alias` of `model` was expected and where it is.

        Args:
            model: Name of the model.
            alias: Name of the alias.
            expected: The version number the caller expected; None: no version.
            found: The version number it points to; None: no version.
        """
        before = f"v{expected}" if expected else "nothing"
        now = f"v{found}" if found else "nothing"
        return cls(
            f"{model}@{alias} was expected at {before} but is at {now}; nothing was changed.",
            f"Look with `workbench model show {model}`, then try again.",
        )


class LeaseLost(Conflict):
    """The job was given to another worker, or was cancelled, while this one worked."""


class StoreMissing(StoreError):
    """There is no store where one was looked for."""

    exit_code = 4

    @classmethod
    def at(cls, folder: Path) -> Self:
        """Says that `folder` holds no project."""
        return cls(
            f"There is no Workbench project in {folder}.",
            "Go to a project's folder, make one with `workbench init`, or try `workbench demo`.",
        )


class StoreTooNew(StoreError):
    """The store was written by a newer program."""


class StoreUnusable(StoreError):
    """The folder cannot hold a store."""


class BlobDamaged(StoreError):
    """A blob is missing, or its bytes are not those its name promises."""
