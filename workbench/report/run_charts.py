"""The drawings of a run: curves over all thresholds, calibration, residuals; small, one beside another."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.core import axis, words
from workbench.core.curves import CalibrationBin, Curve, Residuals
from workbench.report import figures, svg
from workbench.report.markup import Markup, join, tag

WIDTH, HEIGHT = 362.0, 332.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 338.0, 52.0, 280.0
_UNIT = (0.0, 1.0)


def beside(*plots: Markup) -> Markup:
    """Plots in rows, as many beside each other as there is room for; empty when there are none."""
    shown = [plot for plot in plots if plot]
    return tag("div", *shown, class_="plots") if shown else Markup()


def roc(curve: Curve) -> Markup:
    """Positives caught over negatives flagged; chance is the diagonal."""
    x, y = _scales(_UNIT, _UNIT)
    chance = svg.rule((x.place(0.0), y.place(0.0)), (x.place(1.0), y.place(1.0)), "zero")
    line = svg.line(_points(x, y, curve.x, curve.y), "served")
    return _plot(
        f"ROC of {_name(curve)}, area {words.metric(curve.area)}",
        x,
        y,
        chance,
        line,
        names=("negatives flagged", "positives caught"),
    )


def precision_recall(curve: Curve) -> Markup:
    """The share of the flagged that are positive, over the positives caught; chance is level."""
    x, y = _scales(_UNIT, _UNIT)
    base = y.place(curve.y[-1])
    chance = svg.rule((x.place(0.0), base), (x.place(1.0), base), "zero")
    line = svg.line(_points(x, y, curve.x, curve.y), "served")
    return _plot(
        f"PR of {_name(curve)}, area {words.metric(curve.area)}",
        x,
        y,
        chance,
        line,
        names=("positives caught", "right among the flagged"),
    )


def calibration(bins: Sequence[CalibrationBin]) -> Markup:
    """How often came true what was said; what is right lies on the diagonal. Empty without bins."""
    if not bins:
        return Markup()
    x, y = _scales(_UNIT, _UNIT)
    ideal = svg.rule((x.place(0.0), y.place(0.0)), (x.place(1.0), y.place(1.0)), "zero")
    said, true = [one.confidence for one in bins], [one.outcome for one in bins]
    points = _points(x, y, said, true)
    dots = [
        tag("g", tag("title", _said(one)), svg.dot(point, "served"))
        for one, point in zip(bins, points, strict=True)
    ]
    drawn = (ideal, svg.line(points, "served"), *dots)
    return _plot("Calibration", x, y, *drawn, names=("said", "came true"))


def residuals(found: Residuals) -> Markup:
    """How many rows are off by how much."""
    x, y = _scales((found.edges[0], found.edges[-1]), (0.0, float(max(*found.counts, 1))))
    bars = [
        tag(
            "rect",
            tag("title", f"{words.number(low)} to {words.number(high)}: {words.count(count)} rows"),
            class_="count",
            x=x.place(low),
            y=y.place(float(count)),
            width=max(0.5, x.place(high) - x.place(low) - 0.5),
            height=BOTTOM - y.place(float(count)),
        )
        for low, high, count in zip(found.edges[:-1], found.edges[1:], found.counts, strict=True)
    ]
    return _plot("Residuals", x, y, *bars, names=("truth minus prediction", "rows"))


def residuals_by_prediction(found: Residuals) -> Markup:
    """The middle and the inner 80 % of the residuals, by tenths of what was predicted."""
    bins = found.by_prediction
    x, y = _scales(
        axis.around([one.prediction for one in bins]),
        axis.around([0.0, *(end for one in bins for end in (one.low, one.high))]),
    )
    right = svg.rule((LEFT, y.place(0.0)), (RIGHT, y.place(0.0)), "zero")
    drawn = []
    for one in bins:
        at = x.place(one.prediction)
        drawn.append(svg.rule((at, y.place(one.low)), (at, y.place(one.high)), "interval"))
        drawn.append(svg.dot((at, y.place(one.middle)), "value"))
    names = ("predicted", "truth minus prediction, inner 80 %")
    return _plot("Residuals by prediction", x, y, right, *drawn, names=names)


def share(value: float) -> Markup:
    """A bar for a share of 1."""
    bar = tag("rect", class_="count", x=0.0, y=2.0, width=max(0.5, 120.0 * value), height=10.0)
    return tag("svg", bar, width=120.0, height=14.0, viewBox="0 0 120 14", aria_hidden="true")


def interval(scale: svg.Scale, value: float, low: float | None, high: float | None) -> Markup:
    """A value with its interval on a scale that its neighbours share."""
    bounds = (value, value) if low is None or high is None else (low, high)
    drawn = svg.whisker(scale, low=bounds[0], value=value, high=bounds[1], y=8.0)
    return tag("svg", drawn, width=160.0, height=16.0, viewBox="0 0 160 16", aria_hidden="true")


def shared_scale(values: Sequence[float]) -> svg.Scale:
    """The scale of `interval` that holds these values."""
    low, high = axis.around(values)
    return svg.Scale(low=low, high=high, start=4.0, end=156.0)


def _name(curve: Curve) -> str:
    return figures.cut(curve.label, most=20)


def _said(one: CalibrationBin) -> str:
    return (
        f"said {words.percent(one.confidence)}, came true {words.percent(one.outcome)}, "
        f"{words.plural(one.rows, 'row')}"
    )


def _scales(
    across: tuple[float, float], upwards: tuple[float, float]
) -> tuple[svg.Scale, svg.Scale]:
    return (
        svg.Scale(low=across[0], high=across[1], start=LEFT, end=RIGHT),
        svg.Scale(low=upwards[0], high=upwards[1], start=BOTTOM, end=TOP),
    )


def _points(
    x: svg.Scale, y: svg.Scale, across: Sequence[float], upwards: Sequence[float]
) -> list[svg.Point]:
    return [(x.place(a), y.place(b)) for a, b in zip(across, upwards, strict=True)]


def _plot(title: str, x: svg.Scale, y: svg.Scale, *drawn: Markup, names: tuple[str, str]) -> Markup:
    """A drawing with its title, its grid and the names of both axes."""
    return tag(
        "svg",
        tag("title", title),
        svg.label((LEFT, TOP - 34), title, "name"),
        _grid(x, y),
        *drawn,
        svg.label((LEFT, BOTTOM + 40), f"{names[0]} →", "axis"),
        svg.label((LEFT, TOP - 10), f"↑ {names[1]}", "axis"),
        class_="plot",
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
    )


def _grid(x: svg.Scale, y: svg.Scale) -> Markup:
    drawn = []
    marks = axis.ticks(y.low, y.high, wanted=4)
    for mark, text in zip(marks, axis.tick_labels(marks), strict=True):
        drawn.append(svg.rule((LEFT, y.place(mark)), (RIGHT, y.place(mark)), "grid"))
        drawn.append(svg.label((LEFT - 8, y.place(mark) + 4), text, "tick", anchor="end"))
    marks = axis.ticks(x.low, x.high, wanted=4)
    for mark, text in zip(marks, axis.tick_labels(marks), strict=True):
        drawn.append(svg.label((x.place(mark), BOTTOM + 19), text, "tick", anchor="middle"))
    return join(drawn)
