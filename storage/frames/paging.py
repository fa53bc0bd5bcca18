"""The SQL of one page of somebody's rows: filtered, sorted, and only the columns that are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.frames.lockdown import View
from storage.frames.quoting import identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """By which column rows are sorted; missing values come last either way."""

    column: str
    descending: bool = False


def paging(
    view: View,
    condition: str,
    *,
    columns: Sequence[str],
    order: Order | None,
    limit: int | None,
    offset: int,
) -> tuple[str, int]:
    """The SQL of some rows of a view: in its order or sorted, equal ones in the order of the view.

    Args:
        view: The rows to choose from.
        condition: What the chosen ones meet, as SQL; it closes no bracket that it has not opened.
        columns: What is read of them.
        order: How they are sorted; None: as they are.
        limit: Rows at most; None: all.
        offset: Rows that are left out before the first one.

    Returns:
        The SQL, and where the condition begins in it.
    """
    wanted = ", ".join(map(identifier, columns))
    most = "" if limit is None else f" LIMIT {limit}"
    cut = f"{most} OFFSET {offset}"
    if order is None:
        before = f"SELECT {wanted} FROM {identifier(view.name)} WHERE (\n"
        return f"{before}{condition}\n){cut}", len(before)
    # Rows that sort alike would change places from page to page without their number.
    number = identifier(f"number in {view.name}")
    before = (
        f"SELECT {wanted} FROM (SELECT *, row_number() OVER () AS {number}"
        f" FROM {identifier(view.name)} WHERE (\n"
    )
    direction = "DESC" if order.descending else "ASC"
    sorting = f"ORDER BY {identifier(order.column)} {direction} NULLS LAST, {number}"
    return f"{before}{condition}\n)) {sorting}{cut}", len(before)


def counting(view: View, condition: str) -> tuple[str, int]:
    """The SQL of how many rows of a view meet `condition`, and where that begins in it."""
    before = f"SELECT count(*) FROM {identifier(view.name)} WHERE (\n"
    return f"{before}{condition}\n)", len(before)
