"""What modes that show the quarantine share: accept, try again, drop; and the import of a file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from textual import on

from storage.records import Arrival, ArrivalState, Version, VersionState
from workbench.core import words
from workbench.tui import actions, tasks
from workbench.tui.screens.confirm import Confirm, Question
from workbench.tui.screens.importing import ImportScreen, Wanted
from workbench.tui.screens.reading import ReadingScreen
from workbench.tui.widgets.frame import StatusBar


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """Something in quarantine."""

    label: str
    """As the Workbench names it: `flights@v5` or `a12`."""
    name: str
    """As people name it: the version, or the file."""
    rows: str
    reason: str
    is_file: bool


def aside(found: Version | Arrival | None) -> Aside | None:
    """What of a version or a file is in quarantine; None: it is not."""
    match found:
        case Version(state=VersionState.QUARANTINED):
            rows = words.plural(found.rows_added, "row")
            reason = found.reason or "its checks failed"
            return Aside(
                label=found.label, name=found.label, rows=rows, reason=reason, is_file=False
            )
        case Arrival(state=ArrivalState.QUARANTINED):
            name = PurePath(found.path).name
            reason = found.reason or "it could not be read"
            if found.version is None:
                return Aside(
                    label=f"a{found.id}", name=name, rows="rows", reason=reason, is_file=True
                )
            label = f"{found.dataset}@v{found.version}"
            rows = words.plural(found.rows or 0, "row")
            return Aside(label=label, name=label, rows=rows, reason=reason, is_file=False)
        case _:
            return None


class QuarantineScreen(ReadingScreen):
    """A mode in which something in quarantine can be selected."""

    def set_aside(self) -> Aside | None:
        """What is selected, if it is in quarantine."""
        raise NotImplementedError

    def dataset_meant(self) -> str | None:
        """The dataset that a file would be read into; None: nobody can tell."""
        raise NotImplementedError

    @on(tasks.Done)
    @on(tasks.Failed)
    def _say_no_more(self) -> None:
        """Takes away what the status line said of something that has ended."""
        self.query_one(StatusBar).hint = ""

    def action_import_file(self) -> None:
        """Opens the import, then reads what was chosen there."""
        workbench = self.workbench

        def read(wanted: Wanted | None) -> None:
            if wanted is not None:
                names = words.listed([one.name for one in wanted.files], most=2)
                title = f"Reading {names} into {wanted.dataset}"
                self.query_one(StatusBar).hint = f"{title} …"
                self.tasks.run(title, lambda: wanted.read(workbench))

        _ = self.app.push_screen(ImportScreen(workbench, self.dataset_meant()), read)

    def action_accept(self) -> None:
        """Asks why, then makes the rows current all the same."""
        found = self._selected_aside()
        if found is None:
            return
        if found.is_file:
            self.notify(
                f"{found.name} could not be read, so it has no rows to accept; f tries it again.",
                severity="warning",
            )
            return
        workbench = self.workbench

        def accept(why: str) -> None:
            def call() -> str:
                made = workbench.accept(found.label, why=why)
                added = words.plural(made.rows_added, "row")
                return f"{made.label} is {made.state.value}: {added} of {found.label}"

            self.tasks.run(f"Accepting {found.label}", call)

        self.ask(
            "accept",
            accept,
            asks_why=True,
            rows=found.rows,
            name=found.name,
            reason=found.reason,
        )

    def action_retry(self) -> None:
        """Asks, then checks a version again or puts a file back to be read."""
        found, workbench = self._selected_aside(), self.workbench
        if found is None:
            return

        def call() -> str:
            again = workbench.read_again if found.is_file else workbench.check_again
            made = again(found.label)
            if made is None:
                return f"{found.name} lies in its folder again; the watcher reads it"
            return f"{made.label} is {made.state.value}; its checks are queued"

        what = (
            f"{found.name} goes back to be read with today's workbench.toml."
            if found.is_file
            else f"The {found.rows} of {found.name} are checked again with today's workbench.toml."
        )
        self.ask("retry", lambda _: self.tasks.run(f"Retrying {found.name}", call), what=what)

    def action_drop(self) -> None:
        """Asks, then forgets what is in quarantine."""
        found = self._selected_aside()
        if found is not None:
            self.drop(found, "drop")

    def drop(self, found: Aside, action: str) -> None:
        """Asks, then forgets something in quarantine.

        Args:
            found: What is forgotten.
            action: The name of the action that asks for it.
        """
        workbench = self.workbench

        def call() -> str:
            workbench.drop(found.label)
            return f"{found.name} is dropped"

        what = (
            f"{found.name} is forgotten; the file stays where it lies."
            if found.is_file
            else f"The {found.rows} of {found.name} are forgotten; a sweep frees their bytes."
        )
        self.ask(action, lambda _: self.tasks.run(f"Dropping {found.name}", call), what=what)

    def ask(
        self,
        action_name: str,
        then: Callable[[str], None],
        *,
        asks_why: bool = False,
        **fields: str,
    ) -> None:
        """Says in one line what an action of this mode will do, and calls `then` once that is agreed to.

        Args:
            action_name: The action, without its scope.
            then: Gets the reason.
            asks_why: Whether a reason is asked for.
            fields: What its sentence says.
        """
        action = actions.named(f"{self.MODE}.{action_name}")

        def decide(why: str | None) -> None:
            if why is not None:
                then(why)

        sentence = action.confirm.format(**fields)
        question = Question(title=action.label, sentence=sentence, asks_why=asks_why)
        _ = self.app.push_screen(Confirm(question), decide)

    def _selected_aside(self) -> Aside | None:
        found = self.set_aside()
        if found is None:
            self.notify("What is selected is not in quarantine.", severity="warning")
        return found
