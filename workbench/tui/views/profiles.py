"""What the Data screen says of columns: the shape of their values, and how it moved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from textual.content import Content

from storage.records import ColumnKind, ColumnProfile, Profile
from workbench.core import words
from workbench.tui import charts, histograms
from workbench.tui.format import fit
from workbench.tui.views.parts import Lines, beside, dim, facts
from workbench.tui.widgets.columns import Row

MINI = 14
"""Cells of the small histogram in a list of columns."""
_FEW = 12
"""Different values below which each has a bar of its own."""
_VALUES_PER_BIN = 3
_LEAST_SHARE = 0.01
"""Share of the rows that the drawn values must cover: bars of one row each say nothing."""


def column_rows(profile: Profile) -> list[Row]:
    """Columns with the shape of their values."""
    return [
        Row(
            key=one.name,
            cells=(
                one.name,
                dim(one.kind.value[:3]),
                _nulls(one),
                words.count(one.distinct),
                small_histogram(one),
                _typical(one),
            ),
        )
        for one in profile.columns
    ]


def small_histogram(column: ColumnProfile) -> Content:
    """The shape of a column in one line."""
    if column.edges:
        bounds = _bounds(column)
        ends = histograms.inner_range(bounds, column.counts)
        rows = histograms.equal_width(bounds, column.counts, ends, MINI)
        return charts.sparkline(rows, MINI, low=0)
    if column.distinct and not _is_told_by(column, MINI):
        return dim("all differ" if column.distinct == column.rows else "many differ")
    return charts.sparkline(column.value_counts[:MINI], MINI, low=0, style="$series-2")


def column_lines(
    column: ColumnProfile, before: ColumnProfile | None, width: int, height: int
) -> Lines:
    """One column in full: its distribution over that of the version before, and its figures."""
    if column.kind is ColumnKind.NUMERIC and column.edges:
        drawn = _numeric(column, before, width, max(4, height - 5))
    else:
        drawn = _categorical(column, before, width, max(2, (height - 3) // (2 if before else 1)))
    counts = [
        ("rows", words.count(column.rows)),
        ("nulls", f"{words.count(column.nulls)} ({words.percent(_share(column), 2)})"),
    ]
    counts += [("distinct", words.count(column.distinct))] if column.distinct is not None else []
    return [*drawn, *beside(facts(counts), facts(_figures(column, before)), at=width // 2)]


def column_legend(column: ColumnProfile, *, has_before: bool) -> Content:
    """What the colours of a distribution mean; empty where none is drawn."""
    if not column.edges and (not column.values or not _is_told_by(column, MINI)):
        return Content("")
    now = Content.styled("█ this version" if not has_before else "█ version before", "$series-1")
    if not has_before:
        return now
    both = ("  █ both" if column.edges else "", "$series-both")
    return Content.assemble(now, ("  █ this version", "$series-2"), both)


def _numeric(column: ColumnProfile, before: ColumnProfile | None, width: int, height: int) -> Lines:
    bounds = _bounds(column)
    ends = histograms.inner_range(bounds, column.counts)
    if before is None or not before.edges:
        ours = histograms.equal_width(bounds, column.counts, ends, _bins(column, ends, width))
        return [*histograms.histogram(ours, [], width, height), _axis(ends, width)]
    theirs_bounds = _bounds(before)
    theirs_ends = histograms.inner_range(theirs_bounds, before.counts)
    both = min(ends[0], theirs_ends[0]), max(ends[1], theirs_ends[1])
    bins = min(_bins(one, both, width) for one in (column, before))
    ours = histograms.equal_width(bounds, column.counts, both, bins)
    theirs = histograms.equal_width(theirs_bounds, before.counts, both, bins)
    return [*histograms.histogram(theirs, ours, width, height), _axis(both, width)]


def _bins(column: ColumnProfile, ends: tuple[float, float], width: int) -> int:
    """As many bins as the values between `ends` can fill: with more, gaps would stand between the bars."""
    values = sum(ends[0] < edge <= ends[1] for edge in column.edges)
    return width if values < _FEW else min(width, max(_FEW, values // _VALUES_PER_BIN))


def _categorical(
    column: ColumnProfile, before: ColumnProfile | None, width: int, most: int
) -> Lines:
    if not column.values and not column.distinct:
        return []
    if not _is_told_by(column, most):
        return [dim(words.plural(column.distinct or 0, "different value")), Content("")]
    names = column.values[:most]
    ours = _value_shares(column, names)
    if before is None:
        return histograms.value_bars(names, ours, [], width)
    return histograms.value_bars(names, _value_shares(before, names), ours, width)


def _value_shares(column: ColumnProfile, names: Sequence[str]) -> list[float]:
    known = dict(zip(column.values, column.value_counts, strict=True))
    return [known.get(name, 0) / max(1, column.rows) for name in names]


def _is_told_by(column: ColumnProfile, most: int) -> bool:
    """Whether the `most` frequent values tell anything of a column, or are a few among very many."""
    return sum(column.value_counts[:most]) >= _LEAST_SHARE * column.rows


def _figures(
    column: ColumnProfile, before: ColumnProfile | None
) -> list[tuple[str, Content | str]]:
    if column.kind is ColumnKind.TIMESTAMP:
        bounds = ("first", column.minimum), ("last", column.maximum)
        return [(name, words.event_time(seconds)) for name, seconds in bounds]
    if column.mean is None:
        return []
    return [
        ("mean", _was(column.mean, before.mean if before else None)),
        ("std", _was(column.std, before.std if before else None)),
        ("range", f"{words.number(column.minimum)} to {words.number(column.maximum)}"),
    ]


def _bounds(column: ColumnProfile) -> list[float]:
    low = column.edges[0] if column.minimum is None else min(column.minimum, column.edges[0])
    high = column.edges[-1] if column.maximum is None else max(column.maximum, column.edges[-1])
    # Counts without bins of their own would shift every bin: the ends make one more bound than counts.
    return list(accumulate([low, *column.edges, high], max))


def _axis(ends: tuple[float, float], width: int) -> Content:
    low, middle, high = (words.number(end) for end in (ends[0], sum(ends) / 2, ends[1]))
    text = low + middle.center(max(0, width - len(low) - len(high))) + high
    return Content.styled(fit(text, width), "$muted")


def _was(now: float | None, before: float | None) -> Content:
    if before is None or now is None:
        return Content(words.number(now))
    return Content.assemble(words.number(now), dim(f"  was {words.number(before)}"))


def _share(column: ColumnProfile) -> float:
    return column.nulls / column.rows if column.rows else 0.0


def _nulls(column: ColumnProfile) -> Content:
    share = _share(column)
    return dim("·") if share == 0 else Content(words.percent(share))


def _typical(column: ColumnProfile) -> str:
    """The mean of a number, the most frequent of values that repeat; nothing for times."""
    if column.kind is ColumnKind.TIMESTAMP:
        return ""
    if column.values and _is_told_by(column, MINI):
        return column.values[0]
    return "" if column.mean is None else words.number(column.mean)
