"""What the gate said of challengers: the verdict, why, and the figures it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from storage.records import GateDecision, GateReview
from workbench.core import words
from workbench.tui.theme import state_word
from workbench.tui.views import panels
from workbench.tui.views.charts import Look
from workbench.tui.views.parts import Lines, change_within, dim, heading, wrapped_facts
from workbench.tui.widgets.cells import wrapped

_MOST = 12
"""Slices that are drawn."""
_WIDEST = 78
"""Cells of the drawn intervals at most."""


def gate_lines(reviews: Sequence[GateReview], now: datetime, width: int) -> Lines:
    """All that the gate said of one version, newest first."""
    if not reviews:
        return [
            dim(
                "The gate has not judged this version: a challenger of a retraining cycle is judged"
            ),
            dim(
                "by itself, and a version without a champion before it has nothing to be held against."
            ),
        ]
    lines: Lines = []
    for review in reviews:
        lines += [Content("")] if lines else []
        lines += review_lines(review, now, width)
    return lines


def review_lines(review: GateReview, now: datetime, width: int) -> Lines:
    """What the gate said of a challenger, and why."""
    said = review.decision
    rival = f"v{review.champion}" if review.champion else "no champion"
    looks = "" if review.looks < 2 else f", judged {review.looks} challengers"
    measured = (
        f"{said.test}{f', p {words.p_value(said.p_value)}' if said.p_value is not None else ''}"
    )
    pairs: list[tuple[str, Content | str]] = [
        (
            said.metric,
            f"{words.fixed(said.challenger_value)}, {rival} {words.fixed(said.champion_value)}",
        ),
        (
            "gain",
            Content.assemble(
                gain(said),
                dim(f"  95 % {words.gain_interval(said.low, said.high)}"),
            ),
        ),
        ("test", measured),
        ("rows", f"{words.count(said.rows)} of {review.dataset}@v{review.version}{looks}"),
    ]
    return [
        Content.assemble(
            heading(f"v{review.challenger} against {rival}  "),
            state_word(said.verdict),
            dim(f"  {words.ago(review.created_at, now)}"),
        ),
        *(line for reason in said.reasons for line in _reason(reason, width)),
        Content(""),
        *wrapped_facts(pairs, width),
        *_guards(said, width),
        *_gains(said, min(width, _WIDEST)),
    ]


def gain(decision: GateDecision) -> Content:
    """A challenger's gain, coloured only where its interval leaves no doubt about the sign."""
    return change_within(decision.gain, decision.low, decision.high)


def _reason(reason: str, width: int) -> Lines:
    """A reason behind a dot, its further lines beneath its first word."""
    lines = wrapped(reason, width - 2)
    return [Content.assemble("  " if at else "· ", line) for at, line in enumerate(lines)]


def _guards(said: GateDecision, width: int) -> Lines:
    """What else was looked at, in as few lines as hold it."""
    parts = [
        Content.assemble((f"{name} ", "$muted"), words.number(value))
        for name, value in said.guards.items()
    ]
    return [Content(""), *wrapped(Content("   ").join(parts), width)] if parts else []


def _gains(said: GateDecision, width: int) -> Lines:
    """The gain on all rows and in each slice on one axis, then how sure the slices are."""
    if not said.slices:
        return []
    shown = said.slices[:_MOST]
    estimates = [
        _estimate("all rows", said.gain, said.low, said.high),
        *(_estimate(f"{one.column}={one.value}", one.gain, one.low, one.high) for one in shown),
    ]
    told = [
        Content.assemble(
            dim(f"{one.column}={one.value}  "),
            f"{words.plural(one.rows, 'row')}",
            dim(f"  p of being worse than allowed {words.p_value(one.p_adjusted)}"),
        )
        for one in shown
    ]
    left = len(said.slices) - len(shown)
    more = [dim(f"{left} more slices")] if left else []
    title = Content.assemble(heading("gain by slice"), dim("  95 % intervals"))
    return [
        Content(""),
        title,
        *panels.intervals(estimates, width, is_gain=True),
        Content(""),
        *(line for one in told for line in wrapped(one, width)),
        *more,
    ]


def _estimate(name: str, value: float, low: float, high: float) -> panels.Estimate:
    style = "$success" if low > 0 else "$error" if high < 0 else "$series-1"
    look = Look(name=name, mark="●", style=style)
    return panels.Estimate(look=look, value=value, low=low, high=high)
