"""The table of versions: where each comes from, what it promised, its proof, when it served."""

from __future__ import annotations

from collections import defaultdict

from storage.records import ModelVersion
from workbench.core import words
from workbench.report.markup import Markup, join, tag
from workbench.report.summary import Life

SHOWN_VERSIONS = 60


def table(life: Life) -> Markup:
    """The table with a word on what it leaves out; empty when there is no version."""
    versions = life.history.versions
    if not versions:
        return Markup()
    heads = (
        ("version", ""),
        ("run", ""),
        ("trained on", ""),
        (f"{life.metric} at registration", "number"),
        ("parity: rows", "number"),
        ("largest difference", "number"),
        ("labels that flip", "number"),
        ("proof", ""),
        ("served", ""),
        ("aliases", ""),
    )
    served = _served(life)
    head = tag("tr", *(tag("th", text, scope="col", class_=c or None) for text, c in heads))
    rows = [_row(life, one, served.get(one.number, [])) for one in versions[-SHOWN_VERSIONS:]]
    whole = tag("table", tag("thead", head), tag("tbody", *rows), class_="sortable versions")
    return join([tag("div", whole, class_="wide"), _left_out(len(versions))])


def _served(life: Life) -> dict[int, list[str]]:
    """The names of the windows that each version answered, oldest first."""
    served = defaultdict(list)
    for one in life.chapters:
        if one.window.report is not None and one.window.report.model_version is not None:
            served[one.window.report.model_version].append(one.name)
    return served


def _row(life: Life, version: ModelVersion, windows: list[str]) -> Markup:
    parity, value = version.parity, version.metrics.get(life.history.metric)
    return tag(
        "tr",
        tag("th", f"v{version.number}", scope="row", data_sort=version.number),
        tag("td", version.origin, data_sort=version.run_id or 0),
        _trained_on(version),
        _number(life.figure(value), value),
        _number(words.count(parity.rows), parity.rows),
        _number(words.number(parity.max_abs_diff), parity.max_abs_diff),
        _number(words.count(parity.flips), parity.flips),
        tag("td", "✓ passed" if parity.passed else "✕ failed"),
        tag("td", _windows(windows), data_sort=len(windows)),
        tag(
            "td",
            ", ".join(version.aliases) or words.NOTHING,
            class_="after" if version.aliases else None,
        ),
    )


def _trained_on(version: ModelVersion) -> Markup:
    if not version.train:
        return tag("td", "not recorded", class_="none")
    label = tag("bdi", version.train)
    rows = version.metrics.get("training_rows")
    more = [] if rows is None else [tag("small", words.plural(int(rows), "row"))]
    return tag("td", label, *more, data_sort=version.version)


def _number(text: str, value: float | None) -> Markup:
    return tag("td", text, class_="number", data_sort=None if value is None else repr(value))


def _windows(names: list[str]) -> str:
    if len(names) < 2:
        return names[0] if names else "no window"
    return f"{names[0]} to {names[-1]}, {words.plural(len(names), 'window')}"


def _left_out(versions: int) -> Markup:
    missing = versions - SHOWN_VERSIONS
    if missing <= 0:
        return Markup()
    return tag("p", f"Left out: {words.plural(missing, 'older version')}.", class_="note")
