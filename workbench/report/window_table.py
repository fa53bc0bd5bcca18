"""The table of windows: what came, how well it went, what was decided, which version served then."""

from __future__ import annotations

import math

from storage.records import ColumnDrift, DriftVerdict, Evaluation
from workbench.core import words
from workbench.report import figures, gate_section
from workbench.report.markup import Markup, join, tag
from workbench.report.summary import Chapter, Life

SHOWN_COLUMNS = 5
"""Drifted columns that a window names."""


def table(life: Life) -> Markup:
    """The table, newest windows only where there are many."""
    first = life.frozen_label.rpartition("@")[2]
    heads = (
        ("window", ""),
        ("rows", "number"),
        ("drifted: effect / limit", ""),
        (f"{first} left alone", "number"),
        ("as served", "number"),
        ("policy", ""),
        ("gate", ""),
        ("champion afterwards", ""),
    )
    head = tag("tr", *(tag("th", text, scope="col", class_=c or None) for text, c in heads))
    rows = [_row(life, one) for one in life.shown]
    return tag(
        "div",
        tag("table", tag("thead", head), tag("tbody", *rows), class_="sortable windows"),
        class_="wide",
    )


def _row(life: Life, one: Chapter) -> Markup:
    version, serving = one.window.version, one.window.serving
    return tag(
        "tr",
        _window(one),
        tag("td", words.count(version.rows_added), class_="number", data_sort=version.rows_added),
        _drifted(one),
        _measured(life, one.frozen, one.window.frozen),
        _measured(life, one.served, one.window.champion, by="by"),
        tag("td", _policy(one), class_="prose"),
        _gate(one),
        tag(
            "td",
            words.NOTHING if serving is None else f"v{serving}",
            class_="after",
            data_sort=serving if serving is not None else -1,
        ),
    )


def _window(one: Chapter) -> Markup:
    version = one.window.version
    span = words.days(version.first_time, version.last_time)
    below = [span] if span not in (words.NOTHING, one.name) else []
    if version.label != one.name:
        below.append(version.label)
    return tag("th", one.name, *map(_small, below), scope="row", data_sort=version.number)


def _drifted(one: Chapter) -> Markup:
    report = one.window.report
    if report is None:
        return tag("td", "not compared", class_="none", data_sort=-1)
    found = report.comparison.drifted
    if not found:
        short = report.comparison.verdict is DriftVerdict.INSUFFICIENT
        return tag("td", "too few rows" if short else "none", class_="none", data_sort=0)
    lines = [_effect(column) for column in found[:SHOWN_COLUMNS]]
    if len(found) > SHOWN_COLUMNS:
        lines.append(_small(f"and {len(found) - SHOWN_COLUMNS} more"))
    return tag("td", *lines, data_sort=len(found))


def _effect(column: ColumnDrift) -> Markup:
    numbers = f"{words.number(column.effect)} / {words.number(column.limit)}"
    return tag(
        "div",
        tag("bdi", column.name, title=column.name),
        " ",
        tag("span", numbers, class_="muted"),
        class_="effect",
    )


def _measured(
    life: Life, usable: Evaluation | None, kept: Evaluation | None, *, by: str = ""
) -> Markup:
    """A value with its interval, and `by` whom; why there is none otherwise."""
    if usable is None:
        why = "not measured"
        if kept is not None:
            is_number = math.isfinite(kept.value)
            why = f"in {figures.metric_name(kept.metric)}" if is_number else "undefined"
        return tag("td", why, class_="number none")
    return tag(
        "td",
        life.figure(usable.value),
        tag("span", f" {by} v{usable.model_version}", class_="muted") if by else "",
        _small(life.interval(usable)),
        class_="number",
        data_sort=repr(usable.value),
    )


def _policy(one: Chapter) -> Markup:
    """What the policy decided and why, and what somebody did by hand before."""
    parts = []
    if one.moved_to is not None:
        parts.append(
            _small(f"v{one.moved_to} was made champion outside a cycle before this window.")
        )
    if one.window.cycle is not None:
        parts.append(join([tag("strong", "Retrain: "), one.window.cycle.trigger]))
    elif one.window.report is not None:
        report = one.window.report
        parts.append(join([report.decision or words.NOTHING]))
    return join(parts) if parts else join([words.NOTHING])


def _gate(one: Chapter) -> Markup:
    if one.outcome is None:
        return tag("td", words.NOTHING, class_="none", data_sort=0)
    review = one.window.review
    number = review.challenger if review else one.window.cycle and one.window.cycle.challenger
    name = "" if number is None else f" v{number}"
    parts = [
        gate_section.sign(one.outcome),
        join([name, ", "]),
        tag("a", "why", href=f"#{one.anchor}"),
    ]
    if review is not None and review.champion is not None:
        gain = review.decision
        parts.append(_small(f"gain {words.signed(gain.gain)}"))
        if math.isfinite(gain.low) and math.isfinite(gain.high):
            parts.append(_small(f"({words.gain_interval(gain.low, gain.high)})"))
    return tag("td", *parts, class_="verdict", data_sort=one.outcome)


def _small(text: str) -> Markup:
    return tag("small", text)
