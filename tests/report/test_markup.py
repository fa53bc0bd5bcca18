"""Markup: no text can leave its place, and the page stays well-formed."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.report.markup import Markup, escape, join, prose, tag

any_text = st.text(st.characters(), max_size=40)
writable = st.text(st.characters(exclude_categories=["C"]), max_size=40)


@given(any_text)
def test_any_text_makes_a_well_formed_element(text):
    made = tag("td", text, title=text)

    assert ET.fromstring(made).tag == "td"
    made.encode("utf-8")


@given(writable)
def test_text_is_read_back_as_it_was(text):
    element = ET.fromstring(tag("td", text))

    assert (element.text or "") == text


@given(any_text)
def test_prose_changes_no_word(text):
    element = ET.fromstring(tag("p", prose(text)))
    plain = ET.fromstring(tag("p", text))

    assert "".join(element.itertext()).replace("`", "") == (plain.text or "").replace("`", "")


@given(any_text)
def test_escaping_twice_changes_nothing(text):
    assert escape(escape(text)) == escape(text)


def test_markup_among_text_is_kept_and_the_text_is_not():
    assert join(["<", Markup("<br/>"), "&"]) == "&lt;<br/>&amp;"


def test_prose_keeps_numbers_and_dates_on_a_line():
    assert prose("27 564 rows") == '<span class="tied">27 564</span> rows'
    assert '<span class="tied">2013-04-01</span>' in prose("since 2013-04-01.")
    assert prose("`workbench data add`") == "<code>workbench data add</code>"


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({"class_": "a"}, '<p class="a"></p>'),
        ({"data_sort": 3}, '<p data-sort="3"></p>'),
        ({"width": 2.50}, '<p width="2.5"></p>'),
        ({"title": '"<'}, '<p title="&quot;&lt;"></p>'),
        ({"title": None}, "<p></p>"),
    ],
    ids=["reserved word", "hyphen", "number", "quote", "left out"],
)
def test_attributes_are_written_as_html_has_them(attributes, expected):
    assert tag("p", **attributes) == expected
