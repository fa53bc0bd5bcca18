"""What can be done with a version: marked, compared, looked into, taken back, taken away, written out."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content

from storage.records import CheckResult, Freeable, Verification, Version, VersionState
from workbench.core import words
from workbench.tui.screens.diff import DiffScreen
from workbench.tui.screens.history import HistoryScreen
from workbench.tui.screens.prompt import Prompt
from workbench.tui.screens.quarantine import Aside, QuarantineScreen
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.rows import RowsScreen
from workbench.tui.views import checks as check_views
from workbench.tui.views import datasets as views

NO_VERSION = "No version is selected."


class VersionsScreen(QuarantineScreen):
    """A mode in which a version of a dataset is selected."""

    def __init__(self) -> None:
        super().__init__()
        self.dataset: str | None = None
        self.number: int | None = None
        self.versions: tuple[Version, ...] = ()
        self.marked: tuple[int, ...] = ()
        """Numbers of the versions that are to be compared, at most two."""

    @property
    def selected(self) -> Version | None:
        """The version with the cursor."""
        return next((one for one in self.versions if one.number == self.number), None)

    def dataset_meant(self) -> str | None:
        """The dataset with the cursor."""
        return self.dataset

    def chosen_aside(self) -> Aside | None:
        """What has the cursor in the quarantine, if that has the focus."""
        raise NotImplementedError

    def choose_dataset(self, name: str) -> None:
        """Begins with another dataset."""
        self.dataset, self.number, self.versions, self.marked = name, None, (), ()

    def action_rows(self) -> None:
        """Opens the rows of what is selected."""
        chosen = self.chosen_aside()
        if chosen is not None and chosen.is_file:
            self.warn(f"{chosen.name} could not be read, so it has no rows to show.")
        elif chosen is not None:
            _ = self.app.push_screen(RowsScreen(self.workbench, chosen.label))
        elif (version := self._meant()) is not None:
            _ = self.app.push_screen(RowsScreen(self.workbench, version.label, rows=version.rows))

    def action_mark(self) -> None:
        """Marks the selected version or takes the mark away; a third one takes the place of the first."""
        version = self._meant()
        if version is None:
            return
        if version.number in self.marked:
            self.marked = tuple(one for one in self.marked if one != version.number)
        else:
            self.marked = (*self.marked[-1:], version.number)
        self.main.show(views.version_rows(self.versions, self.host.now(), marked=self.marked))

    def action_compare(self) -> None:
        """Compares the marked versions, the marked one with the selected one, or that with its parent."""
        version = self._meant()
        if version is None:
            return
        pair = sorted({*self.marked, version.number} if len(self.marked) < 2 else self.marked)
        if len(pair) < 2:
            if version.parent is None:
                self.warn(f"{version.label} has no parent; mark another version with space.")
                return
            pair = [version.parent, version.number]
        before, after = (f"{self.dataset}@v{number}" for number in pair)
        _ = self.app.push_screen(DiffScreen(self.workbench, before, after))

    def action_history(self) -> None:
        """Opens what the checks found in the newest versions."""
        if self.dataset is not None:
            _ = self.app.push_screen(HistoryScreen(self.workbench, self.dataset))

    def action_try_checks(self) -> None:
        """Runs today's checks on the selected version and shows what they find."""
        version, workbench = self._meant(), self.workbench
        if version is None:
            return

        def show(results: tuple[CheckResult, ...]) -> None:
            title = f"Today's checks on {version.label}; nothing is kept"
            self.read(title, lambda width: check_views.results_lines(results, width))

        self.after(
            f"trying the checks on {version.label}", lambda: workbench.try_checks(version), show
        )

    def action_suggest(self) -> None:
        """Shows checks that the newest versions would pass."""
        dataset, workbench = self.dataset, self.workbench
        if dataset is None:
            return

        def show(text: str) -> None:
            self.app.copy_to_clipboard(text)
            self.read("For workbench.toml; it is in the clipboard", text)

        self.after(f"looking at {dataset}", lambda: workbench.suggest_checks(dataset), show)

    def action_undo(self) -> None:
        """Asks, then makes a version without what the selected one added."""
        version, workbench = self._meant(), self.workbench
        if version is None:
            return

        def call() -> str:
            made = workbench.undo(version.label)
            return f"{made.label} is {made.state.value}: without the rows of {version.label}"

        self.ask(
            "undo",
            lambda _: self.tasks.run(f"Undoing {version.label}", call),
            dataset=version.dataset,
            rows=words.plural(version.rows_added, "row"),
            number=str(version.number),
        )

    def action_remove(self) -> None:
        """Asks, then drops what is in quarantine, or removes the selected version or dataset."""
        found = self.set_aside()
        if self.focused is not None and self.focused.id == "datasets":
            self._remove_dataset()
        elif found is not None:
            self.drop(found, "remove")
        elif (version := self._meant()) is not None:
            self._remove_version(version)

    def action_export(self) -> None:
        """Asks for a file, then writes the rows of the selected version to it."""
        version, workbench = self._meant(), self.workbench
        if version is None:
            return

        def write(path: str) -> None:
            def call() -> str:
                written = workbench.export(version.label, path)
                return f"{words.plural(written, 'row')} of {version.label} are in {path}"

            self.tasks.run(f"Exporting {version.label}", call)

        Prompt.ask(
            self.app,
            title="Export",
            sentence=f"{words.plural(version.rows, 'row')} of {version.label} go into the file:"
            " .parquet .csv .tsv .jsonl",
            value=f"{version.label.replace('@', '-')}.parquet",
            then=write,
        )

    def action_verify(self) -> None:
        """Asks, then reads all blobs again and shows what is damaged."""
        workbench = self.workbench

        def show(found: Verification) -> None:
            title = "Damaged" if found.damaged else "Verified"
            self.read(title, lambda width: views.verification_lines(found, width))

        def ask(size_bytes: int) -> None:
            self.ask(
                "verify",
                lambda _: self.after("verifying the blobs", workbench.verify, show),
                size=words.size(size_bytes),
            )

        self.after("looking at the store", lambda: workbench.overview().machine.blob_bytes, ask)

    def action_sweep(self) -> None:
        """Says what could be freed, and frees it once that is agreed to."""
        workbench = self.workbench

        def free() -> str:
            freed = workbench.free()
            return f"{words.size(freed.size_bytes)} freed: {words.plural(freed.blobs, 'blob')}"

        def ask(found: Freeable) -> None:
            if not found.size_bytes:
                self.notify("Nothing can be freed: all is needed, or too young to tell")
                return
            staged = words.plural(found.staged, "half-written file")
            what = (
                f"{words.size(found.size_bytes)} are freed: {words.plural(found.blobs, 'blob')} "
                f"and {staged} that nothing needs."
            )
            self.ask("sweep", lambda _: self.tasks.run("Sweeping", free), what=what)

        self.after("looking for what can be freed", workbench.freeable, ask)

    def read(self, title: str, text: str | Callable[[int], list[Content]]) -> None:
        """Shows a text over the screen."""
        _ = self.app.push_screen(Reader(title, text))

    def _remove_version(self, version: Version) -> None:
        workbench = self.workbench

        def call() -> str:
            workbench.remove_version(version.label)
            return f"{version.label} is removed; a sweep frees its bytes"

        what = f"{version.label} is removed, unless a run, a model or a later version needs it."
        self.ask("remove", lambda _: self.tasks.run(f"Removing {version.label}", call), what=what)

    def _remove_dataset(self) -> None:
        name, workbench = self.dataset, self.workbench
        if name is None:
            return

        def call() -> str:
            workbench.remove_dataset(name)
            return f"{name} is removed; a sweep frees its bytes"

        what = f"{name} is removed with all its versions, unless a run or a model names one."
        self.ask("remove", lambda _: self.tasks.run(f"Removing {name}", call), what=what)

    def _meant(self) -> Version | None:
        """The selected version; says so when there is none, or nothing is left of it."""
        version = self.selected
        if version is None:
            self.warn(NO_VERSION)
        elif version.state is VersionState.REMOVED:
            self.warn(f"{version.label} was removed: {version.reason}")
            return None
        return version
