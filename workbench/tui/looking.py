"""Which rows of a dataset somebody looks at, how they are read, and what that is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from storage.records import Table
from workbench.core import words

if TYPE_CHECKING:
    from workbench.api import Workbench

TIMEOUT_S = 60.0
"""After which a condition that takes too long is given up."""
SAMPLED = 200
"""Random rows that are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Rows of a version: those that meet a condition, in an order, or some at random."""

    label: str
    where: str | None = None
    order: str | None = None
    descending: bool = False
    seed: int | None = None
    """Of a random sample; None: all rows."""

    def read(self, workbench: Workbench, names: Sequence[str], *, limit: int, offset: int) -> Table:
        """The rows from `offset` on, with the named columns."""
        if self.seed is not None:
            return _part(self._sampled(workbench, self.seed), names, limit=limit, offset=offset)
        return workbench.page(
            self.label,
            where=self.where,
            order=self.order,
            descending=self.descending,
            columns=names,
            limit=limit,
            offset=offset,
            timeout_s=TIMEOUT_S,
        )

    def count(self, workbench: Workbench) -> int:
        """How many rows there are."""
        return workbench.count(self.label, where=self.where, timeout_s=TIMEOUT_S)

    def export(self, workbench: Workbench, path: str) -> str:
        """Writes all these rows to a file; gives the sentence that says so."""
        written = workbench.export(
            self.label, path, where=self.where, order=self.order, descending=self.descending
        )
        return f"{words.plural(written, 'row')} of {self.label} are in {path}"

    def sorted_by(self, column: str) -> Looked:
        """The same rows sorted by a column: up at first, then down, then not any more."""
        if self.order != column:
            return replace(self, order=column, descending=False, seed=None)
        if not self.descending:
            return replace(self, descending=True, seed=None)
        return replace(self, order=None, descending=False, seed=None)

    def sampled(self) -> Looked:
        """Random ones of these rows; others than before."""
        seed = 0 if self.seed is None else self.seed + 1
        return replace(self, seed=seed, order=None, descending=False)

    def title(self, total: int | None, every: int | None) -> str:
        """What the rows are called.

        Args:
            total: How many of them there are; None while that is counted.
            every: Rows of the version; None when that is not known.
        """
        parts = [f"Rows of {self.label}"]
        if self.seed is not None:
            parts = [f"Random rows of {self.label}, seed {self.seed}"]
        if self.where is not None:
            share = "" if total is None else f"  {words.count(total)} of {words.count(every)}"
            parts.append(f"where {self.where}{share}")
        if self.order is not None:
            parts.append(f"by {self.order} {'▼' if self.descending else '▲'}")
        return "  ".join(parts)

    def _sampled(self, workbench: Workbench, seed: int) -> Table:
        return workbench.sample(self.label, rows=SAMPLED, seed=seed, where=self.where)


def _part(table: Table, names: Sequence[str], *, limit: int, offset: int) -> Table:
    places = [table.columns.index(name) for name in names]
    rows = table.rows[offset : offset + limit]
    return Table(
        columns=tuple(names),
        types=tuple(table.types[place] for place in places),
        rows=tuple(tuple(row[place] for place in places) for row in rows),
    )
