"""Runs compared: what differs and by how much on the left, one figure at a time on the right."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from storage.records import RunState
from workbench.tui import actions, tasks
from workbench.tui.latest import Answer, NoAnswer
from workbench.tui.screens.sub import SubScreen
from workbench.tui.views import charts, compared, comparison
from workbench.tui.views.charts import Look
from workbench.tui.views.compared import Compared
from workbench.tui.widgets.choices import Choices
from workbench.tui.widgets.sheet import Sheet

if TYPE_CHECKING:
    from storage.records import Run
    from workbench.api import Workbench

PERIOD_S = 2.0
"""How often runs that are still running are read."""
_READING = "reading the test rows …"
_PEERS = 1000
"""Newest runs of a study or experiment that stand in a scatter."""


class ComparisonScreen(SubScreen[None]):
    """Two runs or more, the first of which is what the others are held against."""

    DEFAULT_CSS = """
    ComparisonScreen {
        Horizontal { layout: horizontal; height: 1fr; }
        #told { width: 1fr; }
        #drawn { width: 48%; }
        #drawn.-maximized { width: 100%; height: 1fr; }
        &.-narrow Horizontal { layout: vertical; }
        &.-narrow #told { width: 1fr; height: 1fr; }
        &.-narrow #drawn { width: 1fr; height: 60%; }
    }
    """
    BINDINGS = actions.bindings("comparison")
    MODE = "comparison"
    OVER = "runs"
    ALLOW_IN_MAXIMIZED_VIEW = "Bar"

    def __init__(self, workbench: Workbench, runs: Sequence[int]) -> None:
        """Compares `runs`, 2 to 12 of them, by their ids; the first is the base."""
        super().__init__(workbench)
        self._runs = tuple(runs)
        self._looks = dict(zip(runs, charts.looks([f"r{run}" for run in runs]), strict=True))
        self._compared: Compared | None = None
        self._rows_are = _READING
        """What keeps the comparison row by row away; empty: it is here."""
        self._figure = "intervals"
        self._choices: dict[str, str] = {}
        """What was chosen, by figure."""
        self._param = ""

    def panes(self) -> Iterable[Widget]:
        """What differs, and the figures."""
        with Vertical():
            yield Choices()
            with Horizontal():
                yield Sheet(id="told")
                yield Sheet(id="drawn")

    def on_mount(self) -> None:
        """Starts to read."""
        super().on_mount()
        self.query_one("#told").focus()
        self.action_read_again()
        self.set_interval(PERIOD_S, self._follow)

    @on(Answer)
    def _show(self, answer: Answer) -> None:
        if answer.about not in {(self._runs, "rows"), (self._runs, "runs")}:
            return
        found: Compared = answer.value  # type: ignore[assignment]
        self.trouble(None)
        before, self._compared = self._compared, found
        if answer.about == (self._runs, "rows"):
            self._rows_are = ""
        elif before is not None and _states(before) == _states(found):
            # Runs that go on are read without their test rows; what was told of those stays.
            known = before.found
            pairs = replace(found.found, paired=known.paired, unpaired=known.unpaired)
            self._compared = replace(found, found=pairs)
        else:
            self._rows_are = _READING
            self._ask(by_row=True)
        self._draw()

    @on(NoAnswer)
    def _show_no_answer(self, missed: NoAnswer) -> None:
        self.trouble(missed.error)
        if self._compared is None:
            self.query_one("#told", Sheet).say(*tasks.in_words(missed.error))
            self.query_one("#drawn", Sheet).say("There is nothing to draw.")
        elif missed.about == (self._runs, "rows"):
            self._rows_are = " ".join(tasks.in_words(missed.error))
            self._draw()

    @on(Choices.Clicked)
    def _show_clicked(self, clicked: Choices.Clicked) -> None:
        self._figure = clicked.key
        self._draw()

    def action_step_figure(self, amount: int) -> None:
        """Draws the next figure or the one before."""
        if self._compared is not None:
            self._figure = _stepped(compared.offered(self._compared), self._figure, amount)
            self._draw()

    def action_next_choice(self) -> None:
        """Draws the next metric, curve, class or kind of the figure."""
        if self._compared is None:
            return
        known = compared.choices(self._compared, self._figure)
        if known:
            self._choices[self._figure] = _stepped(known, self._chosen(known), 1)
            self._draw()

    def action_next_param(self) -> None:
        """Draws a metric against the next param."""
        if self._compared is None:
            return
        known = compared.params(self._compared)
        if self._figure == "scatter" and known:
            self._param = _stepped(known, self._param, 1)
        self._figure = "scatter"
        self._draw()

    def action_next_base(self) -> None:
        """Holds the others against the next run."""
        self._runs = (*self._runs[1:], self._runs[0])
        self.action_read_again()

    def action_read_again(self) -> None:
        """Reads the runs anew."""
        self._rows_are, self._compared = _READING, None
        sheet = self.query_one("#told", Sheet)
        sheet.border_title = " · ".join(f"r{run}" for run in self._runs)
        sheet.say("reading the runs …")
        self._ask(by_row=False)

    def action_zoom(self) -> None:
        """Gives the focused pane the whole screen, and back."""
        if self.maximized is not None:
            self.minimize()
        elif self.focused is not None:
            self.maximize(self.focused)

    def action_next_pane(self) -> None:
        """Focuses the other pane."""
        self.focus_next()

    def action_back(self) -> None:
        """Leaves a zoom, then the screen."""
        if self.maximized is not None:
            self.minimize()
        else:
            super().action_back()

    def _follow(self) -> None:
        """Reads runs that go on once more."""
        runs = self._compared.found.runs if self._compared is not None else ()
        if self._rows_are != _READING and any(run.state is RunState.RUNNING for run in runs):
            self._ask(by_row=False)

    def _ask(self, *, by_row: bool) -> None:
        workbench, runs, known = self.workbench, self._runs, self._compared
        looks = tuple(self._looks[run] for run in runs)
        about = (runs, "rows" if by_row else "runs")
        self.latest.ask(
            about,
            lambda: (
                replace(known, found=workbench.compare_runs(*runs))
                if by_row and known is not None
                else _read(workbench, runs, looks)
            ),
        )

    def _draw(self) -> None:
        shown, rows_are = self._compared, self._rows_are
        if shown is None:
            return
        self.query_one("#told", Sheet).show(
            lambda width, _height: comparison.comparison_lines(
                shown.found, shown.looks, width, rows_are=rows_are
            )
        )
        offered = compared.offered(shown)
        figure = self._figure = self._figure if self._figure in offered else offered[0]
        choice = self._chosen(compared.choices(shown, figure))
        known = compared.params(shown)
        param = self._param = self._param if self._param in known else next(iter(known), "")
        tabs = self.query_one(Choices)
        tabs.names, tabs.chosen = {key: compared.FIGURES[key] for key in offered}, figure
        sheet = self.query_one("#drawn", Sheet)
        sheet.border_title = compared.title(figure, choice, param)
        sheet.border_subtitle = charts.legend(shown.looks)
        sheet.show(
            lambda width, height: compared.figure_lines(shown, figure, choice, param, width, height)
        )

    def _chosen(self, known: Sequence[str]) -> str:
        chosen = self._choices.get(self._figure, "")
        return chosen if chosen in known else next(iter(known), "")


def _stepped(known: Sequence[str], at: str, amount: int) -> str:
    """The name so many after `at`, round and round."""
    place = known.index(at) if at in known else 0
    return known[(place + amount) % len(known)]


def _states(shown: Compared) -> list[RunState]:
    return [run.state for run in shown.found.runs]


def _read(workbench: Workbench, runs: Sequence[int], looks: tuple[Look, ...]) -> Compared:
    found = workbench.compare_runs(*runs, by_row=False)
    return Compared(
        found=found,
        figures=tuple(workbench.run_figures(run.id) for run in found.runs),
        peers=_peers(workbench, found.runs),
        looks=looks,
    )


def _peers(workbench: Workbench, runs: Sequence[Run]) -> tuple[Run, ...]:
    """The other runs of the study that all of them belong to, or else of the first one's experiment."""
    parents = {run.parent_id for run in runs}
    study = next(iter(parents)) if len(parents) == 1 else None
    where = "" if study is None else f"parent = r{study}"
    mine = {run.id for run in runs}
    found = workbench.find_runs(where, experiment=runs[0].experiment, limit=_PEERS)
    return tuple(run for run in found if run.id not in mine)
