"""How many runs there are of a kind, and how many each run has below it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select

from storage import tables
from storage.records.filters import Condition
from storage.runs import finding
from storage.runs.reading import all_runs

R = tables.runs.c


def count_of(connection: Connection, condition: Condition) -> int:
    """How many runs meet a condition.

    Raises:
        ValueError: A comparison makes no sense.
    """
    found = all_runs().where(finding.where(condition)).with_only_columns(R.id).subquery()
    return int(connection.execute(select(func.count()).select_from(found)).scalar_one())


def child_counts(connection: Connection, run_ids: Sequence[int]) -> dict[int, int]:
    """How many children each of these runs has; those without any are left out."""
    query = (
        select(R.parent_id, func.count())
        .where(R.parent_id.in_(run_ids))
        .group_by(R.parent_id)
        .order_by(R.parent_id)
    )
    return {int(parent): int(count) for parent, count in connection.execute(query)}
