"""What the Data screen says: datasets, their versions, checks and profiles."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from textual.content import Content

from storage.records import (
    CheckResult,
    ColumnKind,
    ColumnProfile,
    DatasetSummary,
    OnFail,
    Profile,
    Version,
)
from workbench.core import words
from workbench.tui import charts, filters, histograms
from workbench.tui.format import fit
from workbench.tui.theme import BAD, CAUTION, GOOD, glyph
from workbench.tui.views.parts import Lines, beside, dim, facts
from workbench.tui.widgets.columns import Row

MINI = 14
"""Cells of the small histogram in a list of columns."""


def dataset_rows(found: Sequence[DatasetSummary]) -> list[Row]:
    """Datasets with how they grew."""
    return [
        Row(
            key=one.dataset.name,
            cells=(
                one.dataset.name,
                words.count(one.versions),
                words.count(one.latest.rows) if one.latest else words.NOTHING,
                charts.sparkline(one.rows_added, 12, low=0),
                Content.styled("◐ checking", "$primary") if one.pending else "",
            ),
        )
        for one in found
    ]


def version_rows(found: Sequence[Version], now: datetime) -> list[Row]:
    """Versions of a dataset, newest first, with the rows each added as a bar."""
    most = max((one.rows_added for one in found), default=0) or 1
    return [
        Row(
            key=one.number,
            cells=(
                glyph(one.state),
                f"v{one.number}",
                words.count(one.rows_added),
                charts.rule(one.rows_added / most, 6, style="$series-both"),
                words.count(one.rows),
                dim(words.period(one.first_time, one.last_time)),
                dim(words.ago(one.created_at, now)),
            ),
        )
        for one in found
    ]


def version_fields(one: Version) -> filters.Fields:
    """What a filter can ask of a version."""
    return {
        "version": f"v{one.number}",
        "state": one.state.value,
        "rows": one.rows,
        "added": one.rows_added,
        "source": " ".join(one.sources),
        "by": one.created_by,
    }


def check_rows(results: Sequence[CheckResult]) -> list[Row]:
    """Check results, failed ones first."""
    ordered = sorted(results, key=lambda one: one.passed)
    return [
        Row(
            key=one.check,
            cells=(
                _check_sign(one),
                one.check,
                words.count(one.rows_failed) if one.rows_failed else "",
                words.number(one.value) if one.value is not None else "",
                dim(one.limit),
            ),
        )
        for one in ordered
    ]


def check_text(result: CheckResult) -> str:
    """A check result in full, with offending rows."""
    outcome = "passed" if result.passed else f"failed ({result.on_fail.value})"
    examples = ["", "Rows that fail:", *result.examples] if result.examples else []
    return "\n".join([f"{outcome}: {result.sentence}", *examples])


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
                words.number(one.mean) if one.mean is not None else _top_value(one),
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
    return charts.sparkline(column.value_counts[:MINI], MINI, low=0, style="$series-2")


def column_lines(
    column: ColumnProfile, before: ColumnProfile | None, width: int, height: int
) -> Lines:
    """One column in full: its distribution over that of the version before, and its figures."""
    if column.kind is ColumnKind.NUMERIC and column.edges:
        drawn = _numeric(column, before, width, max(4, height - 5))
    else:
        drawn = _categorical(column, before, width, max(2, (height - 3) // (2 if before else 1)))
    figures = [
        ("rows", words.count(column.rows)),
        ("nulls", f"{words.count(column.nulls)} ({words.percent(_share(column), 2)})"),
        ("distinct", words.count(column.distinct)),
    ]
    moments: list[tuple[str, Content | str]] = [
        ("mean", _was(column.mean, before.mean if before else None)),
        ("std", _was(column.std, before.std if before else None)),
        ("range", f"{words.number(column.minimum)} to {words.number(column.maximum)}"),
    ]
    is_numeric = column.mean is not None
    return [*drawn, *beside(facts(figures), facts(moments) if is_numeric else [], at=width // 2)]


def column_legend(*, has_before: bool) -> Content:
    """What the colours of a distribution mean."""
    now = Content.styled("█ this version" if not has_before else "█ version before", "$series-1")
    if not has_before:
        return now
    return Content.assemble(now, ("  █ this version", "$series-2"), ("  █ both", "$series-both"))


def _numeric(column: ColumnProfile, before: ColumnProfile | None, width: int, height: int) -> Lines:
    bounds = _bounds(column)
    ends = histograms.inner_range(bounds, column.counts)
    ours = histograms.equal_width(bounds, column.counts, ends, width)
    axis = _axis(ends, width)
    if before is None or not before.edges:
        return [*histograms.histogram(ours, [], width, height), axis]
    theirs_bounds = _bounds(before)
    theirs_ends = histograms.inner_range(theirs_bounds, before.counts)
    both = min(ends[0], theirs_ends[0]), max(ends[1], theirs_ends[1])
    ours = histograms.equal_width(bounds, column.counts, both, width)
    theirs = histograms.equal_width(theirs_bounds, before.counts, both, width)
    return [*histograms.histogram(theirs, ours, width, height), _axis(both, width)]


def _categorical(
    column: ColumnProfile, before: ColumnProfile | None, width: int, most: int
) -> Lines:
    names = column.values[:most]
    ours = [float(count) for count in column.value_counts[:most]]
    if before is None:
        return histograms.value_bars(names, ours, [], width)
    known = dict(zip(before.values, before.value_counts, strict=True))
    theirs = [float(known.get(name, 0)) for name in names]
    return histograms.value_bars(names, theirs, ours, width)


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


def _top_value(column: ColumnProfile) -> str:
    return column.values[0] if column.values else ""


def _check_sign(result: CheckResult) -> Content:
    failed = BAD if result.on_fail is OnFail.BLOCK else CAUTION
    return Content.styled(*(GOOD if result.passed else failed))
