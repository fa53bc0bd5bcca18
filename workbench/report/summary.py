"""What the history of a model adds up to: names of its windows, what became of its challengers, averages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.records import (
    CHAMPION,
    CycleState,
    Evaluation,
    HistoryWindow,
    ModelHistory,
    ModelVersion,
)
from workbench.core import metrics, words
from workbench.report import figures

SHOWN_WINDOWS = 60
"""Newest windows that chart and tables show; the sentences count all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """One window with its name and what is worth comparing in it."""

    name: str
    """`2013-04` where windows are months, else its days or its version."""
    window: HistoryWindow
    served: Evaluation | None
    """The champion's, in the metric of the history; None when nothing was measured."""
    frozen: Evaluation | None
    """The first version's, likewise."""
    outcome: str | None
    """What became of the challenger: promoted, rejected, held, failed, open; None without a cycle."""
    moved_to: int | None
    """The champion that answered this window when it is not the one the window before ended with."""

    @property
    def anchor(self) -> str:
        """Where the page tells of its gate."""
        return f"gate-{self.window.version.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """A history as the report's sections read it."""

    history: ModelHistory
    chapters: tuple[Chapter, ...]
    """All windows, oldest first."""
    is_monthly: bool
    """Whether every window is a month of its own."""
    larger_is_better: bool | None
    """None when the metric is none of ours."""
    decimals: int
    """Decimals that tell the metric's values apart."""

    @property
    def metric(self) -> str:
        """The metric as people write it."""
        return figures.metric_name(self.history.metric)

    @property
    def shown(self) -> tuple[Chapter, ...]:
        """The newest windows, as many as a page can carry."""
        return self.chapters[-SHOWN_WINDOWS:]

    @property
    def champion(self) -> ModelVersion | None:
        """The version that serves now; None when none does."""
        found = (one for one in self.history.versions if CHAMPION in one.aliases)
        return next(found, None)

    @property
    def frozen_label(self) -> str:
        """How people name the version kept as a yardstick: `late@v1`."""
        numbers = [one.frozen.model_version for one in self.chapters if one.frozen]
        return f"{self.history.model.name}@v{numbers[0] if numbers else 1}"

    @property
    def rows(self) -> int:
        """Rows that all windows added."""
        return sum(one.window.version.rows_added for one in self.chapters)

    @property
    def outcomes(self) -> Counter[str]:
        """How many cycles ended how."""
        return Counter(one.outcome for one in self.chapters if one.outcome)

    @property
    def challengers(self) -> int:
        """How many challengers were trained."""
        return sum(1 for one in self.chapters if challenger(one.window) is not None)

    def figure(self, value: float | None) -> str:
        """A value of the metric."""
        return figures.value(value, self.decimals)

    def interval(self, evaluation: Evaluation) -> str:
        """The 95 % interval of an evaluation: `0.633 to 0.647`."""
        return figures.interval(evaluation.low, evaluation.high, self.decimals)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """What was served against the first version, over the windows that know both."""

    name: str
    """Of the window; empty for the average over all."""
    served: float
    frozen: float
    advantage: float
    """In the direction in which larger is better."""
    is_clear: bool
    """Whether the two intervals do not overlap."""
    is_same: bool
    """Whether the first version was what was served."""


def life(history: ModelHistory) -> Life:
    """A history as the report's sections read it."""
    names = window_names(history.windows)
    chapters: list[Chapter] = []
    for name, window in zip(names, history.windows, strict=True):
        chapters.append(_chapter(name, window, chapters, history.metric))
    measured = [one for each in chapters for one in (each.served, each.frozen) if one]
    return Life(
        history=history,
        chapters=tuple(chapters),
        is_monthly=bool(names) and names == _months(history.windows),
        larger_is_better=_direction(history.metric),
        decimals=figures.decimals(
            [one.value for one in measured], [(one.high - one.low) / 2 for one in measured]
        ),
    )


def contrasts(life: Life) -> tuple[Contrast, ...]:
    """What was served against the first version, window by window where both are known."""
    return tuple(
        _contrast(life, one.name, one.served, one.frozen)
        for one in life.chapters
        if one.served and one.frozen
    )


def average(life: Life) -> Contrast | None:
    """Served against the first version over all windows that know both, weighted by their rows."""
    pairs = [(one.served, one.frozen) for one in life.chapters if one.served and one.frozen]
    rows = sum(served.rows for served, _ in pairs)
    if rows <= 0:
        return None
    served = sum(served.value * served.rows for served, _ in pairs) / rows
    frozen = sum(frozen.value * served.rows for served, frozen in pairs) / rows
    return Contrast(
        name="",
        served=served,
        frozen=frozen,
        advantage=_advantage(life, served, frozen),
        is_clear=False,
        is_same=all(one.model_version == other.model_version for one, other in pairs),
    )


def challenger(window: HistoryWindow) -> int | None:
    """Number of the version that a window's cycle trained; None when it trained none."""
    if window.review is not None:
        return window.review.challenger
    return window.cycle.challenger if window.cycle else None


def window_names(windows: Sequence[HistoryWindow]) -> tuple[str, ...]:
    """Names that tell windows apart, as short as they can be: months, first days, or versions."""
    versions = [window.version for window in windows]
    starts = tuple(words.day(version.first_time) for version in versions)
    short = tuple(f"{figures.cut(one.dataset, most=16)}@v{one.number}" for one in versions)
    for names in (_months(windows), starts, short):
        if len(set(names)) == len(windows) and words.NOTHING not in names:
            return names
    return tuple(version.label for version in versions)


def _months(windows: Sequence[HistoryWindow]) -> tuple[str, ...]:
    return tuple(_month(window.version.first_time, window.version.last_time) for window in windows)


def _month(start: datetime | None, end: datetime | None) -> str:
    """The month that holds both moments when they lie weeks apart; nothing otherwise."""
    if start is None or end is None or (start.year, start.month) != (end.year, end.month):
        return words.NOTHING
    return f"{start:%Y-%m}" if (end - start).days >= 20 else words.NOTHING


def _chapter(name: str, window: HistoryWindow, before: Sequence[Chapter], metric: str) -> Chapter:
    answering = window.report.model_version if window.report else None
    ended_with = before[-1].window.serving if before else answering
    is_moved = None not in (answering, ended_with) and answering != ended_with
    return Chapter(
        name=name,
        window=window,
        served=_usable(window.champion, metric),
        frozen=_usable(window.frozen, metric),
        outcome=_outcome(window),
        moved_to=answering if is_moved else None,
    )


def _usable(evaluation: Evaluation | None, metric: str) -> Evaluation | None:
    """The evaluation when it is a number in this metric."""
    if evaluation is None or evaluation.metric != metric or not math.isfinite(evaluation.value):
        return None
    return evaluation


_VERDICTS = {"pass": CycleState.PROMOTED, "reject": CycleState.REJECTED, "hold": CycleState.HELD}


def _outcome(window: HistoryWindow) -> str | None:
    if window.cycle is not None:
        return window.cycle.state.value
    if window.review is not None:
        return _VERDICTS[window.review.decision.verdict.value].value
    return None


def _direction(metric: str) -> bool | None:
    try:
        return metrics.larger_is_better(metric)
    except ValueError:
        return None  # a metric of the user's own recipe


def _contrast(life: Life, name: str, served: Evaluation, frozen: Evaluation) -> Contrast:
    return Contrast(
        name=name,
        served=served.value,
        frozen=frozen.value,
        advantage=_advantage(life, served.value, frozen.value),
        is_clear=served.low > frozen.high or frozen.low > served.high,
        is_same=served.model_version == frozen.model_version,
    )


def _advantage(life: Life, served: float, frozen: float) -> float:
    return frozen - served if life.larger_is_better is False else served - frozen
