"""What the checks of workbench.toml find on the rows of a version; nothing is changed by it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage import frames
from storage.frames import Selection
from storage.records import CheckResult, Column, Dataset, Measure, Measured, Version, Window
from storage.store import Transaction
from workbench.core import checks as rules
from workbench.core.checks import Check
from workbench.core.declared import declared
from workbench.errors import UsageError
from workbench.services import datasets as dataset_services
from workbench.services import rows as row_services
from workbench.services.context import Context

_REMEDY = "Mend workbench.toml, then `workbench jobs retry`."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The rows that checks of a version are about."""

    added: Selection
    whole: Selection
    references: Mapping[str, Selection]
    """Rows of the datasets that foreign keys lead to, by name."""


def results(context: Context, dataset: Dataset, version: Version) -> tuple[CheckResult, ...]:
    """What each declared check finds on a version, in the order they are declared.

    Raises:
        UsageError: A check cannot be asked of the dataset's columns.
        NotFound: workbench.toml has no such dataset.
        Unmeasurable: A condition or a predicate breaks on a value.
    """
    config = dataset_services.config_of(context, dataset.name)
    with context.store.read() as tx:
        columns = row_services.columns_of(tx, version)
    asked = declared(config)
    if version.undoes is not None:  # no rows have come; those that stay were checked when they came
        asked = tuple(check for check in asked if check.whole_version)
    _refuse_senseless(dataset.name, asked, columns)
    checks = rules.fitted(asked, columns)
    with context.store.read() as tx:
        rows = _rows(context, tx, dataset, version, checks)
    measured = _measured(context, checks, rows, version)
    measured |= {
        check.probe.name: rules.of_type(check, columns, rows=version.rows_added)
        for check in checks
        if check.probe.measure is Measure.TYPE
    }
    return tuple(
        _judged(context, check, measured[check.probe.name], rows, version)
        for check in checks
        if check.probe.name in measured
    )


def _rows(
    context: Context,
    tx: Transaction,
    dataset: Dataset,
    version: Version,
    checks: Sequence[Check],
) -> _Rows:
    whole = Window(dataset=dataset.name, version=version.number)
    added = Window(dataset=dataset.name, version=version.number, added_only=True)
    selected = row_services.select(context, tx, whole)
    references = {}
    for check in checks:
        if check.probe.references is None:
            continue
        other, _ = check.probe.references
        if other == dataset.name:
            references[other] = selected
            _refuse_reference(tx, version, check, dataset)
        else:
            references[other] = _latest_rows(context, tx, version, check)
    return _Rows(
        added=row_services.select(context, tx, added), whole=selected, references=references
    )


def _latest_rows(context: Context, tx: Transaction, version: Version, check: Check) -> Selection:
    """The rows of the latest version of the dataset that a foreign key leads to."""
    name, _ = check.probe.references or ("", "")
    known = {one.name: one for one in tx.datasets.all()}
    latest = tx.datasets.latest(known[name]) if name in known else None
    if latest is None:
        raise UsageError(
            f"Checks of {version.dataset} look into {name}, which has no rows yet.",
            f"Add some with `workbench data add {name} FILE`, then `workbench jobs retry`.",
        )
    _refuse_reference(tx, version, check, known[name])
    return row_services.select(context, tx, Window(dataset=name, version=latest.number))


def _refuse_reference(tx: Transaction, version: Version, check: Check, other: Dataset) -> None:
    """Refuses a foreign key to a column that is not there, or whose values are of another kind."""
    _, column = check.probe.references or ("", "")
    own_columns = row_services.columns_of(tx, version)
    is_same = other.name == version.dataset
    columns = own_columns if is_same else row_services.dataset_schema(other)
    target = next((one for one in columns if one.name == column), None)
    if target is None:
        raise UsageError(
            f"Checks of {version.dataset} look into {other.name}, which has no column {column}.",
            _REMEDY,
        )
    own = next(one for one in own_columns if one.name == check.probe.columns[0])
    if not rules.is_comparable(own, target):
        raise UsageError(
            f"Checks of {version.dataset} look for {own.name}, which holds {own.type}, in "
            f"{other.name}.{column}, which holds {target.type}.",
            _REMEDY,
        )


def _refuse_senseless(dataset: str, checks: Sequence[Check], columns: Sequence[Column]) -> None:
    missing = rules.missing_columns(checks, [column.name for column in columns])
    if missing:
        raise UsageError(
            f"Checks of {dataset} name columns it does not have: {', '.join(missing)}.",
            f"Its columns are {', '.join(column.name for column in columns)}. {_REMEDY}",
        )
    wrong = list(rules.misfits(checks, columns))
    mistakes = frames.condition_mistakes(columns, rules.conditions(checks))
    wrong += [f"ask {sql}, but {mistake}" for sql, mistake in mistakes.items()]
    if wrong:
        raise UsageError(f"Checks of {dataset} {'; they '.join(wrong)}.", _REMEDY)


def _measured(
    context: Context, checks: Sequence[Check], rows: _Rows, version: Version
) -> dict[str, Measured]:
    """What is measured on rows, by the check's name: one statement for those added, one for all."""
    found: dict[str, Measured] = {}
    for is_whole, selection, count in (
        (False, rows.added, version.rows_added),
        (True, rows.whole, version.rows),
    ):
        probes = [
            check.probe
            for check in checks
            if check.whole_version is is_whole and check.probe.measure is not Measure.TYPE
        ]
        if probes and selection.paths:
            found |= frames.measure(
                context.store.frames, selection, probes, references=rows.references, rows=count
            )
    return found


def _judged(
    context: Context, check: Check, measured: Measured, rows: _Rows, version: Version
) -> CheckResult:
    if check.probe.measure is Measure.NEWEST:
        measured = rules.aged(check, measured, version.created_at)
    result = rules.judge(check, measured)
    if result.passed:
        return result
    selection = rows.whole if check.whole_version else rows.added
    bad = frames.examples(context.store.frames, selection, check.probe, references=rows.references)
    return rules.judge(check, measured, examples=bad)
