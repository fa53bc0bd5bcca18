"""What the comparison of runs says: what differs first, then metrics, then the difference row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from rich.cells import cell_len
from textual.content import Content

from storage.records import Metric, Run, Scalar, notebook
from storage.records.run_comparison import (
    ComparedMetric,
    Difference,
    PairedDifference,
    RunComparison,
)
from workbench.core import words
from workbench.core.metric_order import is_aside, is_lower_better
from workbench.tui.format import fit_content
from workbench.tui.theme import state_word
from workbench.tui.views.charts import Look
from workbench.tui.views.parts import (
    Lines,
    change,
    change_within,
    dim,
    elapsed_s,
    heading,
)
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

_LEAST, _MOST = 11, 26
"""Cells of a value: below the first it says nothing, and more runs go beneath."""
_WITH_DELTA = 17
"""Cells from which a difference fits beside its value; else it stands beneath."""
_NAMES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grid:
    """A column of names and one of values for each run, the same in every section."""

    width: int
    """Cells of a line."""
    names: int
    """Cells of the names."""

    @classmethod
    def of(cls, found: RunComparison, width: int) -> _Grid:
        """The grid in which the names of what is compared have room."""
        told = [one.name for one in found.differences] + [one.key for one in found.metrics]
        longest = max((cell_len(name) for name in told), default=0)
        return cls(width=width, names=max(14, min(longest + 3, _NAMES, width // 3)))

    def each(self, count: int) -> int:
        """Cells for each of so many runs."""
        return max(4, min(_MOST, (self.width - self.names) // count))

    def groups(self, count: int, *, least: int = _LEAST) -> list[tuple[int, ...]]:
        """Places of the runs that stand beside each other; the first run begins every group."""
        each = max(_LEAST, min(_MOST, least))
        beside = max(2, min(count, (self.width - self.names) // each))
        others = list(range(1, count))
        return [(0, *others[at : at + beside - 1]) for at in range(0, len(others), beside - 1)]

    def titles(self, title: str, looks: Sequence[Look]) -> Content:
        """The heading of a section, over whose values the runs are named."""
        return self.line(heading(title), [look.title for look in looks])

    def line(self, name: Content | str, cells: Sequence[Content]) -> Content:
        """A name and a value for each run."""
        each = self.each(len(cells))
        title = name if isinstance(name, Content) else dim(name)
        parts = [fit_content(fit_content(cell, each - 1), each) for cell in cells]
        first = fit_content(fit_content(title, self.names - 1), self.names)
        return Content.assemble(first, *parts)


def comparison_lines(
    found: RunComparison, looks: Sequence[Look], width: int, *, rows_are: str
) -> Lines:
    """Runs beside each other in words and numbers.

    Args:
        found: What was compared.
        looks: A look for each run.
        width: Cells of a line.
        rows_are: Why the comparison row by row is not here yet; empty: it is.
    """
    grid = _Grid.of(found, width)
    return [
        *_heads(found.runs, looks, width),
        Content(""),
        *_differences(found, looks, grid),
        Content(""),
        *_metrics(found, looks, grid),
        Content(""),
        *_by_row(found, looks, width, rows_are=rows_are),
    ]


def _heads(runs: Sequence[Run], looks: Sequence[Look], width: int) -> Lines:
    columns = (
        Column(label="", most=9),
        Column(label="", most=24),
        Column(label=""),
        Column(label="", drop=2, most=16),
        Column(label="", drop=1, align="right"),
    )
    rows = [
        Row(
            key=run.id,
            cells=(
                look.title,
                run.name or run.experiment,
                state_word(run.state),
                dim(words.versioned(run.dataset, run.version)),
                dim(_took(run)),
            ),
        )
        for run, look in zip(runs, looks, strict=True)
    ]
    return _table(columns, rows, width)


def _took(run: Run) -> str:
    if run.ended_at is None:
        return ""
    return words.duration(elapsed_s(run.started_at, run.ended_at, run.ended_at))


def _differences(found: RunComparison, looks: Sequence[Look], grid: _Grid) -> Lines:
    if not found.differences:
        return [heading("what differs"), dim("Nothing: all were made the same way.")]
    lines: Lines = []
    longest = max(cell_len(_text(value)) for one in found.differences for value in one.values)
    for places in grid.groups(len(looks), least=longest + 3):
        lines += [Content("")] if lines else []
        lines += [grid.titles("what differs", [looks[at] for at in places])]
        for area, ones in groupby(found.differences, key=lambda one: one.area):
            lines.append(dim(area))
            lines += [_difference(one, places, grid) for one in ones]
    return lines


def _difference(one: Difference, places: Sequence[int], grid: _Grid) -> Content:
    first = one.values[0]
    cells = [
        Content(_text(one.values[at])) if at == 0 else _against(one.values[at], first)
        for at in places
    ]
    return grid.line(f"  {one.name}", cells)


def _against(value: Scalar, first: Scalar) -> Content:
    if _text(value) == _text(first) and type(value) is type(first):
        return dim("  =")
    return Content.assemble(("≠ ", "$warning"), _text(value))


def _metrics(found: RunComparison, looks: Sequence[Look], grid: _Grid) -> Lines:
    if not found.metrics:
        return [heading("metrics"), dim("None of them has a metric yet.")]
    told = [one for one in found.metrics if not one.key.startswith(notebook.SYSTEM)]
    machine = [one for one in found.metrics if one.key.startswith(notebook.SYSTEM)]
    is_fair = [_tested(run) == _tested(found.runs[0]) for run in found.runs]
    lines: Lines = []
    for places in grid.groups(len(looks)):
        lines += [Content("")] if lines else []
        lines.append(grid.titles("metrics", [looks[at] for at in places]))
        lines += [line for one in (*told, *machine) for line in _metric(one, places, grid, is_fair)]
    if not all(is_fair):
        others = [look.name for look, fair in zip(looks, is_fair, strict=True) if not fair]
        verb = "was" if len(others) == 1 else "were"
        said = f"{words.listed(others)} {verb} tested on other rows than {looks[0].name}."
        lines += [dim(line.plain) for line in wrapped(said, grid.width)]
    return lines


def _tested(run: Run) -> tuple[str | None, int | None, str]:
    return run.dataset, run.version, run.test


def _metric(
    one: ComparedMetric, places: Sequence[int], grid: _Grid, is_fair: Sequence[bool]
) -> Lines:
    first, best = one.metrics[0], _best(one)
    values, deltas = [], []
    for at in places:
        metric = one.metrics[at]
        style = "bold" if at == best else ""
        told = words.NOTHING if metric is None else words.metric(metric.value)
        values.append(Content.styled(told, style if metric is not None else "$muted"))
        is_first = at == 0 or metric is None
        deltas.append(Content("") if is_first else _delta(metric, first, is_fair=is_fair[at]))
    if grid.each(len(places)) >= _WITH_DELTA:
        both = [Content(" ").join(pair) for pair in zip(values, deltas, strict=True)]
        return [grid.line(f"  {one.key}", both)]
    beneath = [grid.line("", deltas)] if any(delta.plain for delta in deltas) else []
    return [grid.line(f"  {one.key}", values), *beneath]


def _delta(metric: Metric | None, first: Metric | None, *, is_fair: bool) -> Content:
    if metric is None or first is None or is_aside(metric.key):
        return Content("")
    moved = metric.value - first.value
    return change(moved, metric=metric.key) if is_fair else dim(words.delta(moved))


def _best(one: ComparedMetric) -> int | None:
    known = [
        (metric.value, at)
        for at, metric in enumerate(one.metrics)
        if metric is not None and metric.value == metric.value
    ]
    if len({value for value, _ in known}) < 2 or is_aside(one.key):
        return None
    return (min(known) if is_lower_better(one.key) else max(known))[1]


def _by_row(found: RunComparison, looks: Sequence[Look], width: int, *, rows_are: str) -> Lines:
    title = Content.assemble(heading("on the same test rows"), dim(f"  against {looks[0].name}"))
    if rows_are:
        return [title, *(dim(line.plain) for line in wrapped(rows_are, width))]
    named = {run.id: look for run, look in zip(found.runs, looks, strict=True)}
    lines: Lines = [title]
    for pair in found.paired:
        lines += _pair(pair, named[pair.run_id], width)
    for missing in found.unpaired:
        told = Content.assemble(named[missing.run_id].title, dim(f"  not told: {missing.reason}"))
        lines += wrapped(told, width)
    return lines


def _pair(pair: PairedDifference, look: Look, width: int) -> Lines:
    gain = Content.assemble(
        look.title,
        f"  {pair.metric} {words.metric(pair.value)}  ",
        change_within(pair.gain, pair.low, pair.high),
    )
    p_value = "" if pair.p_value is None else f", {pair.test} p {words.p_value(pair.p_value)}"
    is_sure = pair.low > 0 or pair.high < 0
    verdict = ("better" if pair.gain > 0 else "worse") if is_sure else "no difference is proved"
    said = (
        f"{verdict}: 95 % {words.gain_interval(pair.low, pair.high)} "
        f"on {words.plural(pair.rows, 'row')}{p_value}"
    )
    return [gain, *(Content.assemble("  ", dim(line.plain)) for line in wrapped(said, width - 2))]


def _table(columns: Sequence[Column], rows: Sequence[Row], width: int) -> Lines:
    widths = layout.measure(columns, rows, width)
    return [layout.line(columns, widths, row.cells) for row in rows]


def _text(value: Scalar) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return words.NOTHING if value is None else str(value)
