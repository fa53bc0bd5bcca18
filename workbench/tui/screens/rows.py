"""Rows of a dataset version: paged, sorted by a column, kept by a WHERE condition, sampled, exported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual import on
from textual.widget import Widget
from textual.widgets import Input, Static

from storage.records import Table as Rows
from workbench.core import words
from workbench.tui import actions, tasks
from workbench.tui.latest import Answer, Latest, NoAnswer
from workbench.tui.looking import Looked
from workbench.tui.screens.prompt import Prompt
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.sub import SubScreen
from workbench.tui.views import rows as views
from workbench.tui.widgets.frame import StatusBar
from workbench.tui.widgets.grid import Grid
from workbench.tui.widgets.table import PAGE

if TYPE_CHECKING:
    from storage.records import Column
    from workbench.api import Workbench

_WHERE, _FIND = "WHERE  carrier = 'UA' and distance > 500", "column: part of its name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """A page of the rows that are looked at."""

    looked: Looked
    offset: int
    page: views.Page


class RowsScreen(SubScreen[None]):
    """A grid of values; the condition beneath it."""

    DEFAULT_CSS = """
    RowsScreen {
        #rows { height: 1fr; }
        #line {
            display: none; height: 1; border: none; padding: 0 1;
            background: $cursor; &:focus { border: none; }
        }
        &.-asking #line { display: block; }
        #wrong { display: none; height: auto; max-height: 6; color: $error; padding: 0 1; }
        &.-wrong #wrong { display: block; }
    }
    """
    BINDINGS = actions.bindings("rows")
    MODE = "rows"

    def __init__(self, workbench: Workbench, label: str, *, rows: int | None = None) -> None:
        """Makes the screen of some rows.

        Args:
            workbench: Where they are.
            label: `flights@v3`.
            rows: How many there are; None when nobody counted them.
        """
        super().__init__(workbench)
        self._looked = Looked(label=label)
        self._total: int | None = rows
        self._all = rows
        self._columns: tuple[Column, ...] = ()
        self._is_finding = False
        self._beside = Latest(self, self.run_worker)
        """Reads what is no page: a count, a row in full."""

    def panes(self) -> Iterable[Widget]:
        """The grid, what is wrong with the condition, and the line to write it in."""
        yield Grid(f"Rows of {self._looked.label}", id="rows")
        yield Static(id="wrong", markup=False)
        yield Input(id="line")

    def on_mount(self) -> None:
        """Reads the columns, then the first page."""
        super().on_mount()
        self._grid.focus()
        self._grid.say_when_empty("reading …")
        label = self._looked.label
        self.latest.ask("columns", lambda: self.workbench.columns(label))

    @on(Answer)
    def _show_answer(self, answer: Answer) -> None:
        match answer.value:
            case Read() as read if read.looked == self._looked:
                self._show_page(read)
            case int() as total if answer.about == ("count", self._looked):
                self._total = total
                self._grid.count(total)
                self._say_count()
            case tuple() as columns:
                self._columns = columns
                self._grid.know([one.name for one in columns])
                self._ask()
            case Rows() as row:
                self._show_row(int(str(answer.about)), row)
            case _:
                pass

    @on(NoAnswer)
    def _show_no_answer(self, missed: NoAnswer) -> None:
        if isinstance(missed.about, tuple):
            return  # What is wrong with a condition, the page says.
        problem, remedy = tasks.in_words(missed.error)
        if self._looked.where is None:
            self.trouble(missed.error)
            self._grid.say_when_empty(problem, remedy)
            return
        # What is typed stays, with the place that is wrong beneath the rows that were there before.
        self.query_one("#wrong", Static).update(f"{problem}\n{remedy}".strip())
        self.add_class("-wrong", "-asking")
        self.query_one("#line", Input).focus()

    @on(Grid.PageWanted)
    @on(Grid.ColumnMoved)
    def _move_on(self, moved: Grid.PageWanted | Grid.ColumnMoved) -> None:
        self._say_where()
        if isinstance(moved, Grid.PageWanted) or self._grid.lacks_columns:
            self._ask()

    @on(Grid.Opened)
    def _open_row(self, opened: Grid.Opened) -> None:
        place = int(str(opened.key))
        looked, workbench = self._looked, self.workbench
        names = [one.name for one in self._columns]
        self._beside.ask(place, lambda: looked.read(workbench, names, limit=1, offset=place))

    @on(Input.Submitted, "#line")
    def _line_written(self, written: Input.Submitted) -> None:
        text = written.value.strip()
        if self._is_finding:
            self._find(text)
        else:
            self._look(replace(self._looked, where=text or None, seed=None))
            self.set_class(bool(text), "-asking")
        self._grid.focus()

    @on(Input.Changed, "#line")
    def _line_changed(self, changed: Input.Changed) -> None:
        if self._is_finding and changed.value:
            self._find(changed.value)

    @property
    def _grid(self) -> Grid:
        return self.query_one(Grid)

    def _look(self, looked: Looked) -> None:
        """Looks at other rows, from the first one on."""
        if looked.where != self._looked.where:
            self._total = self._all if looked.where is None else None
        self._looked = looked
        self.remove_class("-wrong")
        self.trouble(None)
        self._grid.offset_wanted = 0
        self._grid.action_move_edge("first")
        self._ask()
        if self._total is None and looked.where is not None:
            self._count()

    def _ask(self) -> None:
        """Reads the page that the grid wants."""
        looked, offset, names = self._looked, self._grid.offset_wanted, self._grid.wanted()
        workbench = self.workbench

        def read() -> Read:
            table = looked.read(workbench, names, limit=PAGE, offset=offset)
            page = views.page(
                table, offset=offset, order=looked.order, descending=looked.descending
            )
            return Read(looked=looked, offset=offset, page=page)

        if names:
            self.latest.ask(looked, read)

    def _count(self) -> None:
        looked, workbench = self._looked, self.workbench
        self._beside.ask(("count", looked), lambda: looked.count(workbench))

    def _show_page(self, read: Read) -> None:
        grid = self._grid
        if read.offset != grid.offset_wanted:
            return
        self.remove_class("-wrong")
        if not read.page.rows:
            grid.say_when_empty("No row meets the condition. / changes it, esc leaves it.")
        grid.show_page(read.page.columns, read.page.names, read.page.rows, self._known_total(read))
        if grid.lacks_columns:
            self._ask()
        self._say_where()

    def _known_total(self, read: Read) -> int | None:
        if read.looked.seed is not None:
            return len(read.page.rows)
        return self._total

    def _say_where(self) -> None:
        grid = self._grid
        column = next((one for one in self._columns if one.name == grid.column), None)
        if column is None:
            return
        place = f"column {grid.place + 1} of {len(self._columns)}"
        self.query_one(StatusBar).hint = f"{column.name}  {column.type}  {place}"
        self._say_count()

    def _say_count(self) -> None:
        self._grid.border_title = self._looked.title(self._total, self._all)

    def _show_row(self, place: int, table: Rows) -> None:
        title = f"Row {words.count(place + 1)} of {self._looked.label}"
        _ = self.app.push_screen(Reader(title, lambda width: views.row_lines(table, width)))

    def _find(self, text: str) -> None:
        """Goes to the first column whose name contains `text`, the one with the cursor last."""
        names = [one.name.casefold() for one in self._columns]
        start = self._grid.place if text == self._grid.column else 0
        for place in range(start, len(names)):
            if text.casefold() in names[place]:
                self._grid.go_to_column(place)
                return

    def _ask_in_line(self, *, is_finding: bool) -> None:
        line = self.query_one("#line", Input)
        self._is_finding = is_finding
        with line.prevent(Input.Changed):
            line.value = "" if is_finding else self._looked.where or ""
        line.placeholder = _FIND if is_finding else _WHERE
        self.add_class("-asking")
        line.focus()

    def action_where(self) -> None:
        """Opens the line for a condition."""
        self._ask_in_line(is_finding=False)

    def action_find(self) -> None:
        """Opens the line for the name of a column."""
        self._ask_in_line(is_finding=True)

    def action_sort(self) -> None:
        """Sorts by the column with the cursor: up, then down, then not at all."""
        if self._grid.column is not None:
            self._look(self._looked.sorted_by(self._grid.column))

    def action_sample(self) -> None:
        """Shows random rows, others with each press."""
        self._look(self._looked.sampled())

    def action_export(self) -> None:
        """Asks for a file, then writes all rows that are looked at to it, in their order."""
        looked, workbench = replace(self._looked, seed=None), self.workbench
        which = f" where {looked.where}" if looked.where else ""
        rows = words.plural(self._total, "row") if self._total is not None else "The rows"

        def write(path: str) -> None:
            self.tasks.run(f"Exporting {looked.label}", lambda: looked.export(workbench, path))

        Prompt.ask(
            self.app,
            title="Export",
            sentence=f"{rows} of {looked.label}{which} go into the file: .parquet .csv .tsv .jsonl",
            value=f"{looked.label.replace('@', '-')}.csv",
            then=write,
        )

    def action_copy_value(self) -> None:
        """Copies the value under the cursor."""
        value = self._grid.value
        if value is not None:
            self.app.copy_to_clipboard(value)
            self.notify(f"{value[:60]} is in the clipboard")

    def action_back(self) -> None:
        """Goes back by one step: the line, the sample, the condition, the mode."""
        looked = self._looked
        self.remove_class("-wrong")
        if self.has_class("-asking") and (self._is_finding or looked.where is None):
            self.remove_class("-asking")
            self._is_finding = False
            self._grid.focus()
        elif looked.seed is not None:
            self._look(replace(looked, seed=None))
        elif looked.where is not None:
            self.remove_class("-asking")
            self._look(replace(looked, where=None))
            self._grid.focus()
        else:
            super().action_back()
