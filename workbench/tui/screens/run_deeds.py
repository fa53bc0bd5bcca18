"""What can be done with a run: started once more, tuned, stopped, made again, noted, tagged, removed."""

from __future__ import annotations

from storage.records import Run, RunState, Study
from storage.records.run_cards import RunRemoval
from workbench.core import typed, words
from workbench.tui import starting
from workbench.tui.screens.form import Filled, Form, Line
from workbench.tui.screens.run_list import NO_RUN, RunListScreen
from workbench.tui.starting import PARAM, Beginning
from workbench.tui.views.studies import text

_BREAK = " ⏎ "
"""How the lines of a note are written in one."""


class RunDeedsScreen(RunListScreen):
    """A mode in which a run is selected."""

    def action_new_run(self) -> None:
        """Asks for params, then queues a run like the selected one."""
        if self.seen is None:
            return  # nothing has been read yet
        run, workbench = self.selected, self.workbench

        def ask(begun: Beginning) -> None:
            like = f" like {run.label}" if run is not None else ""
            Form.ask(
                self.app,
                title="Train",
                sentence=f"a run of {begun.experiment}{like}; a job does it",
                lines=[
                    *_where(begun),
                    Line(name="data", label="data", hint=_newest(begun)),
                    *(
                        Line(name=f"{PARAM}{name}", label=name, value=text(value))
                        for name, value in sorted(begun.params.items())
                    ),
                    _MORE,
                ],
                call=lambda filled: starting.train(workbench, begun, filled),
                then=self._tell,
            )

        self.after("looking what to begin with", lambda: starting.beginning(workbench, run), ask)

    def action_tune(self) -> None:
        """Asks how long, then starts a study of the selected run's experiment."""
        if self.seen is None:
            return
        run, workbench = self.selected, self.workbench

        def ask(begun: Beginning) -> None:
            search = workbench.config.experiments[begun.experiment].search
            space = search.space if search else ()
            told = "; ".join(f"{one.name} {starting.searched(one)}" for one in space)
            trials = str(search.trials) if search else ""
            Form.ask(
                self.app,
                title="Tune",
                sentence=f"{begun.experiment}: {told or 'workbench.toml says no params to look for'}",
                lines=[
                    *_where(begun),
                    Line(name="trials", label="trials", hint=trials),
                    Line(name="timeout", label="timeout", hint="as workbench.toml says; 10m"),
                    Line(name="jobs", label="trials at a time", value="1"),
                    _MORE,
                ],
                call=lambda filled: starting.tune(workbench, filled),
                then=self._tell,
            )

        self.after("looking what to begin with", lambda: starting.beginning(workbench, run), ask)

    def action_stop(self) -> None:
        """Asks, then stops the selected run, or the study that it stands for."""
        run = self._meant()
        if run is None:
            return
        study = next(
            (
                one.study
                for one in (self.seen.page.runs if self.seen else ())
                if one.run.id == run.id
            ),
            None,
        )
        if run.state is not RunState.RUNNING:
            self.warn(f"{run.label} is {run.state.value}; only a running run can be stopped.")
        elif study is not None:
            self._stop_study(study)
        elif run.job_id is None:
            self.warn(f"{run.label} is run by a script of {run.created_by}: end it there.")
        else:
            self._stop_job(run, run.job_id)

    def action_reproduce(self) -> None:
        """Queues that the selected run is made again."""
        run, workbench = self._meant(), self.workbench
        if run is None:
            return

        def call() -> str:
            job = workbench.reproduce(run.id)
            return (
                f"{job.label} makes {run.label} again; what comes of it will stand with {run.label}"
            )

        self.tasks.run(f"Reproducing {run.label}", call)

    def action_note(self) -> None:
        """Asks for a note to the selected run, in place of the one before."""
        run, workbench = self._meant(), self.workbench
        if run is None:
            return

        def call(filled: Filled) -> str:
            note = filled["note"].replace(_BREAK.strip(), "\n")
            note = "\n".join(line.strip() for line in note.split("\n"))
            workbench.note_run(run.id, note)
            return f"{run.label} has a note" if note else f"{run.label} has no note any more"

        Form.ask(
            self.app,
            title="Note",
            sentence=f"to {run.label}, in place of the one before; {_BREAK.strip()} begins a line",
            lines=[Line(name="note", label="note", value=run.note.replace("\n", _BREAK))],
            call=call,
            then=self._tell,
        )

    def action_tag(self) -> None:
        """Asks for the tags of the selected run."""
        run, workbench = self._meant(), self.workbench
        if run is None:
            return

        def call(filled: Filled) -> str:
            wanted: dict[str, str | None] = {**typed.pairs(filled["tags"])}
            gone = dict.fromkeys(name for name in run.tags if name not in wanted)
            found = workbench.tag_run(run.id, wanted | gone)
            told = typed.written(found.tags)
            return f"{run.label} has the tags {told}" if told else f"{run.label} has no tags"

        Form.ask(
            self.app,
            title="Tag",
            sentence=f"{run.label}; what is taken out of the line is taken away",
            lines=[
                Line(
                    name="tags",
                    label="tags",
                    value=typed.written(run.tags),
                    hint="team=ops stage=trial",
                )
            ],
            call=call,
            then=self._tell,
        )

    def action_remove(self) -> None:
        """Asks, then removes the marked runs, or the selected one."""
        chosen = self.marked or ((self.number,) if self.number is not None else ())
        if not chosen:
            self.warn(NO_RUN)
            return
        labels, workbench = words.listed([f"r{one}" for one in chosen], most=6), self.workbench

        def call() -> str:
            return _removed(workbench.remove_runs(*chosen))

        def remove(_why: str) -> None:
            self.marked = ()
            self.tasks.run(f"Removing {labels}", call)

        is_one = len(chosen) == 1
        what = f"{labels} {'is' if is_one else 'are'} removed with what is below, unless a model needs {'it' if is_one else 'them'}."
        self.confirm("runs.remove", remove, what=what)

    def _stop_study(self, study: Study) -> None:
        workbench = self.workbench

        def call() -> str:
            stopped = workbench.stop_study(study.id)
            return f"{stopped.label} is {stopped.state.value}: {stopped.reason}"

        what = f"{study.label} ends now: its best so far stays, trials under way are cancelled."
        self.confirm(
            "runs.stop", lambda _: self.tasks.run(f"Stopping {study.label}", call), what=what
        )

    def _stop_job(self, run: Run, number: int) -> None:
        workbench = self.workbench

        def call() -> str:
            job = workbench.cancel_job(number)
            return f"{run.label} ends as soon as {job.label} has: it is {job.state.value}"

        what = f"{run.label} is cancelled with its job j{number}; what it has logged stays."
        self.confirm(
            "runs.stop", lambda _: self.tasks.run(f"Stopping {run.label}", call), what=what
        )

    def _tell(self, done: object) -> None:
        self.notify(str(done))
        self.host.look()

    def _meant(self) -> Run | None:
        """The selected run; says so when there is none."""
        run = self.selected
        if run is None:
            self.warn(NO_RUN)
        return run


_MORE = Line(name="more", label="more params", hint="name=value name=value")


def _where(begun: Beginning) -> list[Line]:
    return [
        Line(name="experiment", label="experiment", value=begun.experiment),
        Line(name="recipe", label="recipe", value=begun.recipe),
    ]


def _newest(begun: Beginning) -> str:
    return f"the newest; that run had {begun.data}" if begun.data else "the newest"


def _removed(removals: tuple[RunRemoval, ...]) -> str:
    """Which runs are gone, and why others are not."""
    gone = [f"r{one.run}" for one in removals if one.kept_because is None]
    kept = [f"r{one.run} is kept: {one.kept_because}" for one in removals if one.kept_because]
    verb = "is" if len(gone) == 1 else "are"
    first = [f"{words.listed(gone, most=6)} {verb} removed"] if gone else []
    return ". ".join([*first, *kept])
