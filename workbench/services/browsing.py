"""Rows of a dataset looked at page by page: filtered, sorted, counted, and written to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from storage import frames
from storage.errors import NotFound
from storage.frames import View
from storage.frames.paging import Order, counting, paging
from storage.records import Column, Table
from workbench.core import dataset_sql
from workbench.core.profile import kind_of
from workbench.errors import UsageError
from workbench.services import queries
from workbench.services.context import Context


def columns(context: Context, label: str) -> tuple[Column, ...]:
    """The columns that the rows of `flights@v3` have, in their order.

    Raises:
        NotFound: There is no such dataset or version.
        UsageError: It has no rows.
    """
    return _columns(context, queries.view_of(context, label))


def page(  # noqa: PLR0913 - what a page is, each by its name
    context: Context,
    label: str,
    *,
    wanted: Sequence[str] | None = None,
    where: str | None = None,
    order: Order | None = None,
    limit: int,
    offset: int = 0,
    timeout_s: float | None = None,
) -> Table:
    """Some rows of a dataset, in its order or sorted.

    Args:
        context: The project.
        label: `flights`, `flights@v3` or `flights@2013-04`.
        wanted: The columns that are read, in this order; None: all.
        where: A SQL condition the rows meet; None: any rows.
        order: How they are sorted; None: as they are.
        limit: Rows at most.
        offset: Rows that are left out before the first one.
        timeout_s: Seconds after which it is stopped; None: never.

    Raises:
        NotFound: There is no such dataset, version or column.
        UsageError: The condition cannot be evaluated; the place is shown.
        QueryStopped: It took too long or too much memory.
    """
    if limit < 1 or offset < 0:
        raise UsageError(
            f"There is no page of {limit} rows from row {offset} on.",
            "Ask for one row or more, from 0 on.",
        )
    view = queries.view_of(context, label)
    shown = _checked(context, view, wanted, order)
    asked = queries.understood(context, _condition(where))
    # One row more than the page tells whether others follow.
    sql, place = paging(view, asked.sql, columns=shown, order=order, limit=limit + 1, offset=offset)
    asked = asked.within(sql, place, view)
    with asked.pointing():
        return frames.read_table(
            context.store.frames, asked.sql, asked.views, limit=limit, timeout_s=timeout_s
        )


def count(
    context: Context, label: str, *, where: str | None = None, timeout_s: float | None = None
) -> int:
    """How many rows of a dataset meet a condition; the arguments and errors are those of `page`."""
    view = queries.view_of(context, label)
    if where is None:
        return context.store.frames.count(view.selection)
    asked = queries.understood(context, _condition(where))
    sql, place = counting(view, asked.sql)
    asked = asked.within(sql, place, view)
    with asked.pointing():
        found = frames.read_table(context.store.frames, asked.sql, asked.views, timeout_s=timeout_s)
    return int(found.rows[0][0])


def write(
    context: Context,
    label: str,
    out: Path,
    *,
    file_format: str | None = None,
    where: str | None = None,
    order: Order | None = None,
) -> int:
    """Writes the rows of a dataset that meet a condition to a file, in place of an older one.

    Args:
        context: The project.
        label: As for `page`.
        out: The file; its name ends as its format is called, text may be packed: .csv.gz.
        file_format: `parquet`, `csv`, `tsv` or `jsonl`; None: as the name says.
        where: As for `page`.
        order: As for `page`.

    Returns:
        How many rows were written.

    Raises:
        NotFound: There is no such dataset, version or column.
        UsageError: The condition cannot be evaluated, or such a file cannot be written.
        QueryStopped: It took too much memory.
    """
    destination = queries.destination_of(context, out, file_format)
    view = queries.view_of(context, label)
    shown = _checked(context, view, None, order)
    asked = queries.understood(context, _condition(where))
    sql, place = paging(view, asked.sql, columns=shown, order=order, limit=None, offset=0)
    asked = asked.within(sql, place, view)
    with asked.pointing():
        return frames.write_file(context.store.frames, asked.sql, asked.views, destination)


def _condition(where: str | None) -> str:
    return dataset_sql.condition("true" if where is None else where)


def _columns(context: Context, view: View) -> tuple[Column, ...]:
    types = frames.columns(context.store.frames, view.selection)
    return tuple(
        Column(name=name, type=type_, kind=kind_of(type_)) for name, type_ in types.items()
    )


def _checked(
    context: Context, view: View, wanted: Sequence[str] | None, order: Order | None
) -> Sequence[str]:
    """The columns to read, all of which there are."""
    known = tuple(frames.columns(context.store.frames, view.selection))
    asked = [*(known if wanted is None else wanted), *([order.column] if order else [])]
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise NotFound.named("column", unknown[0], known=known)
    if wanted is not None and not wanted:
        raise UsageError("No column is asked for.", "Name at least one, or leave them out.")
    return known if wanted is None else wanted
