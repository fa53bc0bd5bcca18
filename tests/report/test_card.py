"""The model card, as a page and as Markdown: whole, self-contained, and unmoved by hostile names."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from tests.report import cards, lives
from workbench.report import card as page
from workbench.report import card_markdown

CARDS = {
    "binary": cards.a_card(),
    "multiclass": cards.a_card("multiclass"),
    "regression": cards.a_card("regression"),
    "without figures": cards.a_card(figures=None),
    "from a file": cards.a_bare_card(),
    "hostile": cards.a_card(name=lives.HOSTILE[0]),
}
every_card = pytest.mark.parametrize("card", CARDS.values(), ids=CARDS)
HOSTILE = (
    *lives.HOSTILE,
    "a|b",
    "`tick`",
    "**bold** _x_",
    "[link](http://x.y)",
    "line\nbreak",
    "1. x",
)


def html(card):
    return page.html(card, made_at=lives.MADE_AT)


def markdown(card):
    return card_markdown.markdown(card, made_at=lives.MADE_AT)


def text(written):
    return "".join(ET.fromstring(written.removeprefix("<!DOCTYPE html>\n")).itertext())


def read(written):
    """What a reader of Markdown shows, as a tree."""
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(written)
    return ET.fromstring(f"<body>{shown.replace('<br>', '<br/>')}</body>")


@every_card
def test_the_page_is_well_formed_and_needs_nothing_else(card):
    tree = ET.fromstring(html(card).removeprefix("<!DOCTYPE html>\n"))
    attributes = {key for element in tree.iter() for key in element.attrib}
    tags = {element.tag for element in tree.iter()}

    assert not attributes & {"src", "href", "srcset", "action"}
    assert not tags & {"link", "iframe", "img", "object"}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_somebody_chose_stands_as_text_on_the_page(name):
    written = html(cards.a_card(name=name))

    assert written.count("<script>") == html(cards.a_card()).count("<script>")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_somebody_chose_moves_nothing_in_the_markdown(name):
    def shape(tree):
        return [one.tag for one in tree.iter() if one.tag != "code"]

    assert shape(read(markdown(cards.a_card(name=name)))) == shape(read(markdown(cards.a_card())))


@every_card
def test_the_markdown_shows_no_markup_of_its_own(card):
    told = "".join(read(markdown(card)).itertext())

    assert "| ---" not in told
    assert "](" not in told


@every_card
def test_page_and_markdown_say_the_same_facts(card):
    facts = ["How good it is", "What it takes", "The proof", "Where it came from", "How to ask it"]
    told, shown = text(html(card)), "".join(read(markdown(card)).itertext())

    assert all(fact in told and fact in shown for fact in facts)
    assert all(one.sentence in told and one.sentence in shown for one in card.limits) or (
        card is CARDS["hostile"]
    )


@pytest.mark.parametrize(
    ("task", "titles"),
    [
        ("binary", ["ROC of yes", "PR of yes", "Calibration"]),
        ("multiclass", ["ROC of a", "ROC of b", "PR of c", "Calibration"]),
        ("regression", ["Residuals", "Residuals by prediction"]),
    ],
)
def test_every_figure_of_a_task_is_drawn(task, titles):
    written = html(cards.a_card(task))

    assert all(f"<title>{title}" in written for title in titles)


def test_the_headline_says_what_it_is_how_good_and_whether_it_serves():
    assert "<title>late@v7: ROC AUC 0.7000, champion</title>" in html(cards.a_card())


def test_an_override_is_shown_for_ever():
    card = cards.a_card()
    failed = replace(card.version, parity=cards.a_parity(passed=False), override="no other way")
    overridden = replace(card, version=failed)

    assert "its failed proof was overridden: no other way" in text(html(overridden))
    assert "its failed proof was overridden: no other way" in markdown(overridden)


def test_a_version_from_a_file_says_what_nobody_knows():
    told = text(html(CARDS["from a file"]))

    assert "Nobody knows." in told
    assert "It has no metrics." in told
    assert "late.onnx, sha256 ab12" in told


def test_without_a_word_on_its_use_the_card_says_where_to_write_it():
    card = cards.a_card(intended_use="")

    assert "intended_use" in text(html(card))
    assert "[models.late]" in markdown(card)


def test_a_column_without_any_value_has_no_drawing():
    empty = cards.an_input("dow", spread=cards.spread(bars=(), distinct=0, missing=1.0))

    assert 'class="spark"' not in html(cards.a_card(inputs=(empty,)))


def test_the_proof_tells_the_hostile_rows_by_kind_and_the_worst_with_both_answers():
    told = text(html(cards.a_card()))

    assert "150 missing and 50 at a threshold" in told
    assert "not finite" in told
