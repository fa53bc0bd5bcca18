"""From declared checks to numbers to measure, and from those numbers to results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from storage.records import CheckResult, Column, ColumnKind, Measure, OnFail, Probe
from workbench.config import ColumnCheck, DatasetConfig, TableCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A declared check with the one number it needs."""

    probe: Probe
    limit: str
    """What is allowed, in words."""
    on_fail: OnFail
    allowed: float = 0.0
    """Largest number, or for `at_most` a share of the rows, that still passes."""
    is_share: bool = False
    """Whether the number is compared as a share of the rows."""
    least: float | None = None
    """Smallest number that passes; None: any."""
    whole_version: bool = False
    """Measured on all rows of the version instead of the incoming ones."""

    @property
    def column(self) -> str | None:
        """The column it is about; None for the table or several columns."""
        return self.probe.columns[0] if len(self.probe.columns) == 1 else None


def declared(dataset: DatasetConfig) -> tuple[Check, ...]:
    """All checks of a dataset: those of its columns, of its table, and that its key is unique."""
    found = [*_of_table(dataset.table)]
    for column in dataset.columns:
        found.extend(_of_column(column))
    if dataset.key:
        found.append(
            Check(
                probe=Probe(
                    name=f"key {', '.join(dataset.key)} unique",
                    measure=Measure.DUPLICATES,
                    columns=dataset.key,
                ),
                limit="every key once",
                on_fail=OnFail.WARN,
                whole_version=True,
            )
        )
    return tuple(found)


def missing_columns(checks: Sequence[Check], names: Sequence[str]) -> tuple[str, ...]:
    """Columns that checks name and the dataset does not have."""
    asked = dict.fromkeys(name for check in checks for name in check.probe.columns)
    return tuple(name for name in asked if name not in names)


def misfits(checks: Sequence[Check], columns: Sequence[Column]) -> tuple[Column, ...]:
    """Columns that are compared with a number and hold none."""
    compared = {
        name
        for check in checks
        if check.probe.measure in {Measure.BELOW, Measure.ABOVE}
        for name in check.probe.columns
    }
    return tuple(
        column
        for column in columns
        if column.name in compared and column.kind is not ColumnKind.NUMERIC
    )


def judge(check: Check, measured: int, *, rows: int, examples: Sequence[str] = ()) -> CheckResult:
    """The result of a check on `rows` rows of which it measured `measured`."""
    most = check.allowed * rows if check.is_share else check.allowed
    least = 0.0 if check.least is None else check.least
    passed = least <= measured <= most
    is_count_of_rows = check.probe.measure not in {Measure.ROWS, Measure.DISTINCT}
    return CheckResult(
        check=check.probe.name,
        column=check.column,
        passed=passed,
        on_fail=check.on_fail,
        rows=rows,
        rows_failed=measured if is_count_of_rows else 0 if passed else rows,
        value=None if is_count_of_rows else float(measured),
        limit=check.limit,
        examples=tuple(examples),
    )


def is_blocked(results: Sequence[CheckResult]) -> bool:
    """Whether a failed check keeps its version from becoming current."""
    return any(not result.passed and result.on_fail is OnFail.BLOCK for result in results)


def summary(results: Sequence[CheckResult]) -> str:
    """One line: how many checks passed, and the first that did not."""
    failed = [result for result in results if not result.passed]
    if not failed:
        return f"{len(results)} of {len(results)} checks passed"
    first = failed[0].sentence
    more = f" and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f"{len(results) - len(failed)} of {len(results)} checks passed; {first}{more}"


def _of_table(table: TableCheck) -> Iterator[Check]:
    if table.min_rows is None and table.max_rows is None:
        return
    least = table.min_rows or 0
    most = float("inf") if table.max_rows is None else float(table.max_rows)
    words = f"at least {least} rows" if table.max_rows is None else f"{least} to {most:.0f} rows"
    yield Check(
        probe=Probe(name="rows", measure=Measure.ROWS),
        limit=words,
        on_fail=table.on_fail,
        allowed=most,
        least=float(least),
    )


def _of_column(column: ColumnCheck) -> Iterator[Check]:
    name = column.column
    if column.not_null:
        yield _share(column, "no nulls", Probe(name=f"{name} not null", measure=Measure.NULLS))
    if column.max_null_share is not None:
        words = f"nulls in at most {column.max_null_share:.1%} of the rows"
        probe = Probe(name=f"{name} null share", measure=Measure.NULLS)
        yield replace(_share(column, words, probe), limit=words, allowed=column.max_null_share)
    if column.minimum is not None:
        probe = Probe(name=f"{name} min", measure=Measure.BELOW, bound=column.minimum)
        yield _share(column, f"at least {column.minimum:g}", probe)
    if column.maximum is not None:
        probe = Probe(name=f"{name} max", measure=Measure.ABOVE, bound=column.maximum)
        yield _share(column, f"at most {column.maximum:g}", probe)
    if column.within:
        words = "one of " + ", ".join(column.within[:8]) + (", …" if len(column.within) > 8 else "")
        probe = Probe(name=f"{name} in", measure=Measure.OUTSIDE, values=column.within)
        yield _share(column, words, probe)
    if column.max_categories is not None:
        yield Check(
            probe=Probe(name=f"{name} categories", measure=Measure.DISTINCT, columns=(name,)),
            limit=f"at most {column.max_categories} different values",
            on_fail=column.on_fail,
            allowed=column.max_categories,
        )
    if column.unique:
        yield Check(
            probe=Probe(name=f"{name} unique", measure=Measure.DUPLICATES, columns=(name,)),
            limit="every value once",
            on_fail=column.on_fail,
            whole_version=True,
        )


def _share(column: ColumnCheck, words: str, probe: Probe) -> Check:
    """A check that `at_least` of the rows must pass."""
    often = "" if column.at_least == 1.0 else f" in {column.at_least:.1%} of the rows"
    return Check(
        probe=replace(probe, columns=(column.column,)),
        limit=words + often,
        on_fail=column.on_fail,
        # Rounded, since 1 - 0.99 is a little less than a hundredth.
        allowed=round(1.0 - column.at_least, 12),
        is_share=True,
    )
