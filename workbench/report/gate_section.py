"""What the gate said of each challenger: verdict, reasons, gains with their intervals, guards."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from storage.records import GateDecision, GateReview, GateVerdict, SliceGain
from workbench.core import axis, words
from workbench.report import figures, svg
from workbench.report.markup import Markup, join, prose, tag
from workbench.report.summary import Chapter, Life

SHOWN_SLICES = 12
SHOWN_REASONS = 12
SIGNS = {"promoted": "✓", "rejected": "✕", "held": "‖", "failed": "!", "open": "…"}
_WIDTH, _HEIGHT = 236.0, 20.0

_GUARDS = {
    "ece": "calibration error",
    "ece_by_chance": "of it by chance",
    "ece_champion": "the champion's calibration error",
    "brier": "Brier score",
    "churn": "labels that change",
    "leaked_rows": "leaked rows",
    "unscored_rows": "rows without a score",
    "unscored_rows_champion": "rows without a score of the champion",
    "golden_rows": "golden rows",
    "golden_changed": "golden rows answered otherwise",
    "p95_ms": "95 % of answers within ms",
    "p95_ms_champion": "the champion's within ms",
}
_OUTCOMES = {
    GateVerdict.PASS: "promoted",
    GateVerdict.REJECT: "rejected",
    GateVerdict.HOLD: "held",
}
_SAID_ELSEWHERE = frozenset({"looks", "parity_passed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table of gains: all rows, or a slice."""

    where: str
    rows: int
    gain: float
    low: float
    high: float
    p: float | None
    test: str = ""
    """The test that p belongs to; empty for a slice."""


def articles(life: Life) -> list[Markup]:
    """One article a window that opened a cycle, oldest first."""
    scale = _scale([one.window.review for one in life.shown if one.window.review is not None])
    return [_article(one, scale) for one in life.shown if one.outcome]


def article(review: GateReview) -> Markup:
    """What the gate said of one challenger, apart from the cycle that brought it."""
    outcome = sign(_OUTCOMES[review.decision.verdict])
    when = tag("p", figures.moment(review.created_at), class_="muted")
    return tag(
        "article",
        tag("header", tag("h3", f"{review.dataset}@v{review.version}"), tag("p", outcome), when),
        tag("div", *_review(review, _scale([review]))),
        class_="gate",
    )


def sign(outcome: str) -> Markup:
    """An outcome as a sign and its word."""
    return tag("span", f"{SIGNS[outcome]} {outcome}", class_=f"outcome {outcome}")


def _article(one: Chapter, scale: svg.Scale) -> Markup:
    review = one.window.review
    return tag(
        "article",
        tag("header", tag("h3", _heading(one)), tag("p", sign(one.outcome or "open"))),
        tag("div", *_story(one), *(_review(review, scale) if review else ())),
        class_="gate",
        id=one.anchor,
    )


def _heading(one: Chapter) -> str:
    review, cycle = one.window.review, one.window.cycle
    number = review.challenger if review else cycle and cycle.challenger
    return one.name if number is None else f"{one.name}: v{number}"


def _story(one: Chapter) -> list[Markup]:
    """Why a challenger was trained, and how the cycle ended where the gate did not say it."""
    cycle, review = one.window.cycle, one.window.review
    if cycle is None:
        return []
    run = f" Trained as run r{cycle.run_id}." if cycle.run_id is not None else ""
    told = [tag("p", prose(f"Fired by: {cycle.trigger}.{run}"))]
    if cycle.outcome and review is None:
        told.append(tag("p", cycle.outcome))
    if cycle.outcome is None:
        told.append(tag("p", "The cycle is open; nothing has been decided yet."))
    return told


def _review(review: GateReview, scale: svg.Scale) -> list[Markup]:
    decision = review.decision
    versus = "no champion" if review.champion is None else f"v{review.champion}"
    summary = (
        f"v{review.challenger} against {versus} on {words.plural(decision.rows, 'row')} of "
        f"{review.dataset}@v{review.version}: {decision.verdict.value}. {_looks(review)}"
    )
    return [
        tag("p", prose(summary)),
        _reasons(decision.reasons),
        _gains(decision, scale) if review.champion is not None else Markup(),
        tag("p", _guards(decision.guards), class_="note") if decision.guards else Markup(),
    ]


def _reasons(reasons: tuple[str, ...]) -> Markup:
    """The gate's own words; many slices can be worse, each in a sentence."""
    told = [prose(reason) for reason in reasons[:SHOWN_REASONS]]
    missing = len(reasons) - SHOWN_REASONS
    if missing > 0:
        told.append(prose(f"{words.plural(missing, 'more reason')} left out."))
    return tag("ul", *(tag("li", reason) for reason in told))


def _looks(review: GateReview) -> str:
    if review.looks == 1:
        return "These rows judged a challenger for the first time."
    return f"These rows have now judged {review.looks} challengers."


def _gains(decision: GateDecision, scale: svg.Scale) -> Markup:
    gain = f"gain in {figures.metric_name(decision.metric)}"
    heads = ("where", "rows", gain, "95 % interval", _sides(scale), "p")
    classes = ("name", "number", "number", "number", "plot", "p")
    head = tag(
        "tr",
        *(tag("th", text, scope="col", class_=c) for text, c in zip(heads, classes, strict=True)),
    )
    body = [_gain_row(line, scale) for line in _lines(decision)]
    table = tag("table", tag("thead", head), tag("tbody", *body), class_="gains")
    missing = len(decision.slices) - SHOWN_SLICES
    note = f"{words.plural(missing, 'slice')} with larger gains left out." if missing > 0 else ""
    return join([tag("div", table, class_="wide"), tag("p", note, class_="note") if note else ""])


def _lines(decision: GateDecision) -> list[Line]:
    """All rows, then the slices, the worst first."""
    slices = sorted(decision.slices, key=lambda one: (math.isnan(one.gain), one.gain))
    return [_overall(decision), *map(_slice, slices[:SHOWN_SLICES])]


def _overall(decision: GateDecision) -> Line:
    return Line(
        where="all rows",
        rows=decision.rows,
        gain=decision.gain,
        low=decision.low,
        high=decision.high,
        p=decision.p_value,
        test=decision.test,
    )


def _slice(one: SliceGain) -> Line:
    return Line(
        where=f"{one.column} = {one.value}",
        rows=one.rows,
        gain=one.gain,
        low=one.low,
        high=one.high,
        p=one.p_adjusted,
    )


def _scale(reviews: Sequence[GateReview]) -> svg.Scale:
    """One scale for all gates, so that a small gain looks small."""
    reached = [0.0]
    for one in reviews:
        for line in _lines(one.decision):
            reached += [line.low, line.gain, line.high]
    low, high = axis.around(reached, margin=0.04)
    return svg.Scale(low=low, high=high, start=4.0, end=_WIDTH - 4.0)


def _gain_row(line: Line, scale: svg.Scale) -> Markup:
    return tag(
        "tr",
        tag(
            "th", tag("bdi", figures.cut(line.where)), scope="row", class_="name", title=line.where
        ),
        tag("td", words.count(line.rows), class_="number"),
        tag("td", words.signed(line.gain), class_="number"),
        tag("td", figures.gain_interval(line.low, line.high), class_="number"),
        tag("td", _forest(line, scale), class_="plot"),
        tag(
            "td",
            words.p_value(line.p),
            f" ({line.test})" if line.p is not None and line.test else "",
            class_="p",
        ),
    )


def _forest(line: Line, scale: svg.Scale) -> Markup:
    zero, middle = scale.place(0.0), _HEIGHT / 2
    return tag(
        "svg",
        svg.rule((zero, 0.0), (zero, _HEIGHT), "zero"),
        svg.whisker(scale, low=line.low, value=line.gain, high=line.high, y=middle),
        viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}",
        width=_WIDTH,
        height=_HEIGHT,
        aria_hidden="true",
    )


def _sides(scale: svg.Scale) -> Markup:
    """The head over the drawn gains: on which side of 0 a challenger is worse, on which better."""
    zero, y = scale.place(0.0), _HEIGHT - 5.0
    return tag(
        "svg",
        svg.label((zero - 6, y), "worse", "lane", anchor="end") if zero > 50 else "",
        svg.label((zero + 6, y), "better", "lane") if zero < _WIDTH - 50 else "",
        viewBox=f"0 0 {_WIDTH:.0f} {_HEIGHT:.0f}",
        width=_WIDTH,
        height=_HEIGHT,
    )


def _guards(guards: dict[str, float]) -> str:
    """The guards that are shown nowhere else, in one line."""
    parts = []
    order = [*_GUARDS, *guards]
    for key, value in sorted(guards.items(), key=lambda guard: order.index(guard[0])):
        if key in _SAID_ELSEWHERE:
            continue
        text = words.share(value) if key == "churn" else words.number(value)
        parts.append(f"{_GUARDS.get(key, key)} {text}")
    if "parity_passed" in guards:
        parts.append("parity passed" if guards["parity_passed"] else "parity failed")
    return f"Guards: {', '.join(parts)}." if parts else ""
