"""Charts drawn in cells: values, a width and a height in, styled text out; no widget, no clock."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content

from workbench.tui.braille import Canvas
from workbench.tui.format import fit
from workbench.tui.scale import Scale

EIGHTHS = " ▁▂▃▄▅▆▇█"
LEFT_EIGHTHS = " ▏▎▍▌▋▊▉█"
SERIES_STYLES = ("$series-1", "$series-2", "$warning", "$success", "$series-5", "$series-6")
Lines = list[Content]


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line of a chart; a value that is not finite leaves a gap."""

    name: str
    xs: Sequence[float]
    ys: Sequence[float]
    lows: Sequence[float] = ()
    """Lower bounds of a band, one per point; empty: no band."""
    highs: Sequence[float] = ()
    style: str | None = None
    """None: the next colour of the theme's series."""
    mark: str = ""
    """A sign one cell wide on the line, at each point when no line joins them; empty: none."""
    mark_at: float = 1.0
    """Where on the line the sign stands: 0 is the first point, 1 the last."""
    is_joined: bool = True


def sparkline(
    values: Sequence[float | None],
    width: int,
    *,
    low: float | None = None,
    high: float | None = None,
    style: str = "$series-1",
) -> Content:
    """Values as a row of bars, at most `width` cells wide, a blank for each value that is missing.

    Args:
        values: Oldest first; more than `width` of them are averaged in groups.
        width: Cells at most.
        low: What the lowest bar stands for; None: the smallest value.
        high: What the full bar stands for; None: the largest value.
        style: Colour of the bars.
    """
    shown = _averaged(values, width)
    known = [value for value in shown if value is not None and math.isfinite(value)]
    if not known:
        return Content.styled("·" * len(shown), "$faint")
    bottom = min(known) if low is None else low
    top = max(known) if high is None else high
    return Content.styled("".join(_bar_glyph(value, bottom, top) for value in shown), style)


def bar(share: float, width: int, *, style: str = "$series-1") -> Content:
    """A share of one as a solid bar of `width` cells, exact to an eighth of a cell."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    whole, rest = divmod(eighths, 8)
    text = "█" * whole + (LEFT_EIGHTHS[rest] if rest else "")
    return Content.styled(fit(text, width), style)


def rule(share: float, width: int, *, style: str = "$series-1") -> Content:
    """A share of one as a thin bar of `width` cells, for a column of them."""
    halves = round(max(0.0, min(1.0, share)) * width * 2)
    text = "━" * (halves // 2) + "╸" * (halves % 2)
    return Content.styled(fit(text, width), style)


def progress(share: float | None, width: int, *, style: str = "$primary") -> Content:
    """A progress bar of `width` cells; dotted when nobody can tell how far it is."""
    if share is None:
        return Content.styled("╌" * width, "$faint")
    done = rule(share, width).plain.rstrip()
    return Content.assemble((done, style), ("━" * (width - len(done)), "$line"))


def line_chart(
    series: Sequence[Series],
    width: int,
    height: int,
    *,
    x_labels: Sequence[str] = (),
    limit: float | None = None,
) -> Lines:
    """Lines in braille over labelled axes, the later series drawn over the earlier ones.

    Args:
        series: What to draw; each may bring a band.
        width: Cells, axis labels included.
        height: Lines, axis and labels included; at least 4.
        x_labels: Words for x = 0, 1, 2 …, those that lie within the axis, an empty one for none; empty: the
            numbers themselves.
        limit: A value to mark by a dotted line; None: none.
    """
    scales = _scales(series, limit)
    if scales is None or height < 4:
        return [Content.styled(fit("no values yet", width), "$muted")]
    x_scale, y_scale = scales
    marks = y_scale.marks(max(3, (height - 2) // 2))
    gutter = max(len(label) for _, label in marks) + 2
    canvas = Canvas(max(4, width - gutter), height - 2)
    if limit is not None:
        canvas.dotted(y_scale.place(limit, canvas.dots_high), "$warning")
    styled = [
        (one, one.style or SERIES_STYLES[index % len(SERIES_STYLES)])
        for index, one in enumerate(series)
    ]
    # A cell has one colour: no band may take that of a line.
    for draw in (_draw_band, _draw_line):
        for one, style in styled:
            draw(canvas, one, style, scales)
    places = {_line_of(y_scale, mark, canvas): label for mark, label in marks}
    rows = canvas.lines()
    body = [_with_axis(row, places.get(index), gutter) for index, row in enumerate(rows)]
    return [*body, *_x_axis(x_scale, canvas.width, gutter, x_labels)]


def legend(series: Sequence[Series]) -> Content:
    """The names of the lines beside their colours, for a border."""
    parts: list[str | tuple[str, str]] = []
    for index, one in enumerate(series):
        style = one.style or SERIES_STYLES[index % len(SERIES_STYLES)]
        parts += [(f"{one.mark or '━'} ", style), f"{one.name}  "]
    return Content.assemble(*parts).rstrip()


def _averaged(values: Sequence[float | None], width: int) -> list[float | None]:
    if len(values) <= width:
        return list(values)
    groups = [
        values[len(values) * cell // width : len(values) * (cell + 1) // width]
        for cell in range(width)
    ]
    return [_mean([v for v in group if v is not None and math.isfinite(v)]) for group in groups]


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _bar_glyph(value: float | None, low: float, high: float) -> str:
    if value is None or not math.isfinite(value):
        return " "
    if high <= low:
        return EIGHTHS[4]
    share = max(0.0, min(1.0, (value - low) / (high - low)))
    # The highest bar leaves a gap, so that the bars of two rows do not run into each other.
    return EIGHTHS[1 + round(share * 6)]


def _scales(series: Sequence[Series], limit: float | None) -> tuple[Scale, Scale] | None:
    xs = [x for one in series for x in one.xs if math.isfinite(x)]
    ys = [y for one in series for y in (*one.ys, *one.lows, *one.highs) if math.isfinite(y)]
    if not xs or not ys:
        return None
    if limit is not None:
        ys.append(limit)
    return Scale.around(xs), Scale.around(ys, margin=0.04)


def _draw_band(canvas: Canvas, one: Series, style: str, scales: tuple[Scale, Scale]) -> None:
    x_scale, y_scale = scales
    for x, low, high in zip(one.xs, one.lows, one.highs, strict=False):
        if math.isfinite(low) and math.isfinite(high):
            column = x_scale.place(x, canvas.dots_wide)
            ends = (y_scale.place(low, canvas.dots_high), y_scale.place(high, canvas.dots_high))
            canvas.band(column, ends, f"{style} 45%")


def _draw_line(canvas: Canvas, one: Series, style: str, scales: tuple[Scale, Scale]) -> None:
    x_scale, y_scale = scales
    before: tuple[int, int] | None = None
    points: list[tuple[int, int]] = []
    for x, y in zip(one.xs, one.ys, strict=False):
        if not (math.isfinite(x) and math.isfinite(y)):
            before = None
            continue
        point = x_scale.place(x, canvas.dots_wide), y_scale.place(y, canvas.dots_high)
        if one.is_joined:
            canvas.line(before or point, point, style)
        before = point
        points.append(point)
    if points and one.mark:
        marked = points if not one.is_joined else [points[round(one.mark_at * (len(points) - 1))]]
        for point in marked:
            canvas.sign(*point, one.mark, style)


def _line_of(scale: Scale, value: float, canvas: Canvas) -> int:
    return canvas.height - 1 - scale.place(value, canvas.dots_high) // 4


def _with_axis(row: Content, label: str | None, gutter: int) -> Content:
    sign = "┤" if label else "│"
    text = f"{(label or '').rjust(gutter - 2)} {sign}"
    return Content.assemble((text, "$muted"), row)


def _x_axis(scale: Scale, width: int, gutter: int, labels: Sequence[str]) -> Lines:
    axis, names = ["─"] * width, [" "] * width
    if labels:
        named = [(float(index), text) for index, text in enumerate(labels)]
    else:
        named = scale.marks(max(2, width // 12))
    free_from = 0
    for mark, text in named:
        if not text or not scale.low <= mark <= scale.high:
            continue
        cell = scale.place(mark, width * 2) // 2
        length = cell_len(text)
        start = max(0, min(cell - length // 2, width - length))
        if start < free_from or length > width:
            continue
        axis[cell] = "┬"
        names[start : start + length] = [text, *[""] * (length - 1)]
        free_from = start + length + 1
    indent = " " * (gutter - 1)
    return [
        Content.styled(f"{indent}└{''.join(axis)}", "$muted"),
        Content.styled(f"{indent} {''.join(names)}", "$muted"),
    ]
