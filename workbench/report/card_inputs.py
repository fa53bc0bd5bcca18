"""What a model takes, column by column, with the distribution among its training rows."""

from __future__ import annotations

from workbench.core import words
from workbench.core.model_cards import CardInput, ModelCard
from workbench.report import card_charts, card_input_words, page, tables
from workbench.report.markup import Markup, prose, tag

DRAWN_INPUTS = 200


def section(card: ModelCard) -> Markup:
    """The section of the inputs: what may be sent, what training saw, an example."""
    rows = [_input(one, card, is_drawn=at < DRAWN_INPUTS) for at, one in enumerate(card.inputs)]
    heads = (
        "column",
        "takes",
        "seen in training",
        "among the training rows",
        ">missing",
        "example",
    )
    some = f" The first {DRAWN_INPUTS} columns are drawn." if len(rows) > DRAWN_INPUTS else ""
    return page.section(
        "What it takes, and what it learnt from",
        tables.table(heads, rows),
        _answered(card),
        _key(card),
        intro=f"Point at a bar for its share of the training rows.{some}",
    )


def _input(one: CardInput, card: ModelCard, *, is_drawn: bool) -> tuple[str, ...]:
    is_moment = one.column.is_moment
    return (
        tag("bdi", one.column.name),
        card_input_words.type_of(one.column),
        tag("span", prose(card_input_words.seen(one)), class_="seen"),
        card_charts.distribution(one.spread, is_moment=is_moment) if is_drawn else "",
        card_input_words.missing(one),
        tag("code", card_input_words.example(one)) if card.example else "",
    )


def _answered(card: ModelCard) -> Markup:
    if card.example is None:
        return Markup()
    return tag(
        "p",
        "To the example row it answers ",
        tag("strong", card_input_words.answer(card.example)),
        ".",
    )


def _key(card: ModelCard) -> Markup:
    key = card.version.signature.key
    if not key:
        return Markup()
    return page.paragraphs(
        f"{words.listed(key)} may be sent along to name a row; the model never sees it."
    )
