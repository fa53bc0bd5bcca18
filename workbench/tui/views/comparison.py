"""What the comparison of runs says: what differs first, then metrics, then the difference row by row."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from textual.content import Content

from storage.records import Metric, Run, Scalar
from storage.records.run_comparison import (
    ComparedMetric,
    Difference,
    PairedDifference,
    RunComparison,
)
from workbench.core import words
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
    is_lower_better,
)
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

_LEAST = 13
"""Cells below which a value of a run says nothing: more runs go beneath."""
_NAMES = 20
_COUNTS = ("training_rows", "test_rows")
_MACHINE = "system."


def comparison_lines(
    found: RunComparison, looks: Sequence[Look], width: int, *, is_whole: bool
) -> Lines:
    """Runs beside each other in words and numbers.

    Args:
        found: What was compared.
        looks: A look for each run.
        width: Cells of a line.
        is_whole: Whether the comparison row by row is in already.
    """
    return [
        *_heads(found.runs, looks, width),
        Content(""),
        *_differences(found, looks, width),
        Content(""),
        *_metrics(found, looks, width),
        Content(""),
        *_by_row(found, looks, width, is_whole=is_whole),
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


def _differences(found: RunComparison, looks: Sequence[Look], width: int) -> Lines:
    if not found.differences:
        return [heading("what differs"), dim("Nothing: all were made the same way.")]
    lines: Lines = []
    for places in _groups(len(looks), width):
        lines += [_titles("what differs", [looks[at] for at in places], width)]
        for area, ones in groupby(found.differences, key=lambda one: one.area):
            lines.append(dim(area))
            lines += [_difference(one, places, width) for one in ones]
    return lines


def _difference(one: Difference, places: Sequence[int], width: int) -> Content:
    first = one.values[0]
    cells = [
        Content(_text(one.values[at])) if at == 0 else _against(one.values[at], first)
        for at in places
    ]
    return _line(f"  {one.name}", cells, width)


def _against(value: Scalar, first: Scalar) -> Content:
    if _text(value) == _text(first) and type(value) is type(first):
        return dim("  =")
    return Content.assemble(("≠ ", "$warning"), _text(value))


def _metrics(found: RunComparison, looks: Sequence[Look], width: int) -> Lines:
    if not found.metrics:
        return [heading("metrics"), dim("None of them has a metric yet.")]
    told = [one for one in found.metrics if not one.key.startswith(_MACHINE)]
    machine = [one for one in found.metrics if one.key.startswith(_MACHINE)]
    is_fair = [_tested(run) == _tested(found.runs[0]) for run in found.runs]
    lines: Lines = []
    for places in _groups(len(looks), width):
        lines.append(_titles("metrics", [looks[at] for at in places], width))
        lines += [_metric(one, places, width, is_fair) for one in (*told, *machine)]
    if not all(is_fair):
        others = [look.name for look, fair in zip(looks, is_fair, strict=True) if not fair]
        verb = "was" if len(others) == 1 else "were"
        said = f"{words.listed(others)} {verb} tested on other rows than {looks[0].name}."
        lines += [dim(line.plain) for line in wrapped(said, width)]
    return lines


def _tested(run: Run) -> tuple[str | None, int | None, str]:
    return run.dataset, run.version, run.test


def _metric(
    one: ComparedMetric, places: Sequence[int], width: int, is_fair: Sequence[bool]
) -> Content:
    first, best = one.metrics[0], _best(one)
    cells = []
    for at in places:
        metric = one.metrics[at]
        if metric is None:
            cells.append(dim(words.NOTHING))
            continue
        value = Content.styled(words.metric(metric.value), "bold" if at == best else "")
        told = Content("") if at == 0 else _delta(metric, first, is_fair=is_fair[at])
        cells.append(Content.assemble(value, " ", told))
    return _line(f"  {one.key}", cells, width)


def _delta(metric: Metric, first: Metric | None, *, is_fair: bool) -> Content:
    if first is None or _is_aside(metric.key):
        return Content("")
    moved = metric.value - first.value
    return change(moved, metric=metric.key) if is_fair else dim(words.delta(moved))


def _is_aside(key: str) -> bool:
    """Whether more or less of it is no achievement."""
    return key in _COUNTS or key.startswith(_MACHINE)


def _best(one: ComparedMetric) -> int | None:
    known = [
        (metric.value, at)
        for at, metric in enumerate(one.metrics)
        if metric is not None and metric.value == metric.value
    ]
    if len({value for value, _ in known}) < 2 or _is_aside(one.key):
        return None
    return (min(known) if is_lower_better(one.key) else max(known))[1]


def _by_row(found: RunComparison, looks: Sequence[Look], width: int, *, is_whole: bool) -> Lines:
    title = Content.assemble(heading("on the same test rows"), dim(f"  against {looks[0].name}"))
    if not is_whole:
        return [title, dim("reading the test rows …")]
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


def _groups(count: int, width: int) -> list[tuple[int, ...]]:
    """Places of the runs that stand beside each other; the first run begins every group."""
    beside = max(2, min(count, (width - _name_width(width)) // _LEAST))
    others = list(range(1, count))
    return [(0, *others[at : at + beside - 1]) for at in range(0, len(others), beside - 1)]


def _name_width(width: int) -> int:
    return min(_NAMES, max(12, width // 3))


def _titles(title: str, looks: Sequence[Look], width: int) -> Content:
    return _line(heading(title), [look.title for look in looks], width)


def _line(name: Content | str, cells: Sequence[Content], width: int) -> Content:
    first = _name_width(width)
    each = max(4, (width - first) // len(cells))
    title = name if isinstance(name, Content) else dim(name)
    parts = [fit_content(fit_content(cell, each - 1), each) for cell in cells]
    return Content.assemble(fit_content(fit_content(title, first - 1), first), *parts)


def _table(columns: Sequence[Column], rows: Sequence[Row], width: int) -> Lines:
    widths = layout.measure(columns, rows, width)
    return [layout.line(columns, widths, row.cells) for row in rows]


def _text(value: Scalar) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return words.NOTHING if value is None else str(value)
