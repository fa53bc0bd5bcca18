"""Import: a path is typed, and what would be read is shown before anything is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from workbench.core import words
from workbench.tui import actions, paths, tasks
from workbench.tui.latest import Answer, NoAnswer
from workbench.tui.screens.sub import SubScreen
from workbench.tui.views import importing as views
from workbench.tui.widgets.columns import Column
from workbench.tui.widgets.sheet import Sheet
from workbench.tui.widgets.table import Table

if TYPE_CHECKING:
    from storage.records import FilePreview
    from workbench.api import Workbench

FILES = (Column(label="here", stretches=True), Column(label="size", align="right", drop=1))
COLUMNS = (
    Column(label=""),
    Column(label="column", most=24),
    Column(label="type", most=14),
    *(Column(label=f"row {number + 1}", most=22, drop=number) for number in range(views.VALUES)),
)
BAD = (
    Column(label="line", align="right"),
    Column(label="why", most=40),
    Column(label="as it stands there", stretches=True, drop=1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Files to be read into a dataset."""

    dataset: str
    files: tuple[Path, ...]

    def read(self, workbench: Workbench) -> str:
        """Reads them; gives the sentence that says what became of them."""
        made = workbench.add(self.dataset, *self.files)
        if made is None:
            told = words.listed([one.name for one in self.files], most=2)
            return f"{told}: nothing new; {self.dataset} has these rows already"
        return f"{made.label} is {made.state.value}: {words.plural(made.rows_added, 'row')} added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What a path means, and what would be read of the first file."""

    typed: str
    dataset: str | None
    entries: tuple[paths.Entry, ...]
    files: tuple[Path, ...] = ()
    preview: FilePreview | None = None


class ImportScreen(SubScreen[Wanted | None]):
    """Gives the files that are to be read, None when it is left."""

    DEFAULT_CSS = """
    ImportScreen {
        #into { height: 1; padding: 0 1; }
        #path {
            height: 1; border: none; padding: 0 1; background: $cursor; &:focus { border: none; }
        }
        #files { width: 36; }
        #said { height: 6; }
        #columns { height: 1fr; }
        #bad { height: 8; display: none; }
        &.-bad #bad { display: block; }
        &.-low #bad { height: 6; }
        &.-low #said { height: 5; }
        &.-narrow #files { display: none; }
        &.-narrow.-choosing #files { display: block; width: 1fr; }
        &.-narrow.-choosing #preview { display: none; }
    }
    """
    BINDINGS = actions.bindings("importing")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]
    MODE = "importing"

    def __init__(self, workbench: Workbench, dataset: str | None) -> None:
        """Makes the screen.

        Args:
            workbench: What reads the files.
            dataset: The dataset they go into at first; None: the first of workbench.toml.
        """
        super().__init__(workbench)
        self._names = sorted(workbench.config.datasets)
        known = dataset in self._names
        self._dataset = dataset if known else next(iter(self._names), None)
        self._looked: Looked | None = None

    def panes(self) -> Iterable[Widget]:
        """The path, then what lies there beside what would be read."""
        yield Static(id="into")
        yield Input(id="path", placeholder="path of a file, a folder, or with a *")
        with Horizontal():
            yield Table("Files", FILES, id="files", classes="quiet")
            with Vertical(id="preview"):
                yield Sheet("What would be read", id="said")
                yield Table("Columns", COLUMNS, id="columns", classes="quiet")
                yield Table("Lines that cannot be read", BAD, id="bad", classes="quiet")

    def on_mount(self) -> None:
        """Starts with what lies in the current folder."""
        super().on_mount()
        self.query_one("#path", Input).focus()
        self._say_dataset()
        self._look()

    @on(Input.Changed, "#path")
    def _look(self) -> None:
        """Looks at what is typed; of what is typed meanwhile, only the last counts."""
        typed, dataset, workbench = self._typed, self._dataset, self.workbench
        self.latest.ask((typed, dataset), lambda: look(workbench, dataset, typed))

    @on(Answer)
    def _show(self, answer: Answer) -> None:
        if answer.about != (self._typed, self._dataset) or not isinstance(answer.value, Looked):
            return
        looked = self._looked = answer.value
        files = self.query_one("#files", Table)
        files.say_when_empty("Nothing begins like that.")
        files.show(views.file_rows(looked.entries))
        self.set_class(looked.preview is None, "-choosing")
        if looked.preview is None:
            self._show_nothing(looked)
        else:
            self._show_preview(looked, looked.preview)

    @on(NoAnswer)
    def _show_failure_to_look(self, missed: NoAnswer) -> None:
        self._looked = None
        self._clear()
        self.query_one("#said", Sheet).say(*tasks.in_words(missed.error))

    @on(Table.Opened, "#files")
    def _take_file(self, opened: Table.Opened) -> None:
        path = self.query_one("#path", Input)
        path.value = str(opened.key)
        path.action_end()
        path.focus()

    @on(Input.Submitted, "#path")
    def action_agree(self) -> None:
        """Gives the files, if they would be read."""
        looked, dataset = self._looked, self._dataset
        if looked is None or looked.typed != self._typed or not looked.files or dataset is None:
            self.notify("That path names no file.", severity="warning")
        elif looked.preview is not None and looked.preview.problem is not None:
            told = f"{looked.preview.problem}\n{looked.preview.remedy}"
            self.notify(told.strip(), title="It would be refused", severity="error")
        else:
            _ = self.dismiss(Wanted(dataset=dataset, files=looked.files))

    def action_list_files(self) -> None:
        """Goes to the list of files."""
        self.query_one("#files").focus()

    def action_next_dataset(self) -> None:
        """Chooses the next dataset of workbench.toml."""
        if self._dataset is not None:
            place = self._names.index(self._dataset)
            self._dataset = self._names[(place + 1) % len(self._names)]
            self._say_dataset()
            self._look()

    def action_complete(self) -> None:
        """Completes the path as far as there is only one way."""
        looked, path = self._looked, self.query_one("#path", Input)
        if self.focused is not path:
            path.focus()
        elif looked is not None and looked.typed == path.value:
            path.value = paths.completed(path.value, looked.entries)
            path.action_end()

    @property
    def _typed(self) -> str:
        return self.query_one("#path", Input).value

    def _say_dataset(self) -> None:
        others = f"   ctrl+n: {words.plural(len(self._names) - 1, 'other')}"
        told = Content.assemble(
            ("into  ", "$muted"),
            (self._dataset or "no dataset: name one in workbench.toml, [datasets.NAME]", "bold"),
            (others if len(self._names) > 1 else "", "$muted"),
        )
        self.query_one("#into", Static).update(told)

    def _show_preview(self, looked: Looked, preview: FilePreview) -> None:
        dataset, many = looked.dataset or "", len(looked.files)
        self.query_one("#said", Sheet).show(
            lambda width, _height: views.said_lines(
                preview, dataset=dataset, files=many, width=width
            )
        )
        columns = self.query_one("#columns", Table)
        columns.border_title = f"Columns of {preview.path.name}  {len(preview.columns)}"
        columns.show(views.column_rows(preview))
        bad = self.query_one("#bad", Table)
        bad.border_title = f"Lines that cannot be read  {words.count(preview.bad_lines)}"
        bad.show(views.bad_rows(preview.bad))
        self.set_class(bool(preview.bad), "-bad")

    def _show_nothing(self, looked: Looked) -> None:
        self._clear()
        said = self.query_one("#said", Sheet)
        if looked.dataset is None:
            said.say("workbench.toml names no dataset, so nothing can be read.")
        elif looked.typed.strip() in {"", ".", "./"}:
            said.say("Type the path of a file; tab completes it, enter takes it.")
        else:
            said.say("That path names no file yet.")

    def _clear(self) -> None:
        self.remove_class("-bad")
        self.query_one("#columns", Table).show([])


def look(workbench: Workbench, dataset: str | None, typed: str) -> Looked:
    """What `typed` may become, what files it means, and what would be read of the first."""
    found, meant = paths.entries(typed), Path(typed.strip()).expanduser()
    is_complete = meant.is_file() or (meant.is_dir() and typed.strip("./ ")) or has_magic(typed)
    if dataset is None or not is_complete:
        return Looked(typed=typed, dataset=dataset, entries=found)
    files = workbench.files(meant)
    preview = workbench.preview(dataset, files[0])
    return Looked(typed=typed, dataset=dataset, entries=found, files=files, preview=preview)
