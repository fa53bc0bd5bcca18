"""What the Models screen says: models, versions, their proof, and what the gate said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from textual.content import Content

from storage.records import (
    CHAMPION,
    GateDecision,
    GateReview,
    ModelSummary,
    ModelVersion,
    Parity,
)
from workbench.core import words
from workbench.core.metric_order import in_order
from workbench.tui import charts, filters
from workbench.tui.format import fit
from workbench.tui.theme import BAD, GOOD, glyph, state_word
from workbench.tui.views.parts import Lines, change_within, dim, facts, heading
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Row

_IMPORTANT = 8
"""Input columns whose importance is drawn."""


def model_rows(found: Sequence[ModelSummary]) -> list[Row]:
    """Models with their champion and how it does."""
    return [
        Row(
            key=one.model.name,
            cells=(
                one.model.name,
                Content.styled(f"● v{one.champion.number}", "$success")
                if one.champion
                else dim("none"),
                words.count(one.versions),
                charts.sparkline([e.value for e in one.champion_evaluations], 12),
            ),
        )
        for one in found
    ]


def version_rows(
    found: Sequence[ModelVersion], reviews: Mapping[int, GateReview], metric: str, now: datetime
) -> list[Row]:
    """Versions of a model, newest first, with proof and verdict.

    Metrics were measured on the test rows of each version's own run; only the gate's gain compares on the same rows.
    """
    return [
        Row(
            key=one.number,
            cells=(
                Content.styled("●", "$success") if CHAMPION in one.aliases else "",
                f"v{one.number}",
                words.fixed(one.metrics.get(metric)),
                gain(reviews[one.number].decision) if one.number in reviews else "",
                _parity_sign(one.parity),
                state_word(reviews[one.number].decision.verdict) if one.number in reviews else "",
                dim(words.versioned(one.dataset, one.version)),
                dim(words.ago(one.created_at, now)),
            ),
        )
        for one in found
    ]


def version_fields(one: ModelVersion) -> filters.Fields:
    """What a filter can ask of a model version."""
    return {
        **one.metrics,
        "version": f"v{one.number}",
        "alias": " ".join(one.aliases),
        "run": f"r{one.run_id}",
        "parity": "passed" if one.parity.passed else "failed",
        "data": words.versioned(one.dataset, one.version),
        "by": one.created_by,
    }


def card_lines(one: ModelVersion, now: datetime, width: int) -> Lines:
    """A model version in full: where it comes from, its proof, its figures."""
    aliases = Content.styled("  ".join(one.aliases), "$success")
    pairs: list[tuple[str, Content | str]] = [
        ("run", f"r{one.run_id}"),
        ("trained on", words.versioned(one.dataset, one.version)),
        ("task", one.signature.task),
        ("takes", words.plural(len(one.signature.inputs), "column")),
        ("by", f"{one.created_by}, {words.ago(one.created_at, now)}"),
    ]
    return [
        Content.assemble(heading(one.label), "  ", aliases),
        *facts(pairs),
        Content(""),
        *_parity_lines(one.parity, width),
        Content(""),
        heading("metrics"),
        *facts([(key, words.metric(one.metrics[key])) for key in in_order(one.metrics)], indent=2),
        Content(""),
        *_importances(one.importances, width),
    ]


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
        *(line for reason in said.reasons for line in wrapped(f"· {reason}", width)),
        Content(""),
        *facts(pairs),
        *_slices(review),
        *facts([(name, words.number(value)) for name, value in said.guards.items()]),
    ]


def history_lines(reviews: Sequence[GateReview], now: datetime) -> Lines:
    """The newest verdicts, a line each."""
    return [
        Content.assemble(
            glyph(review.decision.verdict),
            f" v{review.challenger} ",
            gain(review.decision),
            dim(f"  {review.decision.verdict.value}, {words.ago(review.created_at, now)}"),
        )
        for review in reviews
    ]


def gain(decision: GateDecision) -> Content:
    """A challenger's gain, coloured only where its interval leaves no doubt about the sign."""
    return change_within(decision.gain, decision.low, decision.high)


def _parity_sign(parity: Parity) -> Content:
    return Content.styled(*(GOOD if parity.passed else BAD)).append(
        dim(f" {words.number(parity.max_abs_diff, digits=2)}")
    )


def _parity_lines(parity: Parity, width: int) -> Lines:
    verdict = "the graph answers as the model does" if parity.passed else "the graph differs"
    sign = Content.styled(*(GOOD if parity.passed else BAD))
    limit = words.number(parity.limit, digits=2)
    pairs: list[tuple[str, Content | str]] = [
        ("largest difference", f"{words.number(parity.max_abs_diff, digits=2)} (limit {limit})"),
        ("99.9 % below", words.number(parity.p999_abs_diff, digits=2)),
        ("labels that flip", words.count(parity.flips)),
        ("rows", f"{words.count(parity.rows)} ({words.count(parity.hostile_rows)} hostile)"),
    ]
    first = Content.assemble(heading("ONNX parity "), sign, f" {verdict}")
    return [*wrapped(first, width), *facts(pairs, indent=2)]


def _importances(importances: Mapping[str, float], width: int) -> Lines:
    ordered = sorted(importances.items(), key=lambda pair: -pair[1])[:_IMPORTANT]
    if not ordered:
        return []
    top = ordered[0][1] or 1.0
    name = max(len(key) for key, _ in ordered)
    room = max(4, min(30, width - name - 12))
    return [
        heading("importance"),
        *(
            Content.assemble(
                "  ",
                (fit(key, name), "$muted"),
                " ",
                charts.rule(share / top, room, style="$series-both"),
                words.percent(share).rjust(7),
            )
            for key, share in ordered
        ),
    ]


def _slices(review: GateReview) -> Lines:
    return [
        Content.assemble(
            dim(f"{one.column}={one.value}  "),
            change_within(one.gain, one.low, one.high),
            dim(f"  {words.count(one.rows)} rows, p worse {words.p_value(one.p_adjusted)}"),
        )
        for one in review.decision.slices
    ]
