"""The small drawings of a model card: a column's values among the training rows, beside its name."""

from __future__ import annotations

from collections.abc import Callable

from workbench.core import words
from workbench.core.model_cards import Bar, Spread, ValueShare
from workbench.report import figures
from workbench.report.markup import Markup, tag

WIDTH, HEIGHT = 168.0, 30.0
_GAP = 1.0
_WIDEST = 21.0
"""Of a bar, so that two values do not become two walls."""


def distribution(spread: Spread | None, *, is_moment: bool = False) -> Markup:
    """Bars of the values of a column, each telling its share to who points at it; empty without any.

    Args:
        spread: None: nothing is known.
        is_moment: Whether its numbers are seconds since 1970.
    """
    if spread is None:
        return Markup()
    shown = words.event_time if is_moment else words.number
    shares = [(one.share, _between(one, shown)) for one in spread.bars]
    shares = shares or [(one.share, _named(one)) for one in spread.values]
    bars = _bars(shares, rest=spread.other)
    if not bars:
        return Markup()
    return tag(
        "svg",
        *bars,
        _floor(min(WIDTH, len(bars) * _WIDEST)),
        class_="spark",
        width=WIDTH,
        height=HEIGHT,
        viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}",
        role="img",
        aria_label="distribution among the training rows",
    )


def _bars(shares: list[tuple[float, str]], *, rest: float) -> list[Markup]:
    """A bar a share, from the left; what is left over stands behind a gap, paler."""
    if not shares:
        return []
    all_of_them = [*shares, *([(rest, f"all others {words.percent(rest)}")] if rest > 0 else [])]
    top = max(share for share, _ in all_of_them) or 1.0
    wide = min(_WIDEST, WIDTH / len(all_of_them))
    drawn = []
    for at, (share, told) in enumerate(all_of_them):
        high = (HEIGHT - 2.0) * share / top
        is_rest = at == len(shares)
        drawn.append(
            tag(
                "rect",
                tag("title", told),
                class_="rest" if is_rest else "count",
                x=at * wide,
                y=HEIGHT - 1.0 - (max(0.75, high) if share > 0 else 0.0),
                width=wide - _GAP,
                height=max(0.75, high) if share > 0 else 0.0,
            )
        )
    return drawn


def _floor(width: float) -> Markup:
    y = HEIGHT - 0.5
    return tag("line", class_="grid", x1=0.0, y1=y, x2=width, y2=y)


def _between(one: Bar, shown: Callable[[float], str]) -> str:
    low, high = shown(one.low), shown(one.high)
    where = low if one.low == one.high else f"{low} to {high}"
    return f"{where}: {words.percent(one.share)}"


def _named(one: ValueShare) -> str:
    return f"{figures.cut(one.value)}: {words.percent(one.share)}"
