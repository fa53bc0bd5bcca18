"""The list of runs: which columns it can have, and a run as a row of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from storage.records import RunState
from workbench.config import Config
from workbench.core import words
from workbench.tui import charts
from workbench.tui.run_seen import main_metric
from workbench.tui.settings import RunListing
from workbench.tui.theme import glyph, state_word
from workbench.tui.views.parts import dim, elapsed_s
from workbench.tui.widgets.columns import Column, Row

if TYPE_CHECKING:
    from workbench.core.filters import Fields, Names
    from workbench.services.run_lists import ListedRun, RunPage

VALUE, METRIC = "value", "metric"
"""Columns that are no names of the filter language: what a run is judged by."""
BEGINNING = ("recipe", VALUE, METRIC, "took", "data", "started")
"""The columns while nobody has chosen others."""
MARKED = ("◉", "$primary")
_BAR = 5
_DROPS = {METRIC: 4, "took": 1, "data": 2, "started": 3}
_RIGHT = ("took", "started", "ended", "seed", "version", VALUE)
_MOST = 18
_SAYS = {
    VALUE: "the metric that its experiment is judged by",
    METRIC: "which metric that is",
    "took": "from start to end; how far it is while it runs",
    "parent": "the run it is a part of",
    "by": "who started it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsSeen:
    """A page of runs, made ready on the feed's thread."""

    page: RunPage
    fields: tuple[Fields, ...]
    """What each of them has by name."""
    listing: RunListing
    """How they are listed."""
    problem: tuple[str, str] | None = None
    """Why the page is not what was asked for: what is wrong, and what is right."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that are shown."""
        return self.listing.columns or BEGINNING


def choices(names: Names) -> tuple[tuple[str, str], ...]:
    """Every name that can be a column, and what it stands for."""
    own = [*BEGINNING, *(name for name in names.attributes if name not in {*BEGINNING, "run"})]
    return (
        *((name, _SAYS.get(name, "")) for name in own),
        *((f"metrics.{name}", "metric") for name in sorted(names.metrics)),
        *((f"params.{name}", "param") for name in sorted(names.params)),
    )


def sortable(names: Names) -> tuple[tuple[str, str], ...]:
    """Every name that runs can be sorted by, and what it stands for."""
    found = [(name, says) for name, says in choices(names) if name not in {VALUE, METRIC}]
    return (("run", "newest or oldest first"), *found)


def columns(seen: RunsSeen) -> tuple[Column, ...]:
    """How the page is laid out: marks, state and name first."""
    shown = seen.names
    short = [_short(name) for name in shown]
    return (
        Column(label="", width=1),
        Column(label="", width=1),
        Column(label=f"run{_arrow('run', seen.listing.sort)}"),
        *(
            _column(place, name, title if short.count(title) == 1 else name, seen)
            for place, (name, title) in enumerate(zip(shown, short, strict=True))
        ),
    )


def run_rows(
    seen: RunsSeen, config: Config, now: datetime, *, marked: Collection[int]
) -> list[Row]:
    """The runs of a page, children below their parents."""
    shown = seen.names
    is_tree = any(one.children or one.depth for one in seen.page.runs)
    return [
        Row(
            key=one.run.id,
            cells=(
                Content.styled(*MARKED) if one.run.id in marked else "",
                glyph(one.run.state),
                _label(one, is_tree=is_tree, is_flat=seen.page.is_flat),
                *(_cell(name, one, fields, config, now) for name in shown),
            ),
            is_part=one.depth > 0,
        )
        for one, fields in zip(seen.page.runs, seen.fields, strict=True)
    ]


def title(marked: Collection[int], listing: RunListing) -> str:
    """What the list is called."""
    parts = ["Runs"]
    if listing.sort is not None:
        parts.append(f"by {listing.sort.removeprefix('-')} {_arrow_of(listing.sort)}")
    if marked:
        parts.append(f"{len(marked)} marked")
    return "  ".join(parts)


def _column(place: int, name: str, title: str, seen: RunsSeen) -> Column:
    values = [fields.get(name) for fields in seen.fields]
    is_number = any(isinstance(one, int | float) for one in values) and not any(
        isinstance(one, str) for one in values
    )
    is_right = name in _RIGHT or is_number
    return Column(
        label=f"{title}{_arrow(name, seen.listing.sort)}",
        align="right" if is_right else "left",
        most=_MOST,
        drop=_DROPS.get(name, 0) if name in BEGINNING and not seen.listing.columns else place,
    )


def _short(name: str) -> str:
    group, dot, rest = name.partition(".")
    return rest if dot and group in {"metrics", "params"} else name


def _arrow(name: str, sort: str | None) -> str:
    if sort is None or sort.removeprefix("-") not in {name, _short(name)}:
        return ""
    return f" {_arrow_of(sort)}"


def _arrow_of(sort: str) -> str:
    return "▼" if sort.startswith("-") else "▲"


def _label(one: ListedRun, *, is_tree: bool, is_flat: bool) -> Content:
    run, study = one.run, f" {one.study.label}" if one.study else ""
    if is_flat:
        parent = "" if run.parent_id is None else f" in r{run.parent_id}"
        return Content.assemble(run.label, (f"{study}{parent}", "$muted"))
    fold = ("▾ " if one.is_open else "▸ ") if one.children else "  "
    many = f" +{one.children}" if one.children else ""
    indent = "  " * one.depth
    return Content.assemble(
        indent, (fold if is_tree else "", "$primary"), run.label, (f"{study}{many}", "$muted")
    )


def _cell(
    name: str, one: ListedRun, fields: Fields, config: Config, now: datetime
) -> Content | str:
    made = _MADE.get(name)
    if made is not None:
        return made(one, config, now)
    found = fields.get(name)
    if found is None or found == "":
        return dim(words.NOTHING)
    if name.startswith("metrics.") and isinstance(found, int | float):
        return words.metric(float(found))
    return f"{found:g}" if isinstance(found, float) else str(found).replace("\n", " ")


def _value(one: ListedRun, config: Config, _now: datetime) -> Content | str:
    metric = main_metric(one.run, config)
    return words.metric(one.run.metrics[metric].value) if metric else dim(words.NOTHING)


def _metric(one: ListedRun, config: Config, _now: datetime) -> Content | str:
    return dim(main_metric(one.run, config) or "")


def _took(one: ListedRun, _config: Config, now: datetime) -> Content | str:
    """From start to end; while it runs, how far it is if anybody can tell."""
    share = _share(one)
    if share is None:
        return words.duration(elapsed_s(one.run.started_at, one.run.ended_at, now))
    return Content.assemble(charts.progress(share, _BAR), f" {words.percent(share, 0)}")


def _share(one: ListedRun) -> float | None:
    if one.run.state is not RunState.RUNNING:
        return None
    if one.study is not None:
        return one.study.ended / one.study.budget
    return one.job.progress if one.job is not None else None


def _state(one: ListedRun, _config: Config, _now: datetime) -> Content | str:
    return state_word(one.run.state)


def _data(one: ListedRun, _config: Config, _now: datetime) -> Content | str:
    return dim(words.versioned(one.run.dataset, one.run.version))


def _started(one: ListedRun, _config: Config, now: datetime) -> Content | str:
    return dim(words.ago(one.run.started_at, now))


def _ended(one: ListedRun, _config: Config, now: datetime) -> Content | str:
    at = one.run.ended_at
    return dim(words.ago(at, now) if at else words.NOTHING)


_MADE: dict[str, Callable[[ListedRun, Config, datetime], Content | str]] = {
    VALUE: _value,
    METRIC: _metric,
    "took": _took,
    "state": _state,
    "data": _data,
    "started": _started,
    "ended": _ended,
}
"""Cells that say more than a value."""
