"""What else can be done with a model version: made of a run, proved again, tagged, noted, removed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from textual import on

from workbench.core import typed
from workbench.tui import exporting, feed, following, registering, tasks
from workbench.tui.following import Outcome
from workbench.tui.registering import Offered
from workbench.tui.screens.chooser import Chooser
from workbench.tui.screens.confirm import BY_HAND
from workbench.tui.screens.form import Filled, Form, Line
from workbench.tui.screens.model_moves import ModelMovesScreen
from workbench.tui.screens.prompt import Prompt

_BREAK = " ⏎ "
"""How the lines of a note are written in one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """A job that was started here."""

    job: int
    sentence: str


class ModelDeedsScreen(ModelMovesScreen):
    """A mode in which a version of a model is selected, and jobs on it are followed."""

    def __init__(self) -> None:
        super().__init__()
        self._followed: tuple[int, ...] = ()
        """Jobs that were started here and have not ended."""

    def followed_ask(self) -> feed.Ask[tuple[Outcome, ...]]:
        """What came of the jobs that were started here."""
        jobs = self._followed
        return feed.Ask(
            part="followed",
            about=jobs,
            read=lambda w: following.outcomes(w, jobs),
            show=self._tell_outcomes,
        )

    def action_register(self) -> None:
        """Asks for a finished run and a model, then queues the registration."""
        workbench, model = self.workbench, self.model

        def ask(found: Offered) -> None:
            if not found.choices:
                self.warn("No run has finished yet. Go to Runs with 3; n trains one there.")
                return
            Chooser.ask(
                self.app,
                title="Register which run",
                choices=found.choices,
                chosen=(),
                then=lambda picked: name(picked[0], found.models[picked[0]]),
            )

        def name(run: str, suggested: str) -> None:
            def register(written: str) -> None:
                self._queue(
                    f"Registering {run}", lambda: registering.register(workbench, run, written)
                )

            Prompt.ask(
                self.app,
                title="Register",
                sentence=f"{run} is exported, proved on real rows, and becomes a version of",
                value=suggested,
                then=register,
            )

        self.after("looking for runs", lambda: registering.offered(workbench, model), ask)

    def action_verify(self) -> None:
        """Queues that the selected version is proved again."""
        version, workbench = self.meant(), self.workbench
        if version is None:
            return

        def call() -> tuple[int, str]:
            job = workbench.verify_model(version.label)
            return job.id, f"{job.label} proves {version.label} again"

        self._queue(f"Verifying {version.label}", call)

    def action_export(self) -> None:
        """Asks where to and for whom, then queues the export of the selected version."""
        version, workbench = self.meant(), self.workbench
        if version is None:
            return
        suggested = workbench.project_dir / "exports" / f"{version.model}-v{version.number}"

        def call(filled: Filled) -> Queued:
            layout = exporting.layout_of(filled["layout"])
            folder = exporting.folder_of(filled["folder"] or str(suggested), workbench.project_dir)
            is_forced = exporting.is_yes(filled["replace"])
            job = workbench.export_model(version.label, folder, layout=layout, force=is_forced)
            return Queued(job=job.id, sentence=f"{job.label} exports {version.label} to {folder}")

        Form.ask(
            self.app,
            title="Export",
            sentence=f"{version.label}, into a folder; a job does it, and nothing that is served changes",
            lines=[
                Line(name="folder", label="folder", value=str(suggested)),
                Line(
                    name="layout", label="layout", value=exporting.LAYOUTS[0], hint=exporting.HINT
                ),
                Line(name="replace", label="replace what is there", value="no", hint="no or yes"),
            ],
            call=call,
            then=self._follow,
        )

    def action_tag(self) -> None:
        """Asks for the tags of the selected version."""
        version, workbench = self.meant(), self.workbench
        if version is None:
            return

        def call(filled: Filled) -> str:
            wanted: dict[str, str | None] = {**typed.pairs(filled["tags"])}
            gone = dict.fromkeys(name for name in version.tags if name not in wanted)
            for key, value in (wanted | gone).items():
                workbench.tag_version(version.label, key, value)
            told = typed.written({key: value for key, value in wanted.items() if value})
            return (
                f"{version.label} has the tags {told}" if told else f"{version.label} has no tags"
            )

        value, hint = typed.written(version.tags), "team=ops stage=trial"
        Form.ask(
            self.app,
            title="Tag",
            sentence=f"{version.label}; what is taken out of the line is taken away",
            lines=[Line(name="tags", label="tags", value=value, hint=hint)],
            call=call,
            then=self._tell,
        )

    def action_note(self) -> None:
        """Asks for a note to the selected version, in place of the one before."""
        version, workbench = self.meant(), self.workbench
        if version is None:
            return

        def call(filled: Filled) -> str:
            note = filled["note"].replace(_BREAK.strip(), "\n")
            note = "\n".join(line.strip() for line in note.split("\n"))
            workbench.note_version(version.label, note)
            return f"{version.label} has {'a note' if note else 'no note any more'}"

        Form.ask(
            self.app,
            title="Note",
            sentence=f"to {version.label}, in place of the one before; {_BREAK.strip()} begins a line",
            lines=[Line(name="note", label="note", value=version.note.replace("\n", _BREAK))],
            call=call,
            then=self._tell,
        )

    def action_remove(self) -> None:
        """Asks, then removes the selected version."""
        version, workbench = self.meant(), self.workbench
        if version is None:
            return

        def call() -> str:
            gone = workbench.remove_model_version(version.label, why=BY_HAND)
            return f"{gone.label} is removed"

        stays = f" {version.origin} stays." if version.run_id is not None else ""
        what = f"{version.label} is removed with its proof; its number is never given again.{stays}"
        self.confirm(
            "models.remove",
            lambda _: self.tasks.run(f"Removing {version.label}", call),
            what=what,
        )

    @on(tasks.Done)
    def _keep_job(self, done: tasks.Done) -> None:
        if isinstance(done.value, Queued):
            done.prevent_default()
            self._follow(done.value)

    def _follow(self, queued: object) -> None:
        """Tells that a job was started, and what came of it once it has ended."""
        if isinstance(queued, Queued):
            self._followed = (*self._followed, queued.job)
            self._tell(queued.sentence)

    def _queue(self, doing: str, call: Callable[[], tuple[int, str]]) -> None:
        """Starts a job and follows it."""

        def queue() -> Queued:
            job, sentence = call()
            return Queued(job=job, sentence=sentence)

        self.tasks.run(doing, queue)

    def _tell_outcomes(self, found: tuple[Outcome, ...]) -> None:
        for one in found:
            if one.job not in self._followed:
                continue
            if one.is_bad:
                self.notify(one.sentence, severity="error", timeout=12)
            else:
                self.notify(one.sentence)
        ended = {one.job for one in found}
        self._followed = tuple(job for job in self._followed if job not in ended)

    def _tell(self, done: object) -> None:
        self.notify(str(done))
        self.host.look()
