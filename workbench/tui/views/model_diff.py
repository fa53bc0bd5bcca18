"""Two model versions side by side: what they take, how they were made, how they did, what they look at."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.cells import cell_len
from textual.content import Content

from storage.records import ModelVersion
from storage.records.model_diff import InputChange, MetricChange, ModelDiff
from storage.records.run_comparison import Difference, PairedDifference
from workbench.core import words
from workbench.core.metric_order import in_order
from workbench.tui import charts
from workbench.tui.format import fit
from workbench.tui.views import models
from workbench.tui.views.charts import Look, looks
from workbench.tui.views.parts import Lines, change, change_within, dim, heading
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

_MOVED = 16
"""Columns whose importance is drawn."""
_TWO = (
    Column(label="", most=22),
    Column(label="", stretches=True, least=12),
    Column(label="", stretches=True, least=12),
)
_METRICS = (
    Column(label="", most=18),
    Column(label="", align="right"),
    Column(label="", drop=2),
    Column(label="", align="right"),
    Column(label="", drop=2),
    Column(label="", align="right", drop=1),
)


def looks_of(found: ModelDiff) -> tuple[Look, ...]:
    """How the two are told apart."""
    return looks([found.before.label, found.after.label])


def diff_lines(found: ModelDiff, width: int, *, rows_are: str = "") -> Lines:
    """What differs.

    Args:
        found: The comparison.
        width: Cells of a line.
        rows_are: Why the comparison row by row is not here yet; empty: it is.
    """
    seen = looks_of(found)
    return [
        *_heads((found.before, found.after), seen, found.graph_bytes, width),
        Content(""),
        *_by_row(found, seen, width, rows_are=rows_are),
        Content(""),
        *_metrics(found.metrics, seen, width),
        Content(""),
        *_inputs(found.inputs, width),
        Content(""),
        *_differences(found.differences, width),
    ]


def moved_lines(found: ModelDiff, width: int) -> Lines:
    """The columns whose importance moved, largest move first, the later one beneath the earlier."""
    moved = found.importances[:_MOVED]
    if not moved:
        return [dim("Nothing is known of what they look at, or nothing moved.")]
    before, after = looks_of(found)
    top = max(max(one.before or 0.0, one.after or 0.0) for one in found.importances) or 1.0
    name = min(max(cell_len(one.name) for one in moved) + 1, max(8, width // 3))
    room = max(4, width - name - 22)
    lines: Lines = []
    for one in moved:
        pairs = ((one.name, before, one.before), ("", after, one.after))
        for place, (title, look, share) in enumerate(pairs):
            bar = charts.rule((share or 0.0) / top, room, style=look.style)
            told = words.NOTHING if share is None else words.percent(share)
            delta = _points(one.before, one.after) if place else Content("")
            lines.append(
                Content.assemble(
                    fit(title, name), look.sign, " ", bar, dim(told.rjust(8)), "  ", delta
                )
            )
    left = len(found.importances) - len(moved)
    return [*lines, *([dim(f"{left} more")] if left else [])]


def _heads(
    versions: Sequence[ModelVersion],
    seen: Sequence[Look],
    sizes: Sequence[int],
    width: int,
) -> Lines:
    columns = (
        Column(label=""),
        Column(label=""),
        Column(label="", most=20),
        Column(label="", drop=1),
        Column(label="", drop=2),
        Column(label="", align="right", drop=3),
    )
    rows = [
        Row(
            key=one.label,
            cells=(
                look.title,
                models.aliases(one),
                one.origin,
                models.proof_sign(one.parity),
                dim(words.versioned(one.dataset, one.version)),
                dim(words.size(size)),
            ),
        )
        for one, look, size in zip(versions, seen, sizes, strict=True)
    ]
    return _table(columns, rows, width)


def _by_row(found: ModelDiff, seen: Sequence[Look], width: int, *, rows_are: str) -> Lines:
    title = Content.assemble(
        heading("on the same test rows"), dim(f"  {seen[1].name} over {seen[0].name}")
    )
    if rows_are or found.paired is None:
        told = rows_are or found.unpaired
        return [title, *(dim(line.plain) for line in wrapped(told, width))]
    return [title, *_pair(found.paired, width)]


def _pair(pair: PairedDifference, width: int) -> Lines:
    values = Content.assemble(
        f"{pair.metric} {words.metric(pair.first_value)} to {words.metric(pair.value)}  ",
        change_within(pair.gain, pair.low, pair.high),
    )
    is_sure = pair.low > 0 or pair.high < 0
    verdict = ("better" if pair.gain > 0 else "worse") if is_sure else "no difference is proved"
    p_value = "" if pair.p_value is None else f", {pair.test} p {words.p_value(pair.p_value)}"
    said = (
        f"{verdict}: 95 % {words.gain_interval(pair.low, pair.high)} "
        f"on {words.plural(pair.rows, 'row')}{p_value}"
    )
    return [values, *(dim(line.plain) for line in wrapped(said, width))]


def _metrics(found: Sequence[MetricChange], seen: Sequence[Look], width: int) -> Lines:
    known = {one.key: one for one in found}
    if not known:
        return [heading("metrics"), dim("Neither has any.")]
    rows = [
        Row(
            key=key,
            cells=(
                dim(f"  {key}"),
                words.metric(known[key].before),
                _bounds(known[key].before_interval),
                words.metric(known[key].after),
                _bounds(known[key].after_interval),
                _delta(known[key]),
            ),
        )
        for key in in_order(known)
    ]
    title = Content.assemble(heading("metrics"), dim("  each on its own test rows, 95 % interval"))
    head = Row(key="", cells=("", seen[0].sign, "", seen[1].sign, "", ""))
    return [title, *_table(_METRICS, [head, *rows], width)]


def _bounds(bounds: tuple[float, float] | None) -> Content:
    return dim(words.interval(*bounds, 3)) if bounds else Content("")


def _delta(one: MetricChange) -> Content:
    """The difference, coloured only where the intervals lie apart: the rows may be others."""
    if one.before is None or one.after is None:
        return Content("")
    moved = one.after - one.before
    mine, theirs = one.after_interval, one.before_interval
    if abs(moved) >= 1 and moved.is_integer():
        return dim(words.signed(moved, digits=6))
    is_apart = bool(mine and theirs and (mine[0] > theirs[1] or mine[1] < theirs[0]))
    return change(moved, metric=one.key) if is_apart else dim(words.delta(moved))


def _inputs(found: Sequence[InputChange], width: int) -> Lines:
    title = heading("what they take and give")
    if not found:
        return [title, dim("the same in both")]
    rows = []
    for one in found:
        if one.aspect == "column":
            sign, style = ("- ", "$error") if one.before else ("+ ", "$success")
        else:
            sign, style = "≠ ", "$warning"
        name = one.name or one.aspect
        about = "" if one.aspect == "column" or not one.name else f" {one.aspect}"
        rows.append(
            Row(
                key=(one.aspect, one.name),
                cells=(
                    Content.assemble((sign, style), name, dim(about)),
                    one.before or words.NOTHING,
                    one.after or words.NOTHING,
                ),
            )
        )
    return [title, *_table(_TWO, rows, width)]


def _differences(found: Sequence[Difference], width: int) -> Lines:
    title = heading("how they were made")
    if not found:
        return [title, dim("the same way")]
    lines: Lines = [title]
    for area, ones in groupby(found, key=lambda one: one.area):
        rows = [
            Row(
                key=one.name,
                cells=(
                    dim(f"  {one.name}"),
                    _text(one.values[0]),
                    Content.assemble(("≠ ", "$warning"), _text(one.values[1])),
                ),
            )
            for one in ones
        ]
        lines += [dim(area), *_table(_TWO, rows, width)]
    return lines


def _text(value: object) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return words.NOTHING if value is None else str(value)


def _points(before: float | None, after: float | None) -> Content:
    moved = (after or 0.0) - (before or 0.0)
    told = f"{moved * 100:+.1f}"
    return Content.styled(
        f"{'▲' if moved > 0 else '▼'}{told}", "bold" if abs(moved) >= 0.05 else "$muted"
    )


def _table(columns: Sequence[Column], rows: Sequence[Row], width: int) -> Lines:
    widths = layout.measure(columns, rows, width)
    return [layout.line(columns, widths, row.cells) for row in rows]
