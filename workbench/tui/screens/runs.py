"""Runs: which was best, on which data, with what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from textual import on
from textual.containers import Horizontal
from textual.widget import Widget

from storage.records import CurvePoint, GateReview, ModelVersion, Run
from workbench.core import words
from workbench.tui import actions, feed
from workbench.tui.screens.base import ModeScreen
from workbench.tui.views import runs as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from workbench.api import Workbench

RUNS = (
    Column(label="", width=1),
    Column(label="run"),
    Column(label="recipe", most=16),
    Column(label="value", align="right"),
    Column(label="metric", drop=4, most=10),
    Column(label="took", align="right", drop=1),
    Column(label="data", drop=2),
    Column(label="started", align="right", drop=3),
)
_LOOKED_THROUGH = 200
"""Newest versions and reviews of a model among which those of a run are looked for."""
RunInFull = tuple[Run, tuple[str, Sequence[CurvePoint]] | None, views.Rival | None]
"""A run, the metric drawn with its points, and whom it is held against."""


class RunsScreen(ModeScreen):
    """Runs on the left, the selected one on the right."""

    DEFAULT_CSS = """
    RunsScreen {
        #runs { width: 55%; }
        #run { width: 1fr; }
        &.-narrow #runs { width: 1fr; }
    }
    """
    BINDINGS = actions.bindings("runs")
    MODE = "runs"

    def __init__(self) -> None:
        super().__init__()
        self._run: int | None = None
        self._metric: str | None = None
        self._seen: Run | None = None

    def panes(self) -> Iterable[Widget]:
        """The list and one run."""
        with Horizontal():
            yield Table("Runs", RUNS, id="runs", classes="first main")
            yield Sheet("Run", id="run", classes="side")

    def asks(self) -> Iterable[feed.Ask[Any]]:
        """A page of runs; the selected run in full."""
        table, run, metric = self.main, self._run, self._metric
        rows = self.page_of(
            lambda w, limit, offset: w.runs(limit=limit, offset=offset), views.run_fields, table
        )
        yield feed.Ask(
            part="runs",
            about=(table.offset_wanted, self.query_text),
            read=lambda w: (rows(w), w.run_count()),
            show=self.show_runs,
        )
        if run is not None:
            yield feed.Ask(
                part="run",
                about=(run, metric),
                read=lambda w: _run_in_full(w, run, metric),
                show=self.show_run,
            )

    def show_runs(self, page: tuple[tuple[Run, ...], int]) -> None:
        """Lists the runs."""
        runs, total = page
        config = self.workbench.config
        first = next(iter(config.experiments), "EXPERIMENT")
        self.main.say_when_empty(
            *(["No run matches."] if self.query_text else ["No runs yet. Start one:"]),
            *([] if self.query_text else [f"  workbench run {first}"]),
        )
        rows = views.run_rows(runs, config, self.host.now())
        self.main.show(rows, total=None if self.query_text else total)
        self.settle(self.main)

    def show_run(self, seen: RunInFull) -> None:
        """Fills the right side."""
        run, history, champion = seen
        self._seen, now = run, self.host.now()
        sheet = self.query_one("#run", Sheet)
        sheet.border_title = run.label
        sheet.show(lambda width, _height: views.run_lines(run, history, champion, now, width))

    def name_of(self, _table: Table, key: object) -> str:
        """Runs have their label."""
        return f"r{key}"

    def action_next_metric(self) -> None:
        """Draws the next metric of the selected run."""
        if self._seen is None or not self._seen.metrics:
            return
        keys = list(self._seen.metrics)
        drawn = self._metric or views.main_metric(self._seen, self.workbench.config)
        self._metric = keys[(keys.index(drawn) + 1) % len(keys)] if drawn in keys else keys[0]
        self.host.look()

    @on(Table.Moved, "#runs")
    def _choose_run(self, moved: Table.Moved) -> None:
        self._run = int(str(moved.key))
        self.host.look()


def _run_in_full(workbench: Workbench, number: int, metric: str | None) -> RunInFull:
    run = workbench.get_run(number)
    drawn = metric if metric in run.metrics else views.main_metric(run, workbench.config)
    history = (drawn, workbench.metric_history(run.id, drawn)) if drawn else None
    return run, history, _rival(workbench, run)


def _rival(workbench: Workbench, run: Run) -> views.Rival | None:
    """The champion that the run's version challenged; while none was, the one that is served."""
    summaries = [one for one in workbench.models() if one.model.experiment == run.experiment]
    for summary in summaries:
        review = _review_of(workbench, summary.model.name, run)
        if review is not None and review.champion is not None:
            challenged = words.versioned(review.model, review.champion)
            return _beside(workbench, run, workbench.model_version(challenged), review)
    champion = next((one.champion for one in summaries if one.champion), None)
    return _beside(workbench, run, champion, None) if champion else None


def _review_of(workbench: Workbench, model: str, run: Run) -> GateReview | None:
    """What the gate said last of the version that the run was made into; None when it said nothing."""
    versions = workbench.model_versions(model, limit=_LOOKED_THROUGH)
    made = {one.number for one in versions if one.run_id == run.id}
    reviews = workbench.reviews(model, limit=_LOOKED_THROUGH) if made else ()
    return next((one for one in reviews if one.challenger in made), None)


def _beside(
    workbench: Workbench, run: Run, champion: ModelVersion, review: GateReview | None
) -> views.Rival:
    if champion.run_id == run.id:
        return views.Rival(label=champion.label, metrics={}, is_itself=True)
    theirs = workbench.get_run(champion.run_id)
    tested = (run.dataset, run.version, run.test)
    return views.Rival(
        label=champion.label,
        metrics=champion.metrics,
        is_comparable=tested == (theirs.dataset, theirs.version, theirs.test),
        review=review,
    )
