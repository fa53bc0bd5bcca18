"""The page: well-formed, self-contained, complete, and unmoved by hostile names."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.records import CycleState, DriftVerdict, GateVerdict
from tests.report import lives
from workbench.report import drift_table, gate_section, history, summary

NAN = math.nan


def _page(life, **options):
    return history.html(life, made_at=lives.MADE_AT, **options)


def _tree(page):
    return ET.fromstring(page.removeprefix("<!DOCTYPE html>\n"))


def _text(element):
    return "".join(element.itertext())


def _unfinished():
    broken = replace(lives.column("temp"), effect=NAN, limit=0.0, p_adjusted=NAN, psi=NAN)
    few = replace(lives.column("dewp"), verdict=DriftVerdict.INSUFFICIENT)
    held = lives.review(0, GateVerdict.HOLD, gain=NAN, slices=[lives.slice_gain("EWR", gain=NAN)])
    return lives.history(
        lives.window(
            0,
            report=lives.drift_report(0, [broken, few]),
            champion=lives.evaluation(0, NAN),
            frozen=lives.evaluation(0, 0.6, half_width=NAN),
            cycle=lives.cycle(0, CycleState.HELD),
            review=held,
        ),
        lives.window(1, cycle=lives.cycle(1, CycleState.OPEN, challenger=None), timed=False),
        lives.window(2, cycle=lives.cycle(2, CycleState.FAILED), serving=None),
        lives.window(3, review=lives.review(3, GateVerdict.PASS, champion=None)),
    )


LIVES = {
    "nothing at all": lives.history(versions=()),
    "no window": lives.history(),
    "one window": lives.history(lives.eventful(0, 0.7, 0.66)),
    "no labels": lives.history(lives.window(0, report=lives.drift_report(0, [lives.column("a")]))),
    "no columns": lives.history(lives.window(0, report=lives.drift_report(0, []))),
    "unfinished": _unfinished(),
    "hostile": lives.hostile(),
    "a year": lives.year(),
    "fifty columns": lives.year(3, columns=50),
    "seventy windows": lives.year(70, columns=3),
}
every_life = pytest.mark.parametrize("life", LIVES.values(), ids=LIVES)


class _Balanced(HTMLParser):
    """Reads a page as a browser does and keeps what is open."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag in {"meta", "br"}:
            self.open.pop()

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@every_life
def test_the_page_is_well_formed_to_a_browser_and_to_xml(life):
    page = _page(life)
    reader = _Balanced()
    reader.feed(page)

    assert reader.open == []
    assert _tree(page).tag == "html"


@every_life
def test_the_page_needs_nothing_else(life):
    reader = _Balanced()
    reader.feed(_page(life))
    fetched = [attrs for _, attrs in reader.seen if {"src", "srcset", "action"} & set(attrs)]
    links = [attrs["href"] for _, attrs in reader.seen if "href" in attrs]

    assert not fetched
    assert all(link.startswith("#") for link in links)
    assert not {"link", "iframe", "img", "object"} & {tag for tag, _ in reader.seen}


@every_life
def test_links_lead_somewhere_and_ids_are_unique(life):
    tree = _tree(_page(life))
    ids = [element.get("id") for element in tree.iter() if element.get("id")]

    assert len(set(ids)) == len(ids)
    assert all(link.get("href").removeprefix("#") in ids for link in tree.iter("a"))


@every_life
def test_the_same_record_gives_the_same_page(life):
    assert _page(life) == _page(life)


def test_style_and_script_fetch_nothing_and_need_no_escape():
    tree = _tree(_page(lives.history()))
    code = "".join(_text(element) for name in ("style", "script") for element in tree.iter(name))

    assert not re.search(r"url\(|@import|https?:|fetch|XMLHttp|&|<", code)


def test_every_window_stands_in_the_table():
    tree = _tree(_page(lives.year(12)))
    table = next(one for one in tree.iter("table") if "windows" in one.get("class"))
    names = [row.find("th").text for row in table.find("tbody")]

    assert names == [f"2013-{month:02}" for month in range(4, 13)] + [
        "2014-01",
        "2014-02",
        "2014-03",
    ]


def test_every_version_stands_in_the_table():
    tree = _tree(_page(lives.year(12)))
    table = next(one for one in tree.iter("table") if "versions" in one.get("class"))

    assert [row.find("th").text for row in table.find("tbody")] == [f"v{n}" for n in range(1, 14)]


def test_a_year_of_sixteen_columns_is_under_half_a_megabyte():
    assert len(_page(lives.year(12, columns=16)).encode()) < 500_000


def test_the_longest_page_has_a_limit_too():
    assert len(_page(lives.year(300, columns=60)).encode()) < 700_000


def test_no_name_becomes_markup():
    page = _page(lives.hostile(), project=lives.HOSTILE[0])
    scripts = list(_tree(page).iter("script"))

    assert len(scripts) == 1
    assert "alert(1)" not in _text(scripts[0])
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "출발_지연" in page


@settings(max_examples=40)
@given(st.text(max_size=30), st.text(max_size=30))
def test_any_names_make_a_well_formed_page(name, reason):
    full = lives.eventful(0, 0.7, 0.6)
    drifted = lives.drift_report(0, [lives.column(name, ratio=2.0)], champion=2, sentence=reason)
    slices = [lives.slice_gain(name)]
    shown = replace(full, report=drifted, review=lives.review(0, GateVerdict.PASS, slices=slices))
    page = _page(lives.history(shown), project=name)

    assert _tree(page).tag == "html"
    page.encode("utf-8")


def test_commands_quote_a_name_that_a_shell_would_read():
    model = replace(lives.MODEL, name="late; rm -rf ~")

    commands = [code.text for code in _tree(_page(lives.history(model=model))).iter("code")]

    assert "workbench history 'late; rm -rf ~'" in commands


def test_each_outcome_has_a_mark_of_its_own_on_the_chart():
    outcomes = list(CycleState)
    windows = [
        replace(lives.eventful(index, 0.7, 0.66), cycle=lives.cycle(index, state))
        for index, state in enumerate(outcomes)
    ]
    tree = _tree(_page(lives.history(*windows)))
    marks = {one.get("class") for one in tree.iter("g") if "marker" in (one.get("class") or "")}

    assert marks == {f"marker {state.value}" for state in outcomes}


def test_a_gap_in_the_measurements_is_a_gap_in_the_line():
    windows = [lives.eventful(0, 0.7, 0.6), lives.eventful(1, 0.7, 0.6), lives.window(2)]
    tree = _tree(_page(lives.history(*windows, lives.eventful(3, 0.7, 0.6))))
    lines = [one for one in tree.iter("path") if one.get("class") == "line served"]

    assert [line.get("d").count("L") for line in lines] == [1]


def test_a_drifted_cell_is_marked_by_sign_and_class_and_tells_its_figures():
    report = lives.drift_report(0, [lives.column("temp", ratio=1.2)])
    table = ET.fromstring(
        drift_table.table(summary.life(lives.history(lives.window(0, report=report))))
    )
    cell = next(one for one in table.iter("td") if one.get("class") == "drift")

    assert cell.text == "●1.20"
    assert cell.get("title").splitlines() == [
        "temp, 2013-04: drifted",
        "effect 0.480, limit 0.400 (calibrated)",
        "adjusted p <.001, 27 564 rows",
        "PSI 0.310",
        "10.0 % of the model's importance",
    ]


def test_columns_stand_in_the_order_of_their_impact():
    columns = [
        lives.column("strong but unused", ratio=2.0, importance=0.01),
        lives.column("weak but used", ratio=0.6, importance=0.5),
    ]
    report = lives.drift_report(0, columns)
    page = drift_table.table(summary.life(lives.history(lives.window(0, report=report))))

    assert page.index("weak but used") < page.index("strong but unused")


def test_columns_and_windows_that_are_left_out_are_counted():
    life = summary.life(lives.year(drift_table.SHOWN_WINDOWS + 2, columns=50))

    note = drift_table.table(life).rpartition("<p")[2]

    assert f"{50 - drift_table.SHOWN_COLUMNS} columns of less impact" in note
    assert "2 older windows" in note


def test_windows_that_are_left_out_are_counted():
    page = _page(lives.year(summary.SHOWN_WINDOWS + 1, columns=1))

    assert "1 older one are" not in page
    assert "1 older one is counted in the headline" in page


def test_slices_stand_below_all_rows_the_worst_first():
    slices = [lives.slice_gain(f"s{n}", gain=n / 100) for n in range(14, 0, -1)]
    reviewed = lives.window(0, review=lives.review(0, GateVerdict.PASS, slices=slices))
    article = gate_section.articles(summary.life(lives.history(reviewed)))[0]
    rows = [one.text for one in ET.fromstring(article).iter("bdi")]

    assert rows == ["all rows", *(f"origin = s{n}" for n in range(1, 13))]
    assert "2 slices with larger gains left out" in article


def test_reasons_that_are_left_out_are_counted():
    reviewed = lives.review(0, GateVerdict.REJECT)
    decision = replace(reviewed.decision, reasons=tuple(f"worse where {n}" for n in range(15)))
    window = lives.window(0, review=replace(reviewed, decision=decision))
    article = gate_section.articles(summary.life(lives.history(window)))[0]

    assert article.count("worse where") == gate_section.SHOWN_REASONS
    assert "3 more reasons left out." in article


def test_an_undefined_metric_is_told_as_such():
    page = _page(_unfinished())

    assert ">undefined<" in page
    assert ">no interval<" in page


def test_the_page_says_when_it_was_made_and_of_which_project():
    page = _page(lives.history(), project="flights")

    assert "project flights" in page
    assert '<time datetime="2026-11-23T18:10:00+00:00">2026-11-23 18:10 UTC</time>' in page
