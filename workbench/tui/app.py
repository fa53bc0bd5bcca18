"""The terminal UI: paints its frame at once, opens the project behind it, and follows the store."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual.app import App
from textual.command import CommandPalette
from textual.screen import Screen
from textual.theme import Theme

from workbench.tui import actions, theme
from workbench.tui.action import Action
from workbench.tui.feed import PERIOD_S, Feed
from workbench.tui.palette import Anywhere
from workbench.tui.screens.base import ModeScreen
from workbench.tui.screens.data import DataScreen
from workbench.tui.screens.help import help_lines
from workbench.tui.screens.home import HomeScreen
from workbench.tui.screens.inbox import InboxScreen
from workbench.tui.screens.jobs import JobsScreen
from workbench.tui.screens.logs import LogsScreen
from workbench.tui.screens.missing import MissingScreen
from workbench.tui.screens.models import ModelsScreen
from workbench.tui.screens.reader import Reader
from workbench.tui.screens.runs import RunsScreen
from workbench.tui.screens.serve import ServeScreen
from workbench.tui.settings import read_theme, settings_path, write_theme

if TYPE_CHECKING:
    from workbench.api import Workbench

Opener = Callable[[Path | None], "Workbench"]


class WorkbenchApp(App[None]):
    """All modes over one workbench."""

    TITLE = "Workbench"
    CSS = """
    Toast { background: $panel; }
    CommandPalette {
        SearchIcon { display: none; }
        & > Vertical { width: 88; max-width: 94%; margin-top: 2; background: $panel; }
        #--input { border: tall $primary; padding: 0 1; background: $panel; }
        #--input.--list-visible { border-bottom: none; }
        CommandList { max-height: 60vh; border: none; scrollbar-size-vertical: 1; }
    }
    """
    BINDINGS = actions.bindings("app")
    COMMANDS = {Anywhere}
    MODES = {
        "home": HomeScreen,
        "data": DataScreen,
        "runs": RunsScreen,
        "models": ModelsScreen,
        "serve": ServeScreen,
        "inbox": InboxScreen,
        "jobs": JobsScreen,
        "logs": LogsScreen,
    }
    DEFAULT_MODE = "home"

    def __init__(
        self,
        project_dir: Path | None = None,
        *,
        opener: Opener | None = None,
        settings: Path | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        period_s: float | None = PERIOD_S,
        settle_in: Callable[[], None] | None = None,
    ) -> None:
        """Makes the app; nothing is opened before its first frame is on screen.

        Args:
            project_dir: A folder inside the project; None: the current one.
            opener: Opens the workbench; None: `workbench.open`.
            settings: Where the theme is remembered; None: nowhere.
            now: The time that relative times count from.
            period_s: How often the store is looked at; None: only when a screen asks.
            settle_in: Runs in a thread once the project is open; None: nothing does.
        """
        super().__init__()
        self.feed = Feed()
        self.now = now
        self._project_dir = project_dir
        self._opener = opener or _open
        self.settings = settings
        self._period_s = period_s
        self._settle_in = settle_in
        self._is_looking = False
        self._is_asked = False

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Our own colours in themes that are not ours."""
        return theme.variables(self.current_theme.to_color_system().generate())

    def on_mount(self) -> None:
        """Chooses the theme and opens the project once the frame is painted."""
        self.register_theme(theme.DARK)
        self.register_theme(theme.LIGHT)
        chosen = read_theme(self.settings) if self.settings else None
        self.theme = chosen if chosen in self.available_themes else theme.DARK.name
        self.theme_changed_signal.subscribe(self, self._remember)
        self.call_after_refresh(self.open_again)
        if self._period_s is not None:
            self.set_interval(self._period_s, self.look)

    def on_unmount(self) -> None:
        """Lets the store go."""
        self.feed.close()

    def open_again(self) -> None:
        """Opens the project off the UI's thread."""
        self.run_worker(self._open_project(), group="open", exclusive=True)

    def look(self) -> None:
        """Asks the feed to answer what the visible screen wants; while it reads, one more look waits."""
        self._is_asked = True
        if not self._is_looking and self.feed.workbench is not None:
            self._is_looking = True
            self.run_worker(self._look(), group="feed")

    def open_workbench_handle(self) -> Workbench | None:
        """The application handle; None before it is open."""
        return self.feed.workbench

    def go_to(self, mode: str, key: object) -> None:
        """Shows a mode with one of its rows selected."""
        _ = self.switch_mode(mode)
        screen = self.screen_stack[0]
        if isinstance(screen, ModeScreen):
            self.call_after_refresh(screen.reveal, key)

    def press(self, action: Action) -> None:
        """Does what an action does on the visible screen."""
        self.simulate_key(action.keys.split(",")[0])

    def action_command_palette(self) -> None:
        """Opens the list of everything one can go to."""
        if not isinstance(self.screen, CommandPalette):
            placeholder = "Go to a screen, a dataset, a run, a model, a job or an action"
            _ = self.push_screen(CommandPalette(placeholder=placeholder, id="--command-palette"))

    def action_go(self, mode: str) -> None:
        """Shows a mode."""
        _ = self.switch_mode(mode)

    def action_press(self, key: str) -> None:
        """Presses a key: what a click in the footer does."""
        self.simulate_key(key)

    def action_help(self) -> None:
        """Shows every key that works here."""
        mode = getattr(self.screen, "MODE", "")
        _ = self.push_screen(Reader("Keys", lambda width: help_lines(mode, width)))

    async def _open_project(self) -> None:
        try:
            await self.feed.open(lambda: self._opener(self._project_dir))
        except Exception as error:  # noqa: BLE001 - a door: the screen says what went wrong
            self._show_missing(error)
            return
        if isinstance(self.screen, MissingScreen):
            _ = self.pop_screen()
        self.look()
        if self._settle_in is not None:
            await asyncio.to_thread(self._settle_in)

    def _show_missing(self, error: Exception) -> None:
        folder = (self._project_dir or Path.cwd()).resolve()
        screen = MissingScreen(folder, error)
        if isinstance(self.screen, MissingScreen):
            _ = self.switch_screen(screen)
        else:
            _ = self.push_screen(screen)

    async def _look(self) -> None:
        try:
            while self._is_asked:
                self._is_asked = False
                await self._ask_for(self.screen_stack[0])
        finally:
            self._is_looking = False

    async def _ask_for(self, screen: Screen[Any]) -> None:
        if not isinstance(screen, ModeScreen) or not screen.is_mounted:
            return
        for answer in await self.feed.read(screen.all_asks(), screen.memory):
            screen.post_message(answer)

    def _remember(self, chosen: Theme) -> None:
        if self.settings is None:
            return
        try:
            write_theme(self.settings, chosen.name)
        except OSError as error:
            self.notify(f"The theme is not remembered: {error}", severity="warning")


def run(project_dir: Path | None = None) -> None:
    """Shows the terminal UI of a project until its user leaves.

    Args:
        project_dir: A folder inside the project; None: the current one.
    """
    try:
        WorkbenchApp(project_dir, settings=settings_path(), settle_in=settle_in).run()
    finally:
        # DuckDB tells at the end of the process what is not let go.
        gc.unfreeze()


def settle_in() -> None:
    """Loads what the other screens will need, while somebody looks at the first one."""
    import workbench.services.browsing  # noqa: PLC0415
    import workbench.services.check_looks  # noqa: PLC0415
    import workbench.services.figures_of_runs  # noqa: PLC0415
    import workbench.services.model_cards  # noqa: PLC0415
    import workbench.services.quarantine  # noqa: PLC0415
    import workbench.services.run_comparison  # noqa: F401, PLC0415

    # All of it stays: to look through it for garbage would hold the screen for 90 ms at a time.
    gc.freeze()


def _open(project_dir: Path | None) -> Workbench:
    # SQLAlchemy and DuckDB take half a second to import: they come after the first paint.
    import workbench  # noqa: PLC0415

    return workbench.open(project_dir)
