"""A row to fill in, made of a model's signature, and what the running endpoint answers for it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Select, Static

from storage.records import Scalar, Signature
from workbench.tui import actions, asking, row_form, tasks
from workbench.tui.asking import Answered
from workbench.tui.row_form import Field
from workbench.tui.views import asking as views
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.sheet import Sheet

NONE = "nothing"
MOST_LISTED = 300
"""Categories up to which all stand in a list; of more, the rest of what is written is suggested."""
ASKING = "Asking the endpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Whom the dialog asks."""

    address: str
    model: str
    signature: Signature
    example: Mapping[str, Scalar]
    """What stands in the lines at first."""
    key: str = ""
    """An API key that was given before."""
    needs_key: bool = False
    """Whether the endpoint lets in only callers with a key."""


class TryRow(ModalScreen[str]):
    """Asks as often as somebody wants; gives the API key that was written, for the next time."""

    DEFAULT_CSS = """
    TryRow {
        background: $background 40%;
        align: center middle;
        #try {
            width: 118; max-width: 96%; height: auto; max-height: 94%;
            background: $panel; padding: 0 2 1 2; border-top: tall $primary;
        }
        #said { height: auto; margin-bottom: 1; }
        #halves { height: auto; }
        #lines {
            width: 3fr; height: auto; max-height: 30; min-height: 12; scrollbar-size-vertical: 1;
            scrollbar-gutter: stable;
        }
        #answer {
            width: 2fr; height: 100%; min-height: 12; background: $panel; margin-left: 1;
            border: round $line;
        }
        .line { height: 1; width: 1fr; }
        .line .name { width: 18; color: $muted; }
        .line .hint { width: 30; color: $faint; padding-left: 1; }
        .line Input {
            width: 1fr; border: none; height: 1; background: $background; padding: 0 1;
            &:focus { border: none; background: $cursor; }
        }
        .line Select {
            width: 1fr; height: 1;
            & > SelectCurrent { background: $background; padding: 0 0 0 1; }
            &:focus > SelectCurrent { background: $cursor; background-tint: transparent; }
            & > SelectOverlay { border: round $primary; background: $panel; max-height: 14; }
        }
        .-meant .name { color: $error; text-style: bold; }
        #keys { height: 1; margin-top: 1; }
        &.-narrow {
            #halves { layout: vertical; }
            #lines { width: 1fr; max-height: 9; min-height: 4; }
            #answer { width: 1fr; height: 8; min-height: 8; margin: 1 0 0 0; }
            .line .hint { width: 26; }
            .line .name { width: 16; }
        }
        &.-low.-roomy #lines { max-height: 15; }
    }
    """
    BINDINGS = actions.bindings("trying")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-roomy")]
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]

    def __init__(self, asked: Asked) -> None:
        super().__init__()
        self._asked = asked
        self._fields = row_form.fields(asked.signature, asked.example)
        self._is_busy = False
        self.tasks = tasks.Tasks(self, self.run_worker)

    def compose(self) -> ComposeResult:
        """Whom it asks, a line a column, the answer, and the keys."""
        asked = self._asked
        with Vertical(id="try"):
            said = f"a row of {asked.model} at {asked.address}; it is logged as any other request"
            yield Static(Content.assemble(("Try  ", "bold $primary"), said), id="said")
            with Horizontal(id="halves"):
                with VerticalScroll(id="lines", can_focus=False):
                    for one in self._fields:
                        yield from _line(one)
                    if asked.needs_key:
                        with Horizontal(classes="line"):
                            yield Static("API key", classes="name")
                            yield Input(asked.key, id="api-key", password=True)
                            yield Static("Bearer", classes="hint")
                yield Sheet("Answer", id="answer")
            keys = Static(
                Content.from_markup(
                    "[@click=screen.ask][bold $primary]enter[/] [bold $primary]ctrl+s[/] Ask[/]   "
                    "[@click=screen.again][bold $primary]ctrl+r[/] As at first[/]   "
                    "[@click=screen.copy][bold $primary]ctrl+o[/] Copy curl[/]   "
                    "[@click=screen.leave][bold $primary]esc[/] Leave it[/]"
                ),
                id="keys",
            )
            keys.auto_links = False
            yield keys

    def on_mount(self) -> None:
        """Starts on the first line."""
        sheet = self.query_one("#answer", Sheet)
        sheet.say("enter asks the endpoint.")
        self._first().focus()

    @on(Input.Submitted)
    def action_ask(self) -> None:
        """Sends what stands in the lines."""
        if self._is_busy:
            return
        self._is_busy = True
        asked, sent, key = self._asked, self._row(), self._key()
        self.query_one("#answer", Sheet).say("Asking …")
        self.tasks.run(ASKING, lambda: asking.ask(asked.address, asked.model, sent, key=key))

    def action_again(self) -> None:
        """Fills in the example row again."""
        for one, widget in self._widgets():
            if isinstance(widget, Select):
                widget.value = one.value or Select.NULL
            elif isinstance(widget, Input):
                widget.value = one.value
        self._mark("")

    def action_copy(self) -> None:
        """Copies the line that asks the same from a shell."""
        body = json.dumps({"rows": [self._row()]}, ensure_ascii=False)
        self.app.copy_to_clipboard(views.curl(self._asked.address, self._asked.model, body))
        self.notify("The line that asks the same is in the clipboard")

    def action_leave(self) -> None:
        """Goes back."""
        _ = self.dismiss(self._key())

    @on(tasks.Done)
    def _show_answer(self, done: tasks.Done) -> None:
        done.stop()
        self._is_busy = False
        found = done.value
        if isinstance(found, Answered):
            sheet = self.query_one("#answer", Sheet)
            sheet.show(lambda width, _height: views.answer_lines(found, width))
            self._mark(found.problem)

    @on(tasks.Failed)
    def _show_failure(self, failed: tasks.Failed) -> None:
        failed.stop()
        self._is_busy = False
        problem, remedy = tasks.in_words(failed.error)
        lines = [Content.assemble(("✕ ", "$error"), problem), Content.styled(remedy, "$muted")]
        self.query_one("#answer", Sheet).show(
            lambda width, _height: [part for line in lines for part in wrapped(line, width)]
        )

    def _mark(self, problem: str) -> None:
        """Marks the column that the endpoint names, and goes to it."""
        named = [one for one, _ in self._widgets() if f"'{one.name}'" in problem]
        for one, widget in self._widgets():
            line = widget.parent
            if isinstance(line, Widget):
                line.set_class(one in named, "-meant")
            if named and one is named[0]:
                widget.focus()

    def _row(self) -> dict[str, Scalar]:
        filled = {}
        for one, widget in self._widgets():
            if isinstance(widget, Select):
                filled[one.name] = "" if widget.value is Select.NULL else str(widget.value)
            elif isinstance(widget, Input):
                filled[one.name] = widget.value
        return row_form.row(self._fields, filled)

    def _widgets(self) -> list[tuple[Field, Widget]]:
        shown = self.query(".field").results(Widget)
        return list(zip(self._fields, shown, strict=True))

    def _first(self) -> Widget:
        return self.query(".field").first(Widget)

    def _key(self) -> str:
        found = self.query("#api-key").results(Input)
        return next((one.value.strip() for one in found), self._asked.key)


def _line(one: Field) -> ComposeResult:
    with Horizontal(classes="line"):
        yield Static(Content(one.name), classes="name")
        if one.is_chosen and len(one.options) <= MOST_LISTED:
            # What the example says is there even where training has not seen it.
            options = dict.fromkeys((*one.options, *([one.value] if one.value else [])))
            yield Select(
                [(Content(value), value) for value in options],
                value=one.value or Select.NULL,
                prompt=NONE,
                allow_blank=one.nullable or not one.value,
                compact=True,
                classes="field",
            )
        else:
            suggested = SuggestFromList(one.options) if one.is_chosen else None
            yield Input(
                one.value,
                suggester=suggested,
                placeholder=NONE if one.nullable else "",
                select_on_focus=True,
                classes="field",
            )
        yield Static(Content(one.hint), classes="hint")
