"""The checks that workbench.toml asks for: what each measures, and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from storage.records import Measure, OnFail, Probe
from workbench.config import ColumnCheck, DatasetConfig, Range, TableCheck, Terms
from workbench.core.checks import Check

_SHOWN_VALUES = 8
_UNITS = {"day": 86_400.0, "hour": 3600.0, "minute": 60.0, "second": 1.0}


def declared(dataset: DatasetConfig) -> tuple[Check, ...]:
    """All checks of a dataset: those of its table, of its columns, and that its key is unique.

    Their names differ, and stay the same when a limit is changed.
    """
    found = [*_of_table(dataset.table)]
    for column in dataset.columns:
        found.extend(_of_column(column))
    if dataset.key:
        name = f"key {', '.join(dataset.key)} unique"
        found.append(_unique(name, dataset.key, Terms(on_fail=OnFail.WARN), "every key once"))
    return tuple(_named_apart(found))


def _named_apart(checks: Iterable[Check]) -> Iterator[Check]:
    times: dict[str, int] = {}
    for check in checks:
        where = check.probe.where
        name = f"{check.probe.name} where {where}" if where else check.probe.name
        times[name] = times.get(name, 0) + 1
        if times[name] > 1:
            name = f"{name} ({times[name]})"
        yield replace(check, probe=replace(check.probe, name=name))


def _of_table(table: TableCheck) -> Iterator[Check]:
    if table.min_rows is not None or table.max_rows is not None:
        yield _in_range(
            Probe(name="rows", measure=Measure.ROWS, where=table.where),
            Range(least=table.min_rows or 0, most=table.max_rows),
            table.on_fail,
            what=" rows",
        )
    for one in table.unique:
        name = f"{', '.join(one.columns)} unique"
        yield _unique(name, one.columns, one.terms, "every value once")
    for predicate in table.predicates:
        yield _share(
            Probe(
                name=predicate.name,
                measure=Measure.UNTRUE,
                predicate=predicate.predicate,
                where=predicate.terms.where,
            ),
            predicate.predicate,
            predicate.terms,
        )


def _of_column(column: ColumnCheck) -> Iterator[Check]:
    yield from _of_nulls(column)
    yield from _of_values(column)
    yield from _of_neighbours(column)
    yield from _of_numbers(column)
    yield from _of_distinct(column)
    yield from _of_time(column)


def _of_nulls(column: ColumnCheck) -> Iterator[Check]:
    name, ask = column.column, _asker(column)
    if column.type is not None:
        probe = Probe(name=f"{name} type", measure=Measure.TYPE, values=(column.type,))
        yield Check(
            probe=replace(probe, columns=(name,)), limit=column.type, on_fail=column.on_fail
        )
    if column.not_null:
        yield ask("not null", Measure.NULLS, "no nulls")
    if column.max_null_share is not None:
        words = f"nulls in at most {column.max_null_share:.1%} of the rows"
        check = ask("null share", Measure.NULLS, words)
        yield replace(check, limit=words, allowed=column.max_null_share)


def _of_values(column: ColumnCheck) -> Iterator[Check]:
    ask = _asker(column)
    if column.minimum is not None:
        yield ask("min", Measure.BELOW, f"at least {column.minimum:.12g}", bound=column.minimum)
    if column.maximum is not None:
        yield ask("max", Measure.ABOVE, f"at most {column.maximum:.12g}", bound=column.maximum)
    if column.within:
        words = f"one of {_listed(column.within)}"
        yield ask("in", Measure.OUTSIDE, words, values=column.within)
    if column.not_within:
        words = f"none of {_listed(column.not_within)}"
        yield ask("not in", Measure.INSIDE, words, values=column.not_within)
    if column.pattern is not None:
        words = f"text with {column.pattern}"
        yield ask("regex", Measure.UNLIKE, words, pattern=column.pattern)
    if column.length is not None:
        least, most = column.length.least, column.length.most
        yield ask(
            "length",
            Measure.LENGTH,
            f"{_range(column.length)} characters",
            shortest=None if least is None else int(least),
            longest=None if most is None else int(most),
        )


def _of_neighbours(column: ColumnCheck) -> Iterator[Check]:
    """Checks of a column beside another one of the same row."""
    asked = (
        ("less than", Measure.NOT_LESS, column.less_than),
        ("at most", Measure.GREATER, column.at_most),
        ("equal to", Measure.UNEQUAL, column.equal_to),
    )
    for words, measure, other in asked:
        if other is not None:
            name = f"{words} {other}"
            yield _asker(column)(name, measure, name, columns=(column.column, other))


def _of_numbers(column: ColumnCheck) -> Iterator[Check]:
    asked: list[tuple[str, Measure, Range, float | None]] = [
        (name, measure, within, None)
        for name, measure, within in (
            ("mean", Measure.MEAN, column.mean),
            ("std", Measure.STD, column.std),
        )
        if within is not None
    ]
    asked.extend(
        (f"quantile {one.q:g}", Measure.QUANTILE, one.within, one.q) for one in column.quantiles
    )
    for name, measure, within, q in asked:
        probe = Probe(
            name=f"{column.column} {name}",
            measure=measure,
            columns=(column.column,),
            bound=q,
            where=column.where,
        )
        yield _in_range(probe, within, column.on_fail)


def _of_distinct(column: ColumnCheck) -> Iterator[Check]:
    name = column.column
    terms = Terms(at_least=column.at_least, on_fail=column.on_fail, where=column.where)
    if column.max_categories is not None:
        probe = Probe(name=f"{name} categories", measure=Measure.DISTINCT, columns=(name,))
        yield _in_range(
            replace(probe, where=column.where),
            Range(most=column.max_categories),
            column.on_fail,
            what=" different values",
        )
    if column.unique:
        yield _unique(f"{name} unique", (name,), terms, "every value once")
    if column.references is not None:
        target = column.references
        label = f"{target.dataset}.{target.column}"
        check = _asker(column)(
            f"references {label}",
            Measure.ORPHANS,
            f"a value of {label}",
            references=(target.dataset, target.column),
        )
        yield replace(check, whole_version=True)


def _of_time(column: ColumnCheck) -> Iterator[Check]:
    if column.freshness is not None:
        unit, unit_s = _unit(column.freshness)
        most = column.freshness.total_seconds() / unit_s
        yield Check(
            probe=Probe(
                name=f"{column.column} freshness",
                measure=Measure.NEWEST,
                columns=(column.column,),
                where=column.where,
            ),
            limit=f"the newest at most {most:.12g} {unit}{'' if most == 1 else 's'} old",
            on_fail=column.on_fail,
            allowed=most,
            unit_s=unit_s,
        )
    if column.monotonic:
        yield _asker(column)("monotonic", Measure.BACKWARDS, "no time before the one above")


def _asker(column: ColumnCheck) -> Callable[..., Check]:
    """Makes checks of the column's values, on its terms."""
    terms = Terms(at_least=column.at_least, on_fail=column.on_fail, where=column.where)

    def ask(name: str, measure: Measure, words: str, **fields: Any) -> Check:
        probe = Probe(
            name=f"{column.column} {name}",
            measure=measure,
            columns=fields.pop("columns", (column.column,)),
            where=column.where,
            **fields,
        )
        return _share(probe, words, terms)

    return ask


def _share(probe: Probe, words: str, terms: Terms) -> Check:
    """A check that `at_least` of the rows must pass."""
    often = "" if terms.at_least == 1.0 else f" in {terms.at_least:.1%} of the rows"
    return Check(
        probe=probe,
        limit=words + often,
        on_fail=terms.on_fail,
        # Rounded, since 1 - 0.99 is a little less than a hundredth.
        allowed=round(1.0 - terms.at_least, 12),
        is_share=True,
    )


def _unique(name: str, columns: tuple[str, ...], terms: Terms, words: str) -> Check:
    probe = Probe(name=name, measure=Measure.DUPLICATES, columns=columns, where=terms.where)
    return replace(_share(probe, words, terms), whole_version=True)


def _in_range(probe: Probe, within: Range, on_fail: OnFail, *, what: str = "") -> Check:
    return Check(
        probe=probe,
        limit=_range(within) + what,
        on_fail=on_fail,
        least=within.least,
        allowed=float("inf") if within.most is None else within.most,
    )


def _range(within: Range) -> str:
    if within.most is None:
        return f"at least {within.least:.12g}"
    if within.least is None:
        return f"at most {within.most:.12g}"
    return f"{within.least:.12g} to {within.most:.12g}"


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(values[:_SHOWN_VALUES]) + (", …" if len(values) > _SHOWN_VALUES else "")


def _unit(span: timedelta) -> tuple[str, float]:
    """The largest unit of time that is not longer than `span`, with its seconds."""
    seconds = span.total_seconds()
    return next((pair for pair in _UNITS.items() if pair[1] <= seconds), ("second", 1.0))
