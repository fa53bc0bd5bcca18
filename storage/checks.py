"""What checks found, version by version."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, delete, insert, select

from storage import tables
from storage.records import CheckResult, OnFail

C = tables.check_results.c


class Checks:
    """Check results of dataset versions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, version_id: int, results: Sequence[CheckResult]) -> None:
        """Keeps the results of a version's checks, in place of earlier ones."""
        self._connection.execute(delete(tables.check_results).where(C.version_id == version_id))
        rows = [
            {
                "version_id": version_id,
                "check": result.check,
                "column": result.column,
                "passed": result.passed,
                "on_fail": result.on_fail.value,
                "rows": result.rows,
                "rows_failed": result.rows_failed,
                "value": result.value,
                "limit": result.limit,
                "examples": list(result.examples),
            }
            for result in results
        ]
        if rows:
            self._connection.execute(insert(tables.check_results), rows)

    def of(self, version_id: int) -> tuple[CheckResult, ...]:
        """The results of a version's checks, failed ones first."""
        query = (
            select(tables.check_results).where(C.version_id == version_id).order_by(C.passed, C.id)
        )
        return tuple(
            _result(row, tuple(row["examples"]))
            for row in self._connection.execute(query).mappings()
        )

    def over(self, version_ids: Sequence[int]) -> dict[int, tuple[CheckResult, ...]]:
        """The results of several versions by their ids, as they were kept, without examples."""
        columns = [column for column in C if column.name != "examples"]
        query = select(*columns).where(C.version_id.in_(version_ids)).order_by(C.version_id, C.id)
        found: dict[int, list[CheckResult]] = {}
        for row in self._connection.execute(query).mappings():
            found.setdefault(row["version_id"], []).append(_result(row, ()))
        return {version_id: tuple(results) for version_id, results in found.items()}


def _result(row: RowMapping, examples: tuple[str, ...]) -> CheckResult:
    return CheckResult(
        check=row["check"],
        column=row["column"],
        passed=row["passed"],
        on_fail=OnFail(row["on_fail"]),
        rows=row["rows"],
        rows_failed=row["rows_failed"],
        value=row["value"],
        limit=row["limit"],
        examples=examples,
    )
