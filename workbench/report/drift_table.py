"""The heat table of drift: each column's effect as a share of its limit, window by window."""

from __future__ import annotations

import math
from dataclasses import dataclass

from storage.records import ColumnDrift, DriftVerdict
from workbench.core import words
from workbench.report.markup import Markup, join, tag
from workbench.report.summary import Chapter, Life

SHOWN_WINDOWS = 18
SHOWN_COLUMNS = 30
_UPRIGHT = 14
"""So many windows fit with their names lying; the names of more stand upright."""

_SIGNS = {DriftVerdict.DRIFT: "●", DriftVerdict.WARN: "○"}
_WORDS = {
    DriftVerdict.DRIFT: "drifted",
    DriftVerdict.WARN: "moved, not drifted",
    DriftVerdict.STABLE: "stable",
    DriftVerdict.INSUFFICIENT: "insufficient data",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One column of the dataset over the windows."""

    name: str
    cells: tuple[ColumnDrift | None, ...]
    """One for each window; None where it was not compared."""

    @property
    def impact(self) -> float | None:
        """Mean impact over the windows that compared it; None when none gives a number."""
        known = [cell.impact for cell in self.cells if cell and math.isfinite(cell.impact)]
        return sum(known) / len(known) if known else None

    @property
    def drifted(self) -> int:
        """In how many windows it drifted."""
        return sum(1 for cell in self.cells if cell and cell.verdict is DriftVerdict.DRIFT)


def table(life: Life) -> Markup:
    """The table with a word on what it leaves out; empty when nothing was compared."""
    chapters = [one for one in life.chapters if one.window.report][-SHOWN_WINDOWS:]
    rows = _rows(chapters)
    if not rows:
        return Markup()
    heat = tag(
        "table",
        tag("thead", *_heads(chapters)),
        tag("tbody", *(_row(row, chapters) for row in rows[:SHOWN_COLUMNS])),
        class_="heat upright" if len(chapters) > _UPRIGHT else "heat",
    )
    return join([tag("div", heat, class_="wide"), _left_out(life, chapters, rows)])


def _rows(chapters: list[Chapter]) -> list[Row]:
    """The columns, largest mean impact first."""
    windows = [
        {column.name: column for column in one.window.report.comparison.columns}
        for one in chapters
        if one.window.report
    ]
    names = dict.fromkeys(name for window in windows for name in window)
    rows = [Row(name=name, cells=tuple(window.get(name) for window in windows)) for name in names]
    return sorted(rows, key=lambda row: (-(row.impact or 0.0), row.name))


def _heads(chapters: list[Chapter]) -> list[Markup]:
    names = [tag("th", tag("span", one.name), scope="col", class_="window") for one in chapters]
    against = [
        tag("td", f"v{number}" if (number := _reference(one)) is not None else words.NOTHING)
        for one in chapters
    ]
    first = tag("th", "column", scope="col", class_="name")
    ends = [tag("th", word, scope="col", class_="number") for word in ("drifted", "mean impact")]
    second = tag("th", "against the training rows of", scope="row", class_="name")
    return [
        tag("tr", first, *names, *ends),
        tag("tr", second, *against, tag("td", colspan=2), class_="against"),
    ]


def _reference(chapter: Chapter) -> int | None:
    return chapter.window.report.model_version if chapter.window.report else None


def _row(row: Row, chapters: list[Chapter]) -> Markup:
    cells = [_cell(cell, one.name) for cell, one in zip(row.cells, chapters, strict=True)]
    compared = sum(1 for cell in row.cells if cell)
    return tag(
        "tr",
        tag("th", tag("bdi", row.name), scope="row", class_="name", title=row.name),
        *cells,
        tag("td", f"{row.drifted} of {compared}", class_="number"),
        tag("td", words.fixed(row.impact, 4), class_="number"),
    )


def _cell(cell: ColumnDrift | None, window: str) -> Markup:
    if cell is None:
        return tag("td", words.NOTHING, class_="none", title=f"{window}: not compared")
    if cell.verdict is DriftVerdict.INSUFFICIENT:
        return tag("td", "few rows", class_="none", title=_title(cell, window))
    ratio = _ratio(cell)
    return tag(
        "td",
        _SIGNS.get(cell.verdict, ""),
        words.fixed(ratio, 2),
        class_=cell.verdict.value if cell.verdict in _SIGNS else None,
        style=f"--heat:{_strength(ratio):.2f}",
        title=_title(cell, window),
    )


def _ratio(cell: ColumnDrift) -> float:
    """Effect as a share of the limit; infinite when there is an effect and none is allowed."""
    if cell.limit > 0:
        return cell.effect / cell.limit
    return math.inf if cell.effect > 0 else math.nan


def _strength(ratio: float) -> float:
    """How strongly a cell is coloured, 0 to 1; full from twice the limit on."""
    return 0.0 if math.isnan(ratio) else min(1.0, max(0.0, ratio / 2))


def _title(cell: ColumnDrift, window: str) -> str:
    lines = [
        f"{cell.name}, {window}: {_WORDS[cell.verdict]}",
        f"effect {words.number(cell.effect)}, limit {words.number(cell.limit)} ({cell.limit_source})",
        f"adjusted p {words.p_value(cell.p_adjusted)}, {words.plural(cell.rows, 'row')}",
        f"PSI {words.number(cell.psi)}",
    ]
    if cell.importance is not None:
        lines.append(f"{words.share(cell.importance)} of the model's importance")
    return "\n".join(lines)


def _left_out(life: Life, chapters: list[Chapter], rows: list[Row]) -> Markup:
    compared = sum(1 for one in life.chapters if one.window.report)
    missing = []
    if len(rows) > SHOWN_COLUMNS:
        less = words.plural(len(rows) - SHOWN_COLUMNS, "column")
        drifted = sum(1 for row in rows[SHOWN_COLUMNS:] if row.drifted)
        missing.append(f"{less} of less impact, {drifted} of which drifted in some window")
    if compared > len(chapters):
        missing.append(words.plural(compared - len(chapters), "older window"))
    if not missing:
        return Markup()
    return tag("p", f"Left out: {'; '.join(missing)}.", class_="note")
