"""Reads datasets by SQL: rows for a screen, files for elsewhere, and random samples."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from storage import frames
from storage.errors import NotFound, Problem
from storage.frames import Destination, SqlRefused, View
from storage.records import Table
from workbench.core import dataset_sql
from workbench.core.dataset_sql import Logged, Rewritten, pointed
from workbench.errors import UsageError
from workbench.services import logged_rows
from workbench.services.context import Context
from workbench.services.dataset_rows import find, known

_SUFFIXES = {
    ".parquet": "parquet",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
_PACKINGS = {".gz": "gzip", ".zst": "zstd"}


def query(
    context: Context, sql: str, *, limit: int | None = None, timeout_s: float | None = None
) -> Table:
    """The rows that a query over datasets gives.

    Args:
        context: The project.
        sql: One statement that selects. A dataset is named as `flights`, which is its latest version,
            `flights@v3`, or `flights@2013-04`: the rows of that month of event time, a year or a day alike;
            `predictions('late')` and `labels('late')` are what the endpoint kept of a model.
        limit: Rows at most; None: all.
        timeout_s: Seconds after which it is stopped; None: never.

    Raises:
        NotFound: It names a dataset or version that there is not.
        UsageError: It cannot be run; the place is shown.
        QueryStopped: It took too long or too much memory.
    """
    asked = understood(context, sql)
    with asked.pointing():
        return frames.read_table(
            context.store.frames, asked.sql, asked.views, limit=limit, timeout_s=timeout_s
        )


def write(
    context: Context,
    sql: str,
    out: Path,
    *,
    file_format: str | None = None,
    timeout_s: float | None = None,
) -> int:
    """Writes the rows that a query gives to a file, in place of an older one.

    Args:
        context: The project.
        sql: As for `query`.
        out: The file; its name ends as its format is called, text may be packed: .csv.gz.
        file_format: `parquet`, `csv`, `tsv` or `jsonl`; None: as the name says.
        timeout_s: Seconds after which it is stopped; None: never.

    Returns:
        How many rows were written.

    Raises:
        NotFound: The query names a dataset or version that there is not.
        UsageError: The query cannot be run, or such a file cannot be written.
        QueryStopped: It took too long or too much memory.
    """
    destination = destination_of(context, out, file_format)
    asked = understood(context, sql)
    with asked.pointing():
        return frames.write_file(
            context.store.frames, asked.sql, asked.views, destination, timeout_s=timeout_s
        )


def export(context: Context, label: str, out: Path, *, file_format: str | None = None) -> int:
    """Writes the rows that `flights@v3` means to a file; the rest is as for `write`."""
    destination = destination_of(context, out, file_format)
    view = view_of(context, label)
    return frames.write_file(context.store.frames, frames.all_rows(view), [view], destination)


def sample(
    context: Context, label: str, *, rows: int, seed: int = 0, where: str | None = None
) -> Table:
    """Random rows of a dataset, in its order; the same version and seed give the same rows.

    Args:
        context: The project.
        label: `flights`, `flights@v3` or `flights@2013-04`.
        rows: How many; all where there are not more.
        seed: Another one gives other rows.
        where: A SQL condition they must meet; None: any rows.

    Raises:
        NotFound: There is no such dataset or version.
        UsageError: The condition cannot be evaluated; the place is shown.
    """
    if rows < 0:
        raise UsageError(f"A sample cannot have {rows} rows.", "Ask for one row or more.")
    view = view_of(context, label)
    asked = understood(context, dataset_sql.condition("true" if where is None else where))
    sql, offset = frames.sampling(view, asked.sql, rows=rows, seed=seed)
    asked = asked.within(sql, offset, view)
    with asked.pointing():
        return frames.read_table(context.store.frames, asked.sql, asked.views)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody typed, as SQL that can be run."""

    typed: str
    sql: str
    views: tuple[View, ...]
    absent: dict[str, Problem]
    """Why datasets whose plain names occur have no view."""
    known: tuple[str, ...]
    rewritten: Rewritten
    offset: int = 0
    """Where the rewritten text begins in `sql`."""

    def within(self, sql: str, offset: int, view: View) -> Asked:
        """The same as the part of `sql`, a statement about `view`, that begins at `offset`."""
        others = tuple(one for one in self.views if one.name.casefold() != view.name.casefold())
        return replace(self, sql=sql, views=(view, *others), offset=offset)

    @contextmanager
    def pointing(self) -> Iterator[None]:
        """Shows where in what was typed a refusal lies.

        Raises:
            NotFound: A table is no dataset.
            UsageError: Anything else is wrong with the SQL.
        """
        try:
            yield
        except SqlRefused as refused:
            raise self._placed(self._told(refused), refused.position) from refused

    def _told(self, refused: SqlRefused) -> Problem:
        if refused.table is None:
            return UsageError(refused.problem, refused.remedy)
        if refused.table in self.absent:
            return self.absent[refused.table]
        return NotFound.named("dataset", refused.table, known=self.known)

    def _placed(self, problem: Problem, position: int | None) -> Problem:
        if position is None or position < self.offset:
            return problem
        # What is missing at the end of a part is missed beyond it.
        inside = min(position - self.offset, len(self.rewritten.sql))
        return pointed(problem, self.typed, self.rewritten.original(inside))


def understood(context: Context, typed: str) -> Asked:
    """Finds the rows that the references in some SQL mean.

    Raises:
        NotFound: A reference names a dataset or version that there is not.
        UsageError: A reference cannot be understood, or means no rows.
    """
    views: list[View] = []
    absent: dict[str, Problem] = {}
    with context.store.read() as tx:
        names = known(context, tx)
        rewritten = dataset_sql.rewrite(typed, names)
        for reference in rewritten.references:
            try:
                found = find(context, tx, reference)
            except Problem as problem:
                if not reference.is_bare:
                    raise pointed(problem, typed, reference.position) from None
                # It may be a column's name as well: whether the rows are missed, DuckDB will say.
                absent[reference.view] = problem
            else:
                views.append(View(name=reference.view, selection=found.selection))
    views += [_logged(context, logged, typed) for logged in rewritten.logged]
    return Asked(
        typed=typed,
        sql=rewritten.sql,
        views=tuple(views),
        absent=absent,
        known=names,
        rewritten=rewritten,
    )


def _logged(context: Context, logged: Logged, typed: str) -> View:
    """What the endpoint kept of a model, as a view."""
    kept = logged_rows.predictions if logged.noun == "predictions" else logged_rows.labels
    try:
        return View(name=logged.view, selection=kept(context, logged.model))
    except Problem as problem:
        raise pointed(problem, typed, logged.position) from None


def view_of(context: Context, label: str) -> View:
    """The rows that `flights@v3` means, under that name.

    Raises:
        NotFound: There is no such dataset or version.
        UsageError: It has no rows, or no event time to tell a period by.
    """
    with context.store.read() as tx:
        reference = dataset_sql.reference(label, known(context, tx))
        found = find(context, tx, reference)
    return View(name=reference.view, selection=found.selection)


def destination_of(context: Context, out: Path, file_format: str | None) -> Destination:
    """The file to write to.

    Raises:
        UsageError: Its format is not told or not known, or it may not lie there.
    """
    suffixes = [suffix.lower() for suffix in out.suffixes]
    packing = _PACKINGS.get(suffixes.pop()) if suffixes and suffixes[-1] in _PACKINGS else None
    chosen = file_format or _SUFFIXES.get(suffixes[-1] if suffixes else "")
    if chosen not in frames.FORMATS:
        wrong = f"'{file_format}' is no format" if file_format else f"{out.name} tells no format"
        raise UsageError(f"{wrong}.", f"Known formats: {', '.join(frames.FORMATS)}; text as .gz.")
    if packing and chosen == "parquet":
        raise UsageError("Parquet files are packed as they are.", f"Write {out.with_suffix('')}.")
    resolved = out.resolve()
    if resolved.is_relative_to(context.store.layout.root.resolve()):
        raise UsageError(f"{out} lies in the store.", "Choose a file outside of .workbench.")
    if resolved.is_dir() or not resolved.parent.is_dir():
        raise UsageError(f"{out} cannot be a file.", "Name a file in a folder that exists.")
    return Destination(path=resolved, file_format=chosen, packing=packing)
