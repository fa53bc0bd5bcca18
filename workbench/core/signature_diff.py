"""What differs between two signatures, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from storage.records import InputColumn, Signature
from storage.records.model_diff import ImportanceChange, InputAspect, InputChange, MetricChange
from workbench.core import words
from workbench.core.metric_order import in_order

MOST_NAMED = 8
"""Categories that are named; of more the number is told."""
LEAST_MOVE = 0.005
"""Share of importance whose move is told."""


def changes(before: Signature, after: Signature) -> tuple[InputChange, ...]:
    """What `after` takes or gives otherwise than `before`: columns first, then the whole."""
    mine = {column.name: column for column in before.inputs}
    theirs = {column.name: column for column in after.inputs}
    found: list[InputChange] = []
    for name in dict.fromkeys([*mine, *theirs]):
        one, other = mine.get(name), theirs.get(name)
        if one is None or other is None:
            found.append(_change("column", name, _type(one), _type(other)))
        else:
            found += _of_column(one, other)
    common = [name for name in mine if name in theirs]
    if common != [name for name in theirs if name in mine]:
        found.append(_change("order", "", ", ".join(mine), ", ".join(theirs)))
    for aspect, one_side, other_side in (
        ("classes", before.classes, after.classes),
        ("key", before.key, after.key),
    ):
        if one_side != other_side:
            found.append(_change(aspect, "", ", ".join(one_side), ", ".join(other_side)))  # type: ignore[arg-type]
    return tuple(found)


def metric_changes(
    before: tuple[dict[str, float], dict[str, tuple[float, float]]],
    after: tuple[dict[str, float], dict[str, tuple[float, float]]],
) -> tuple[MetricChange, ...]:
    """Every metric that one of two versions has, those people look at first before the others.

    Args:
        before: Values and intervals of the first.
        after: Those of the other.
    """
    (mine, bounds), (theirs, their_bounds) = before, after
    return tuple(
        MetricChange(
            key=key,
            before=mine.get(key),
            after=theirs.get(key),
            before_interval=bounds.get(key),
            after_interval=their_bounds.get(key),
        )
        for key in in_order(dict.fromkeys([*mine, *theirs]))
    )


def moved_importances(
    before: dict[str, float], after: dict[str, float]
) -> tuple[ImportanceChange, ...]:
    """The columns whose share of importance moved by half a per cent or more, largest move first."""
    found = [
        ImportanceChange(name=name, before=before.get(name), after=after.get(name))
        for name in dict.fromkeys([*before, *after])
    ]
    found.sort(key=lambda one: -_move(one))
    return tuple(
        one for one in found if _move(one) >= LEAST_MOVE or None in (one.before, one.after)
    )


def _of_column(before: InputColumn, after: InputColumn) -> Iterator[InputChange]:
    if before.type is not after.type:
        yield _change("type", before.name, before.type.value, after.type.value)
    if before.nullable != after.nullable:
        yield _change("missing", before.name, _nullable(before), _nullable(after))
    if (before.minimum, before.maximum) != (after.minimum, after.maximum):
        yield _change("range", before.name, _range(before), _range(after))
    if set(before.categories) != set(after.categories):
        gone = [one for one in before.categories if one not in set(after.categories)]
        new = [one for one in after.categories if one not in set(before.categories)]
        yield _change("categories", before.name, _named("gone", gone), _named("new", new))


def _change(aspect: InputAspect, name: str, before: str, after: str) -> InputChange:
    return InputChange(aspect=aspect, name=name, before=before, after=after)


def _type(column: InputColumn | None) -> str:
    return "" if column is None else column.type.value


def _nullable(column: InputColumn) -> str:
    return "may be missing" if column.nullable else "never missing"


def _range(column: InputColumn) -> str:
    if column.minimum is None and column.maximum is None:
        return ""
    return f"{words.number(column.minimum)} to {words.number(column.maximum)}"


def _named(what: str, categories: Sequence[str]) -> str:
    if not categories:
        return ""
    shown = ", ".join(categories[:MOST_NAMED])
    more = len(categories) - MOST_NAMED
    return f"{what}: {shown}" + (f" and {more} more" if more > 0 else "")


def _move(one: ImportanceChange) -> float:
    return abs((one.after or 0.0) - (one.before or 0.0))
