"""The tables of workbench.toml that ask something of a dataset's rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from storage.records import OnFail
from workbench.config import kinds
from workbench.config.check_values import (
    ColumnCheck,
    ColumnReference,
    PredicateCheck,
    QuantileRange,
    Range,
    TableCheck,
    Terms,
    UniqueCheck,
)
from workbench.config.kinds import Kind, NotAllowed
from workbench.config.language import Language
from workbench.config.tables import Table

T = TypeVar("T")

_ON_FAIL: Kind[OnFail] = kinds.choice(*OnFail)
_SHARE = kinds.number(0, 1)
_COUNT = kinds.whole(0)
_NAMES = kinds.several(kinds.text)


def columns(table: Table, language: Language) -> tuple[ColumnCheck, ...]:
    """`[datasets.NAME.checks.columns]`: a table a column, or an array of tables."""
    return tuple(
        _column_check(column, one, language)
        for column, ones in table.arrays().items()
        for one in ones
    )


def whole_table(checks: Table, language: Language) -> TableCheck:
    """`[datasets.NAME.checks.table]` and `[datasets.NAME.checks.sql]`."""
    table = checks.table("table")
    rows = table.table("rows")
    least, most = rows.take("min", _COUNT), rows.take("max", _COUNT)
    _note_crossed(rows, least, most)
    check = TableCheck(
        min_rows=least,
        max_rows=most,
        on_fail=rows.take("on_fail", _ON_FAIL, OnFail.BLOCK),
        where=rows.take("where", language.expression, ""),
        unique=tuple(_unique(table, language)),
        predicates=tuple(_predicates(checks, language)),
    )
    rows.close()
    table.close()
    return check


def reference(value: object) -> ColumnReference:
    """`stations.id`: a column of a dataset."""
    dataset, dot, column = kinds.text(value).partition(".")
    if not dot or not dataset or not column:
        raise NotAllowed("allowed is a dataset and its column, such as stations.id")
    return ColumnReference(dataset=dataset, column=column)


def _column_check(column: str, table: Table, language: Language) -> ColumnCheck:
    default = ColumnCheck(column=column)
    check = ColumnCheck(
        column=column,
        not_null=table.take("not_null", kinds.flag, default.not_null),
        minimum=table.take("min", kinds.number()),
        maximum=table.take("max", kinds.number()),
        within=table.take("in", kinds.several(kinds.member), default.within),
        not_within=table.take("not_in", kinds.several(kinds.member), default.not_within),
        pattern=table.take("regex", language.pattern),
        length=_range(table, "length", _COUNT),
        max_categories=table.take("max_categories", kinds.whole(1)),
        max_null_share=table.take("max_null_share", _SHARE),
        unique=table.take("unique", kinds.flag, default.unique),
        references=table.take("references", reference),
        mean=_range(table, "mean", kinds.number()),
        std=_range(table, "std", kinds.number(0)),
        quantiles=_quantiles(table),
        less_than=_other(table, "less_than", column),
        at_most=_other(table, "at_most", column),
        equal_to=_other(table, "equal_to", column),
        type=table.take("type", language.sql_type),
        freshness=table.take("freshness", kinds.positive_duration),
        monotonic=table.take("monotonic", kinds.flag, default.monotonic),
        at_least=table.take("at_least", _SHARE, default.at_least),
        on_fail=table.take("on_fail", _ON_FAIL, default.on_fail),
        where=table.take("where", language.expression, default.where),
    )
    _note_crossed(table, check.minimum, check.maximum)
    table.close()
    return check


def _range(table: Table, key: str, kind: Kind[int] | Kind[float]) -> Range | None:
    if not table.has(key):
        return None
    bounds = table.table(key)
    found = _bounds(bounds, kind)
    bounds.close()
    return found


def _bounds(table: Table, kind: Kind[int] | Kind[float]) -> Range:
    least, most = table.take("min", kind), table.take("max", kind)
    if not any([table.has("min"), table.has("max")]):
        table.lacks("min or max, or both")
    _note_crossed(table, least, most)
    return Range(least=least, most=most)


def _quantiles(table: Table) -> tuple[QuantileRange, ...]:
    found = []
    for one in table.array("quantile"):
        q = one.take("q", _SHARE)
        if not one.has("q"):
            one.lacks("q, such as 0.5 for the median")
        found.append(QuantileRange(q=0.5 if q is None else q, within=_bounds(one, kinds.number())))
        one.close()
    return tuple(found)


def _other(table: Table, key: str, column: str) -> str | None:
    """The name of a column that is not `column` itself."""
    other = table.take(key, kinds.text)
    if other == column:
        table.wrong(key, "allowed is another column")
    return other


def _unique(table: Table, language: Language) -> list[UniqueCheck]:
    """The sets of columns under `unique`; each stands alone or with its terms."""
    found = []
    for one in table.take("unique", _array(_columns_or_table), ()):
        if isinstance(one, tuple):
            found.append(UniqueCheck(columns=one))
            continue
        entry = table.within("unique", one)
        names = entry.take("columns", _NAMES, ())
        if not entry.has("columns"):
            entry.lacks("columns, the names of the columns that occur once together")
        found.append(UniqueCheck(columns=names, terms=_terms(entry, language)))
    return found


def _columns_or_table(value: object) -> tuple[str, ...] | dict[str, object]:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise NotAllowed('allowed are sets of columns, such as [["station", "day"]]')
    return _NAMES(value)


def _array(one: Callable[[object], T]) -> Kind[tuple[T, ...]]:
    def kind(value: object) -> tuple[T, ...]:
        if not isinstance(value, list) or not value:
            raise NotAllowed("allowed is an array in brackets, with at least one value")
        return tuple(one(element) for element in value)

    return kind


def _predicates(checks: Table, language: Language) -> list[PredicateCheck]:
    """The checks under `sql`: a predicate by the check's name, or a table with its terms."""

    def predicate_or_table(value: object) -> str | dict[str, object]:
        return value if isinstance(value, dict) else language.expression(value)

    table = checks.table("sql")
    found = []
    for name, value in table.take_all(predicate_or_table).items():
        if isinstance(value, str):
            found.append(PredicateCheck(name=name, predicate=value))
            continue
        entry = table.within(name, value)
        predicate = entry.take("predicate", language.expression, "")
        if not entry.has("predicate"):
            entry.lacks("predicate, what is true of each row")
        found.append(PredicateCheck(name=name, predicate=predicate, terms=_terms(entry, language)))
    return found


def _terms(table: Table, language: Language) -> Terms:
    """The terms of a check with a table of its own, which ends with them."""
    default = Terms()
    terms = Terms(
        at_least=table.take("at_least", _SHARE, default.at_least),
        on_fail=table.take("on_fail", _ON_FAIL, default.on_fail),
        where=table.take("where", language.expression, default.where),
    )
    table.close()
    return terms


def _note_crossed(table: Table, least: float | None, most: float | None) -> None:
    if least is not None and most is not None and least > most:
        table.wrong("min", f"larger than max, which is {most:g}")
