"""A model card as one page, for people who have to decide whether to trust a model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from storage.records import Evaluation, GateReview
from workbench.core import axis, words
from workbench.core.metric_order import is_lower_better
from workbench.core.model_cards import CardMetric, ModelCard
from workbench.core.run_figures import RunFigures
from workbench.report import (
    card_inputs,
    card_origin,
    card_words,
    figure_sections,
    figures,
    gate_section,
    page,
    run_charts,
    tables,
)
from workbench.report.markup import Markup, join, prose, tag

SHOWN_EVALUATIONS = 24
SHOWN_REVIEWS = 3


def html(card: ModelCard, *, made_at: datetime) -> str:
    """The page as one HTML file that needs no other.

    Args:
        card: The card.
        made_at: When the page is made; stands on it.
    """
    return page.page(
        card_words.headline(card),
        _head(card, made_at),
        _purpose(card),
        _limits(card),
        _metrics(card),
        *_drawn(card),
        *_reviews(card.reviews),
        _evaluations(card.evaluations),
        card_inputs.section(card),
        card_origin.proof(card),
        card_origin.origin(card),
        _calls(card),
        _unknown(card),
    )


def _head(card: ModelCard, made_at: datetime) -> Markup:
    made = tag("time", figures.moment(made_at), datetime=made_at.isoformat())
    project = f"Project {card.project}: " if card.project else ""
    version = card.version
    told = [card.description, card.verdict]
    warned = card_words.warnings(version)
    return tag(
        "header",
        tag("p", f"{project}model card. Made ", made, ".", class_="byline"),
        tag("h1", prose(card_words.headline(card))),
        *(tag("p", prose(one), class_="standfirst") for one in told if one),
        *(tag("p", tag("strong", "Warning: "), prose(one)) for one in warned),
        tables.facts(card_words.standing(card)),
    )


def _purpose(card: ModelCard) -> Markup:
    lines = card.intended_use.split("\n") if card.intended_use else []
    note = [f"Note: {card.version.note}"] if card.version.note else []
    tagged = [f"Tags: {card_words.tags(card)}"] if card.version.tags else []
    held = [
        tag("p", tag("strong", line.partition(" ")[0]), f" {line.partition(' ')[2]}")
        for line in card_words.aliases(card)
    ]
    return page.section(
        "What it is for",
        page.paragraphs(*(lines or [card_words.not_said(card)]), *note, *tagged),
        *held,
    )


def _limits(card: ModelCard) -> Markup:
    found = [tag("div", tag("dt", one.kind), tag("dd", prose(one.sentence))) for one in card.limits]
    return page.section(
        "Known limits",
        tag("dl", *found, class_="limits") if found else Markup(),
        empty="The checks found none.",
    )


def _metrics(card: ModelCard) -> Markup:
    heads = ("metric", ">value", ">95 % interval", ">baseline", "")
    rows = [
        (
            _named(one),
            words.metric(one.value),
            words.interval(one.low, one.high),
            "" if one.baseline is None else words.metric(one.baseline),
            _whisker(one),
        )
        for one in card.metrics
    ]
    guess = "Hollow: what a guess reaches on the same rows." if card.baseline else ""
    return page.section(
        "How good it is",
        tables.table(heads, rows),
        intro=f"{card_words.measured(card)} {guess}".strip() if rows else "",
        empty="It has no metrics.",
    )


def _named(one: CardMetric) -> Markup:
    judging = tag("small", "judges it") if one.is_primary else ""
    return join([figures.metric_name(one.key), judging])


def _whisker(one: CardMetric) -> Markup:
    """A metric with its interval, and the guess as a hollow dot, on a scale of its own."""
    known = [one.value, one.low, one.high, one.baseline]
    ends = [end for end in known if end is not None and abs(end) < float("inf")]
    if len(ends) < 2:
        return Markup()
    low, high = axis.around(ends)
    scale = run_charts.shared_scale([low, high])
    drawn = [run_charts.interval(scale, one.value, one.low, one.high)]
    if one.baseline is not None:
        drawn.append(_hollow(scale.place(one.baseline)))
    better = "← better" if is_lower_better(one.key) else "better →"
    return tag("div", tag("span", *drawn), tag("small", better), class_="whisker")


def _hollow(x: float) -> Markup:
    circle = tag("circle", class_="guess", cx=x, cy=8.0, r=3.0)
    return tag("svg", circle, width=160.0, height=16.0, viewBox="0 0 160 16", aria_hidden="true")


def _drawn(card: ModelCard) -> list[Markup]:
    if card.figures is not None:
        return figure_sections.sections(card.figures)
    bare = RunFigures(task="binary", metric="", importances=card.version.importances)
    return [figure_sections.importances(bare)]


def _reviews(reviews: Sequence[GateReview]) -> list[Markup]:
    if not reviews:
        return []
    articles = [gate_section.article(one) for one in reviews[:SHOWN_REVIEWS]]
    return [page.section("What the gate said", *articles)]


def _evaluations(found: Sequence[Evaluation]) -> Markup:
    if not found:
        return Markup()
    ends = [end for one in found for end in (one.value, one.low, one.high)]
    scale = run_charts.shared_scale([end for end in ends if abs(end) < float("inf")] or [0.0])
    rows = [
        (
            words.period(one.window_start, one.window_end),
            words.versioned(one.dataset, one.version),
            words.count(one.rows),
            words.metric(one.value),
            words.interval(one.low, one.high),
            run_charts.interval(scale, one.value, one.low, one.high),
            one.role.value,
        )
        for one in found[:SHOWN_EVALUATIONS]
    ]
    name = figures.metric_name(found[0].metric)
    heads = ("window", "rows of", ">rows", f">{name}", ">95 % interval", "", "as")
    return page.section("How it did on later rows", tables.table(heads, rows))


def _calls(card: ModelCard) -> Markup:
    shown = [join([tag("h3", one.title), tag("pre", tag("code", one.text))]) for one in card.calls]
    return page.section(
        "How to ask it",
        *shown,
        intro="The endpoint answers with whichever version is champion.",
    )


def _unknown(card: ModelCard) -> Markup:
    if not card.unknown:
        return Markup()
    return page.section(
        "What nobody knows", tag("ul", *(tag("li", prose(one)) for one in card.unknown))
    )
