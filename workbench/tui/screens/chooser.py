"""Names to pick from, narrowed by a part of them: the columns of a list, or what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual import events, on
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from workbench.tui import actions
from workbench.tui.views.parts import dim
from workbench.tui.widgets.columns import Column, Row
from workbench.tui.widgets.table import Table

Choices = Sequence[tuple[str, str]]
"""Names, and what each stands for."""
NAMES = (
    Column(label="", width=3, align="right"),
    Column(label="", most=44),
    Column(label="", stretches=True, drop=1),
)


class _Narrower(Input):
    """Leaves the space bar to the screen: no name has a space."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether a key is written, so that nothing else is done by it."""
        return key != "space" and super().check_consume_key(key, character)

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "space":
            event.prevent_default()


class Chooser(ModalScreen[tuple[str, ...] | None]):
    """Gives the names that were picked, in that order; None when it is left."""

    DEFAULT_CSS = """
    Chooser {
        background: $background 40%;
        align: center middle;
        #chooser {
            width: 72; max-width: 96%; height: 85%; max-height: 34;
            background: $panel; padding: 0 1; border-top: tall $primary;
        }
        #said { height: auto; padding: 0 1; }
        _Narrower {
            border: none; height: 1; background: $cursor; padding: 0 1; margin: 0 1;
            &:focus { border: none; }
        }
        Table { height: 1fr; border: none; background: $background; margin: 0 1; }
        #keys { height: 1; padding: 0 1; }
    }
    """
    BINDINGS = actions.bindings("chooser")

    def __init__(
        self, *, title: str, choices: Choices, chosen: Sequence[str], beginning: Sequence[str] = ()
    ) -> None:
        """Makes the list.

        Args:
            title: What is chosen, for people.
            choices: What there is.
            chosen: What is picked at first.
            beginning: What `ctrl+r` picks; empty: one name is taken by enter alone.
        """
        super().__init__()
        self._title = title
        self._choices = tuple(choices)
        self._chosen = list(chosen)
        self._beginning = tuple(beginning)

    @classmethod
    def ask(
        cls,
        app: App[None],
        *,
        title: str,
        choices: Choices,
        chosen: Sequence[str],
        then: Callable[[tuple[str, ...]], None],
        beginning: Sequence[str] = (),
    ) -> None:
        """Shows the names, and calls `then` with those that were picked unless it is left."""

        def decide(picked: tuple[str, ...] | None) -> None:
            if picked:
                then(picked)

        chooser = cls(title=title, choices=choices, chosen=chosen, beginning=beginning)
        _ = app.push_screen(chooser, decide)

    def compose(self) -> ComposeResult:
        """What is chosen, a part of a name, the names, and the keys."""
        with Vertical(id="chooser"):
            yield Static(Content.styled(self._title, "bold $primary"), id="said")
            yield _Narrower(placeholder="a part of a name")
            yield Table("", NAMES)
            many = "[bold $primary]space[/] Pick   [bold $primary]ctrl+r[/] As at first   "
            keys = Static(
                Content.from_markup(
                    f"{many if self._beginning else ''}[@click=screen.agree][bold $primary]enter[/]"
                    " Take[/]   [@click=screen.leave][bold $primary]esc[/] Leave it[/]"
                ),
                id="keys",
            )
            keys.auto_links = False
            yield keys

    def on_mount(self) -> None:
        """Starts with all names, on the first that is picked."""
        self.query_one(_Narrower).focus()
        table = self.query_one(Table)
        table.say_when_empty("Nothing is called so.")
        self._show()
        if self._chosen and not self._beginning:
            _ = table.select(self._chosen[0])

    @on(Input.Changed)
    def _narrow(self) -> None:
        self._show()

    @on(Input.Submitted)
    @on(Table.Opened)
    def action_agree(self) -> None:
        """Gives what is picked."""
        if self._beginning:
            _ = self.dismiss(tuple(self._chosen))
        else:
            selected = self.query_one(Table).selected
            _ = self.dismiss((str(selected),) if selected is not None else None)

    def action_pick(self) -> None:
        """Picks the name with the cursor, or lets it go."""
        selected = self.query_one(Table).selected
        if selected is None or not self._beginning:
            return
        name = str(selected)
        if name in self._chosen:
            self._chosen.remove(name)
        else:
            self._chosen.append(name)
        self._show()

    def action_begin(self) -> None:
        """Picks what the list begins with."""
        if self._beginning:
            self._chosen = list(self._beginning)
            self._show()

    def action_step(self, amount: int) -> None:
        """Moves the cursor by some names."""
        self.query_one(Table).action_move(amount)

    def action_leave(self) -> None:
        """Changes nothing."""
        _ = self.dismiss(None)

    def _show(self) -> None:
        part = self.query_one(_Narrower).value.strip().lower()
        shown = [(name, says) for name, says in self._choices if part in name.lower()]
        self.query_one(Table).show(
            [Row(key=name, cells=(self._place(name), name, dim(says))) for name, says in shown]
        )

    def _place(self, name: str) -> Content:
        if name not in self._chosen:
            return Content("")
        place = str(self._chosen.index(name) + 1) if self._beginning else "●"
        return Content.styled(place, "bold $primary")
