"""The frame around every screen: modes on top, what is going on beneath, keys at the bottom."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from storage.records import Job, JobState, ServiceStatus
from workbench.core.words import percent
from workbench.tui import actions
from workbench.tui.action import Action
from workbench.tui.format import fit_content
from workbench.tui.theme import glyph, light

ROOMY = 100
"""From this width on there is room for side panes and long words."""
_LEAST_NAME = 8
"""Cells below which the end of a project's name is not worth showing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the frame says of the project, on whichever screen."""

    project: str
    services: tuple[ServiceStatus, ...]
    jobs: tuple[Job, ...]
    """Running and queued ones."""
    alerts: int
    """Open ones."""


class Bar(Widget):
    """A line of the frame."""

    DEFAULT_CSS = """
    Bar { height: 1; background: $panel; color: $muted; }
    """
    ALLOW_SELECT = False
    auto_links: reactive[bool] = reactive(default=False)
    surroundings: reactive[Surroundings | None] = reactive(None)

    def spread(self, left: Content, right: Content) -> Content:
        """Two texts at the ends of the line; the left one gives way."""
        room = max(0, self.size.width - right.cell_length - 1)
        return Content.assemble(fit_content(left, room), " ", right)


class HeaderBar(Bar):
    """The modes, the project and its services."""

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def render(self) -> Content:
        """The one line."""
        is_roomy = self.size.width >= ROOMY
        brand = Content.styled(" ◆ Workbench ", "bold $primary") if is_roomy else Content("")
        tabs = [
            self._tab(number, mode, is_named=is_roomy or mode == self._mode)
            for number, mode in enumerate(actions.MODES, 1)
        ]
        left = Content.assemble(brand, *tabs)
        return self.spread(left, self._project(self.size.width - left.cell_length - 1))

    def _tab(self, number: int, mode: str, *, is_named: bool) -> Content:
        name = f" {actions.MODES[mode].split()[0]}" if is_named else ""
        look = "bold $foreground on $cursor" if mode == self._mode else "$muted"
        colour = "$primary" if mode == self._mode else "$faint"
        return Content.from_markup(
            f"[@click=app.go('{mode}')][{look}] [{colour}]{number}[/]{name} [/][/]"
        )

    def _project(self, room: int) -> Content:
        """The project and its lights; where there is no room for both, its lights."""
        known = self.surroundings
        if known is None:
            return Content.styled("opening … ", "$muted")
        lights = Content.assemble(_lights(known.services), " ")
        spare = room - lights.cell_length - 2
        if spare < min(len(known.project), _LEAST_NAME):
            return lights
        name = Content.styled(known.project, "bold $foreground").truncate(spare, ellipsis=True)
        return Content.assemble(name, "  ", lights)


def _lights(services: Sequence[ServiceStatus]) -> Content:
    """One light when all is well or all is off, else one with the names of what does not run."""
    off = [service.name for service in services if not service.is_running]
    if len(off) == len(services):
        return Content.assemble(light(is_on=False), " off")
    if not off:
        return Content.assemble(light(is_on=True), " up")
    return Content.assemble(("○ ", "$warning"), (f"{', '.join(off)} off", "$warning"))


class StatusBar(Bar):
    """What runs, who is needed, and what went wrong last."""

    DEFAULT_CSS = """
    StatusBar { background: $background; }
    """
    trouble: reactive[str] = reactive("")
    """What cannot be read at the moment, in words; empty: nothing."""
    hint: reactive[str] = reactive("")

    def render(self) -> Content:
        """The one line."""
        if self.trouble:
            return self.spread(Content.styled(f" ✕ {self.trouble}", "$error"), Content(""))
        known = self.surroundings
        if known is None:
            return Content("")
        left = Content.assemble(" ", Content("   ").join(self._jobs(known.jobs)))
        word = "needs" if known.alerts == 1 else "need"
        needs = (
            (f"▲ {known.alerts} {word} you ", "$warning") if known.alerts else "nothing needs you "
        )
        return self.spread(left, Content.assemble(self.hint, "  " if self.hint else "", needs))

    def _jobs(self, jobs: Sequence[Job]) -> list[Content]:
        running = [job for job in jobs if job.state is JobState.RUNNING]
        parts = [
            Content.assemble(
                glyph(job.state),
                f" {job.label} {job.kind} {job.subject}",
                f" {percent(job.progress, 0)}" if job.progress is not None else "",
            )
            for job in running[:3]
        ]
        waiting = len(jobs) - len(parts)
        return [*parts, *([Content(f"{waiting} more")] if waiting and parts else [])]


class FooterBar(Bar):
    """The keys of this screen, as many as fit; help and quit always do."""

    without: reactive[frozenset[str]] = reactive(frozenset())
    """Ids of actions that do nothing at the moment."""

    def __init__(self, *scopes: str, without: Container[str] = ()) -> None:
        """Makes the line of keys.

        Args:
            scopes: Whose keys, most important first.
            without: Ids of actions that do nothing here.
        """
        super().__init__()
        self._actions = [
            action
            for scope in scopes
            for action in actions.of_scope(scope)
            if action.label and action.id not in without
        ]

    def render(self) -> Content:
        """The one line."""
        shown = [action for action in self._actions if action.id not in self.without]
        ends = [action for action in shown if action.id in {"app.help", "app.quit"}]
        right = Content(" ").join([_key(action) for action in ends])
        room = self.size.width - right.cell_length - 2
        left = Content("")
        for action in shown:
            longer = Content.assemble(left, " ", _key(action))
            if action not in ends and longer.cell_length <= room:
                left = longer
        return self.spread(left, right)


def _key(action: Action) -> Content:
    key = action.keys.split(",")[0]
    shown = action.keys_shown.split()[0]
    return Content.from_markup(
        f"[@click=app.press('{key}')][bold $primary]$shown[/] [$foreground]$label[/][/]",
        shown=shown,
        label=action.label,
    )
