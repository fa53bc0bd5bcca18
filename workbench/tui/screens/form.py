"""A few lines to fill in before something is started; what is wrong with them is told beside them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import App, ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from workbench.tui import actions, tasks

Filled = dict[str, str]
"""What stands in each line, by its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a form."""

    name: str
    label: str
    value: str = ""
    hint: str = ""
    """What stands there while it is empty."""


class Form(ModalScreen[object]):
    """Gives what came of it; None when it is left."""

    DEFAULT_CSS = """
    Form {
        background: $background 40%;
        align: center middle;
        #form {
            width: 84; max-width: 96%; height: auto; max-height: 92%;
            background: $panel; padding: 0 2 1 2; border-top: tall $primary;
        }
        #said { height: auto; margin-bottom: 1; }
        #lines { height: auto; max-height: 24; scrollbar-size-vertical: 1; }
        .line { height: 1; }
        .line Static { width: 22; color: $muted; }
        .line Input {
            width: 1fr; border: none; height: 1; background: $background; padding: 0 1;
            &:focus { border: none; background: $cursor; }
        }
        #wrong { height: auto; color: $error; margin-top: 1; display: none; }
        &.-wrong #wrong { display: block; }
        #keys { height: 1; margin-top: 1; }
        &.-low #lines { max-height: 10; }
    }
    """
    BINDINGS = actions.bindings("form")
    VERTICAL_BREAKPOINTS = [(0, "-low"), (32, "-tall")]

    def __init__(
        self, *, title: str, sentence: str, lines: Sequence[Line], call: Callable[[Filled], object]
    ) -> None:
        """Makes the form.

        Args:
            title: A verb, for the key.
            sentence: What will happen.
            lines: What can be filled in.
            call: Does it, in a thread; an error of it is shown and the form stays.
        """
        super().__init__()
        self._title = title
        self._sentence = sentence
        self._form_lines = tuple(lines)
        self._call = call
        self._is_busy = False
        self.tasks = tasks.Tasks(self, self.run_worker)

    @classmethod
    def ask(
        cls,
        app: App[None],
        *,
        title: str,
        sentence: str,
        lines: Sequence[Line],
        call: Callable[[Filled], object],
        then: Callable[[object], None],
    ) -> None:
        """Shows the form, and calls `then` with what came of it unless it is left."""

        def decide(found: object) -> None:
            if found is not None:
                then(found)

        form = cls(title=title, sentence=sentence, lines=lines, call=call)
        _ = app.push_screen(form, decide)

    def compose(self) -> ComposeResult:
        """What will happen, the lines, what is wrong with them, and the keys."""
        with Vertical(id="form"):
            title = Content.assemble((f"{self._title}  ", "bold $primary"), self._sentence)
            yield Static(title, id="said")
            with VerticalScroll(id="lines", can_focus=False):
                for line in self._form_lines:
                    with Horizontal(classes="line"):
                        yield Static(Content(line.label))
                        yield Input(line.value, placeholder=line.hint, select_on_focus=False)
            yield Static(id="wrong")
            keys = Static(
                Content.from_markup(
                    "[@click=screen.agree][bold $primary]enter[/] $title[/]   "
                    "[bold $primary]tab[/] Next line   "
                    "[@click=screen.leave][bold $primary]esc[/] Leave it[/]",
                    title=self._title,
                ),
                id="keys",
            )
            keys.auto_links = False
            yield keys

    @on(Input.Submitted)
    def action_agree(self) -> None:
        """Does it with what stands in the lines."""
        if self._is_busy:
            return
        self._is_busy = True
        names = [line.name for line in self._form_lines]
        values = [one.value.strip() for one in self.query(Input)]
        filled, call = dict(zip(names, values, strict=True)), self._call
        self.tasks.run(self._title, lambda: call(filled))

    def action_step(self, amount: int) -> None:
        """Goes on by some lines."""
        _ = self.focus_next(Input) if amount > 0 else self.focus_previous(Input)

    def action_leave(self) -> None:
        """Changes nothing."""
        _ = self.dismiss(None)

    @on(tasks.Done)
    def _show_done(self, done: tasks.Done) -> None:
        done.stop()
        _ = self.dismiss(done.value)

    @on(tasks.Failed)
    def _show_failure(self, failed: tasks.Failed) -> None:
        failed.stop()
        self._is_busy = False
        problem, remedy = tasks.in_words(failed.error)
        told = Content.assemble(f"✕ {problem}", (f"\n{remedy}" if remedy else "", "$muted"))
        self.query_one("#wrong", Static).update(told)
        self.add_class("-wrong")
