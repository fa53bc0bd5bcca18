"""What the Inbox & drift screen says of drift: reports, columns, and what followed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from textual.content import Content

from storage.records import (
    ColumnDrift,
    Cycle,
    DriftReport,
    DriftVerdict,
    GateReview,
)
from workbench.core import words
from workbench.tui import charts
from workbench.tui.theme import glyph, state_word
from workbench.tui.views.parts import Lines, dim, facts, heading, window_name
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

TREND = 9
"""Reports whose effects are drawn beside a column."""


def report_rows(found: Sequence[DriftReport]) -> list[Row]:
    """Drift reports, newest first."""
    return [
        Row(
            key=one.id,
            cells=(
                glyph(one.comparison.verdict),
                f"v{one.version}",
                window_name(one.window_start, one.window_end, one.version),
                f"{len(one.comparison.drifted)}/{len(one.comparison.columns)}",
                dim(", ".join(column.name for column in one.comparison.drifted[:3])),
            ),
        )
        for one in found
    ]


def column_rows(report: DriftReport, trends: Mapping[str, Sequence[float]]) -> list[Row]:
    """The columns of a report, largest impact first, with their effect over the last reports."""
    columns = sorted(report.comparison.columns, key=lambda one: -one.impact)
    most = max((one.impact for one in columns), default=0.0) or 1.0
    return [
        Row(
            key=one.name,
            cells=(
                _verdict_sign(one),
                one.name,
                words.fixed(one.effect, 3),
                dim(words.fixed(one.limit, 3)),
                _trend(one, trends.get(one.name, ())),
                charts.rule(one.impact / most, 8, style="$series-both"),
                dim(words.p_value(one.p_adjusted)),
                dim(words.fixed(one.psi, 2)),
            ),
        )
        for one in columns
    ]


def trends_until(report: DriftReport, reports: Sequence[DriftReport]) -> dict[str, list[float]]:
    """The effect of each column over the reports up to `report`, oldest first.

    Args:
        report: The one that is looked at.
        reports: All that are known of its dataset, newest first.
    """
    past = [one for one in reports if one.id <= report.id and one.model == report.model][:TREND]
    found: dict[str, list[float]] = {}
    for one in reversed(past):
        for column in one.comparison.columns:
            found.setdefault(column.name, []).append(column.effect)
    return found


def column_lines(column: ColumnDrift, trend: Sequence[float], width: int, height: int) -> Lines:
    """One column of a report in full."""
    word = "Kolmogorov-Smirnov" if column.wasserstein is not None else "total variation"
    weight = "no model weighs it" if column.importance is None else words.percent(column.importance)
    pairs: list[tuple[str, Content | str]] = [
        ("effect", f"{words.number(column.effect)} of 1 ({word})"),
        ("limit", f"{words.number(column.limit)} ({column.limit_source})"),
        ("impact", f"{words.number(column.impact)} (importance {weight})"),
        ("p, Holm", f"{words.p_value(column.p_adjusted)} on {words.count(column.rows)} rows"),
        ("PSI", words.number(column.psi)),
        ("Jensen-Shannon", words.number(column.jensen_shannon)),
        ("Wasserstein", _in_std(column.wasserstein)),
        (
            "nulls",
            f"{words.percent(column.null_share)} was {words.percent(column.null_share_reference)}",
        ),
    ]
    if column.new_value_share:
        pairs.append(("new values", words.percent(column.new_value_share)))
    lines = [
        Content.assemble(heading(column.name), "  ", state_word(column.verdict)),
        *facts(pairs),
    ]
    room = height - len(lines) - 1
    if len(trend) > 1 and room >= 6:
        series = charts.Series(name="effect", xs=range(len(trend)), ys=trend, style=_colour(column))
        lines += [Content(""), *charts.line_chart([series], width, room, limit=column.limit)]
    return lines


def sentence_lines(
    report: DriftReport,
    cycles: Sequence[Cycle],
    reviews: Sequence[GateReview],
    now: datetime,
    width: int,
) -> Lines:
    """The verdict in words, and what happened next."""
    lines = [
        *wrapped(
            Content.assemble(state_word(report.comparison.verdict), "  ", report.sentence), width
        ),
        dim(
            f"against {report.reference}, {words.count(report.comparison.reference_rows)} rows; "
            f"{words.count(report.comparison.rows)} rows came"
        ),
    ]
    followed = [
        one for one in cycles if (one.dataset, one.version) == (report.dataset, report.version)
    ]
    if not followed:
        return [*lines, dim("Nothing followed: no retraining cycle was opened by this version.")]
    for cycle in followed:
        lines += _cycle_lines(cycle, reviews, now)
    return lines


def _cycle_lines(cycle: Cycle, reviews: Sequence[GateReview], now: datetime) -> Lines:
    run = f", run r{cycle.run_id}" if cycle.run_id else ""
    lines = [
        Content.assemble(
            glyph(cycle.state),
            f" cycle {cycle.id}: {cycle.trigger}",
            dim(f"  {words.ago(cycle.opened_at, now)}{run}"),
        )
    ]
    for review in (one for one in reviews if one.cycle_id == cycle.id):
        reason = review.decision.reasons[0] if review.decision.reasons else ""
        verdict = state_word(review.decision.verdict)
        lines.append(Content.assemble("  gate  ", verdict, f"  v{review.challenger}: {reason}"))
    outcome = cycle.outcome or "still open"
    return [*lines, Content.assemble("  ", state_word(cycle.state), dim(f"  {outcome}"))]


def _verdict_sign(column: ColumnDrift) -> Content:
    if column.verdict is DriftVerdict.STABLE:
        return dim("·")
    return glyph(column.verdict)


def _trend(column: ColumnDrift, effects: Sequence[float]) -> Content:
    # A full bar is at least the limit, so that small effects look small.
    high = max([column.limit, *effects])
    return charts.sparkline(effects, TREND, low=0.0, high=high, style=_colour(column))


def _colour(column: ColumnDrift) -> str:
    colours = {DriftVerdict.DRIFT: "$error", DriftVerdict.WARN: "$warning"}
    return colours.get(column.verdict, "$series-1")


def _in_std(value: float | None) -> str:
    return "categorical" if value is None else f"{words.number(value)} standard deviations"
