"""What a dataset's versions must be, in plain Python: rows by version, and the files they came from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

State = Literal["current", "quarantined", "removed"]
Row = tuple[str | None, int]
"""A key, which may be missing, and a value."""


@dataclass(frozen=True, eq=False)
class Kept:
    """A row that came once; another one with the same key and value is another row."""

    key: str | None
    value: int


@dataclass
class Version:
    """A version as it must be."""

    state: State
    rows: list[Kept]
    added: list[Kept]
    replaced: list[Kept] = field(default_factory=list)
    files: frozenset[str] = frozenset()
    """The files whose bytes are known with it."""
    brought: frozenset[str] = frozenset()
    undoes: int | None = None

    @property
    def content(self) -> Counter[Row]:
        """Its rows, whatever their order."""
        return Counter((row.key, row.value) for row in self.rows)


class History:
    """All versions of a dataset, by number."""

    def __init__(self, mode: Literal["append", "upsert"]) -> None:
        self.mode = mode
        self.versions: dict[int, Version] = {}

    @property
    def latest(self) -> Version | None:
        """The last accepted one."""
        current = [one for one in self.versions.values() if one.state == "current"]
        return current[-1] if current else None

    def known(self) -> frozenset[str]:
        """Files that would be duplicates."""
        return self.latest.files if self.latest else frozenset()

    def add(self, version: Version) -> int:
        """Keeps a version; its number."""
        number = len(self.versions) + 1
        self.versions[number] = version
        return number

    def ingested(self, files: dict[str, list[Row]], *, state: State) -> int:
        """A version that files bring."""
        rows = [Kept(key, value) for of in files.values() for key, value in of]
        if self.mode == "upsert":
            last = {row.key: row for row in rows if row.key is not None}
            rows = [row for row in rows if row.key is None or last[row.key] is row]
        return self.add(self._with(rows, frozenset(files), state=state))

    def accepted(self, number: int, *, state: State) -> int:
        """A version with the rows of one in quarantine."""
        aside = self.versions[number]
        new = self._with(aside.added, aside.brought, state=state)
        aside.state = "removed"
        return self.add(new)

    def undone(self, number: int) -> int:
        """A version without the rows of another."""
        undone, latest = self.versions[number], self.latest
        assert latest is not None
        rows = [row for row in latest.rows if row not in undone.added] + undone.replaced
        return self.add(
            Version(
                state="current",
                rows=rows,
                added=[],
                files=latest.files - undone.brought,
                undoes=number,
            )
        )

    def is_whole(self, number: int) -> bool:
        """Whether the latest version has all rows that another one brought."""
        undone, latest = self.versions[number], self.latest
        return latest is not None and all(row in latest.rows for row in undone.added)

    def _with(self, rows: list[Kept], files: frozenset[str], *, state: State) -> Version:
        base = self.latest.rows if self.latest else []
        keys = {row.key for row in rows} - {None} if self.mode == "upsert" else set()
        return Version(
            state=state,
            rows=[row for row in base if row.key not in keys] + rows,
            added=rows,
            replaced=[row for row in base if row.key in keys],
            files=self.known() | files,
            brought=files,
        )
