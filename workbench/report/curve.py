"""The chart of a model's life: how well it did as served and had the first version stayed."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from storage.records import Evaluation
from workbench.core import axis, words
from workbench.report import summary, svg
from workbench.report.markup import Markup, tag
from workbench.report.summary import Chapter, Life

WIDTH, HEIGHT = 1120.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 84.0, 944.0, 26.0, 330.0
_LANES = (BOTTOM + 24, BOTTOM + 50, BOTTOM + 74)
"""Where the windows' names, the versions that served and the challengers stand."""
_DENSE = 46.0
"""Below so much room for a window, the lanes name only what changes."""
_LETTER = 7.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Where windows and values lie on the chart."""

    life: Life
    values: svg.Scale

    @property
    def step(self) -> float:
        """How far neighbouring windows are apart."""
        return (RIGHT - LEFT) / max(1, len(self.life.shown))

    def x(self, index: int) -> float:
        """The middle of a window."""
        return LEFT + (index + 0.5) * self.step

    def y(self, value: float) -> float:
        """The height of a value."""
        return self.values.place(value)


def chart(life: Life) -> Markup:
    """The chart; empty when no window was measured."""
    frame = _frame(life)
    if frame is None:
        return Markup()
    return tag(
        "svg",
        tag("title", f"{life.metric} by window"),
        *_grid(frame),
        *_curves(frame),
        *_lanes(frame),
        *_hovers(frame),
        *_challengers(frame),
        *_line_labels(frame),
        class_="chart",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
    )


def _frame(life: Life) -> Frame | None:
    reached: list[float] = []
    for one in life.shown:
        for evaluation in filter(None, (one.served, one.frozen)):
            reached += [evaluation.value, evaluation.low, evaluation.high]
    if not reached:
        return None
    reached += [value for one in life.shown if (value := _challenger_value(life, one)) is not None]
    low, high = axis.around(reached)
    return Frame(life=life, values=svg.Scale(low=low, high=high, start=BOTTOM, end=TOP))


def _grid(frame: Frame) -> list[Markup]:
    """Horizontal rules at round values, their labels, and what the axis measures."""
    marks = axis.ticks(frame.values.low, frame.values.high)
    drawn = []
    for mark, text in zip(marks, axis.tick_labels(marks), strict=True):
        y = frame.y(mark)
        drawn.append(svg.rule((LEFT, y), (RIGHT, y), "grid"))
        drawn.append(svg.label((LEFT - 10, y + 4), text, "tick", anchor="end"))
    better = {True: ", larger is better", False: ", smaller is better", None: ""}
    title = f"{frame.life.metric}{better[frame.life.larger_is_better]}"
    return [*drawn, svg.label((LEFT, TOP - 12), title, "axis")]


def _curves(frame: Frame) -> list[Markup]:
    drawn = []
    for class_, read in _series(frame.life):
        evaluations = [read(one) for one in frame.life.shown]
        drawn.append(svg.band([_span(frame, i, one) for i, one in enumerate(evaluations)], class_))
    for class_, read in _series(frame.life):
        evaluations = [read(one) for one in frame.life.shown]
        drawn.append(svg.line([_point(frame, i, one) for i, one in enumerate(evaluations)], class_))
        points = [_point(frame, i, one) for i, one in enumerate(evaluations)]
        drawn += [svg.dot(point, class_) for point in points if point]
    return drawn


def _series(life: Life) -> list[tuple[str, Callable[[Chapter], Evaluation | None]]]:
    """Class and reader of each line, the one that lies on top last; one when both are the same."""
    served = ("served", lambda one: one.served)
    if all(one.is_same for one in summary.contrasts(life)) and any(o.served for o in life.shown):
        return [served]
    return [("frozen", lambda one: one.frozen), served]


def _point(frame: Frame, index: int, evaluation: Evaluation | None) -> svg.Point | None:
    return (frame.x(index), frame.y(evaluation.value)) if evaluation else None


def _span(frame: Frame, index: int, evaluation: Evaluation | None) -> svg.Span | None:
    if evaluation is None or not math.isfinite(evaluation.low + evaluation.high):
        return None
    return (frame.x(index), frame.y(evaluation.low), frame.y(evaluation.high))


def _lanes(frame: Frame) -> list[Markup]:
    """Under the chart: what a window is called, which version served it, what was made of it."""
    heads = ("", "served by", "challenger")
    drawn = [
        svg.label((LEFT - 10, y), text, "lane", anchor="end")
        for y, text in zip(_LANES, heads, strict=True)
    ]
    shown = frame.life.shown
    every = math.ceil((max(len(one.name) for one in shown) * _LETTER + 10) / frame.step)
    # Counted from the end, so that the newest window always has its name.
    for index in range(len(shown) - 1, -1, -every):
        at = (frame.x(index), _LANES[0])
        drawn.append(svg.label(at, shown[index].name, "tick", anchor="middle"))
    return drawn + _served_lane(frame)


def _served_lane(frame: Frame) -> list[Markup]:
    """The version that served each window; on a dense chart only changes that have room."""
    drawn = []
    before, free_from = None, 0.0
    for index, one in enumerate(frame.life.shown):
        x, number = frame.x(index), _answering(one)
        if number is None or (frame.step < _DENSE and (number == before or x < free_from)):
            continue
        drawn.append(svg.label((x, _LANES[1]), f"v{number}", "served", anchor="middle"))
        before, free_from = number, x + _DENSE
    return drawn


def _challengers(frame: Frame) -> list[Markup]:
    """The challenger of each window: a mark at its value on the same rows, and one in its lane."""
    drawn = []
    size = min(1.0, frame.step / 18)
    for index, one in enumerate(frame.life.shown):
        if one.outcome is None:
            continue
        x, title = frame.x(index), _challenger_title(frame.life, one)
        value, number = _challenger_value(frame.life, one), summary.challenger(one.window)
        if value is not None:
            if one.served:
                drawn.append(svg.rule((x, frame.y(one.served.value)), (x, frame.y(value)), "stem"))
            drawn.append(svg.marker((x, frame.y(value)), one.outcome, title, size=size))
        is_roomy = frame.step >= _DENSE and number is not None
        drawn.append(svg.marker((x - 12 * is_roomy, _LANES[2] - 4), one.outcome, title, size=size))
        if is_roomy:
            drawn.append(svg.label((x, _LANES[2]), f"v{number}", one.outcome))
    return drawn


def _line_labels(frame: Frame) -> list[Markup]:
    """The name of each line at its end, moved apart where they would touch."""
    ends = []
    for class_, read in _series(frame.life):
        known = [
            (frame.x(i), one) for i, each in enumerate(frame.life.shown) if (one := read(each))
        ]
        if known:
            ends.append((class_, *known[-1]))
    places = svg.spread([frame.y(one.value) for _, _, one in ends], gap=19.0)
    return [
        svg.label(
            (x + 16, y + 5),
            f"{_line_name(class_, one)} {frame.life.figure(one.value)}",
            f"name {class_}",
        )
        for (class_, x, one), y in zip(ends, places, strict=True)
    ]


def _line_name(class_: str, last: Evaluation) -> str:
    return "as served" if class_ == "served" else f"v{last.model_version} left alone"


def _hovers(frame: Frame) -> list[Markup]:
    """An unseen strip over each window that tells its figures to who points at it."""
    return [
        tag(
            "rect",
            tag("title", _window_title(frame.life, one)),
            class_="hover",
            x=frame.x(index) - frame.step / 2,
            y=TOP,
            width=frame.step,
            height=BOTTOM - TOP,
        )
        for index, one in enumerate(frame.life.shown)
    ]


def _window_title(life: Life, one: Chapter) -> str:
    lines = [f"{one.name}, {words.plural(one.window.version.rows_added, 'row')}"]
    for role, evaluation in (("served by", one.served), ("left alone:", one.frozen)):
        if evaluation:
            lines.append(
                f"{role} v{evaluation.model_version}: {life.figure(evaluation.value)}"
                f" ({life.interval(evaluation)})"
            )
    return "\n".join(lines if len(lines) > 1 else [*lines, "not measured"])


def _challenger_title(life: Life, one: Chapter) -> str:
    number = summary.challenger(one.window)
    name = "The cycle" if number is None else f"Challenger v{number}"
    value = _challenger_value(life, one)
    at = "" if value is None else f", {life.figure(value)} on the rows of {one.name}"
    return f"{name}: {one.outcome}{at}"


def _challenger_value(life: Life, one: Chapter) -> float | None:
    """The challenger's value on the window's rows; None when it is not on this chart's scale."""
    review = one.window.review
    if review is None or review.decision.metric != life.history.metric:
        return None
    value = review.decision.challenger_value
    return value if math.isfinite(value) else None


def _answering(one: Chapter) -> int | None:
    if one.window.report is not None:
        return one.window.report.model_version
    return one.served.model_version if one.served else None
