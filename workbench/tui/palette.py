"""Going anywhere by name: screens, datasets, runs, models, jobs and actions in one fuzzy list."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from workbench.tui import actions
from workbench.tui.action import Action

if TYPE_CHECKING:
    from workbench.api import Workbench

NEWEST = 200
"""How many of the newest runs and jobs can be gone to by name."""

_MOVING = {"table", "list", "grid"}
"""Scopes whose keys move the cursor, which nobody looks for by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Somewhere to go."""

    name: str
    says: str
    mode: str
    key: object


class Guide(Protocol):
    """What the palette needs of the app."""

    def open_workbench_handle(self) -> Workbench | None:
        """The application handle; None before it is open."""

    def go_to(self, mode: str, key: object) -> None:
        """Shows a mode with one of its rows selected."""

    def press(self, action: Action) -> None:
        """Does what an action does on the visible screen."""


class Anywhere(Provider):
    """Screens and actions at once, what the store holds as soon as it has been read."""

    async def startup(self) -> None:
        """Reads the names off the UI's thread."""
        workbench = self._guide.open_workbench_handle()
        self._places = await asyncio.to_thread(places, workbench) if workbench else []

    async def discover(self) -> Hits:
        """What stands there before anything is typed."""
        for name, says, go in self._everything():
            yield DiscoveryHit(name, go, help=says)

    async def search(self, query: str) -> Hits:
        """What matches."""
        matcher = self.matcher(query)
        for name, says, go in self._everything():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(name), go, help=says)

    @property
    def _guide(self) -> Guide:
        return cast("Guide", self.app)

    def _everything(self) -> list[tuple[str, str, Callable[[], None]]]:
        guide, mode = self._guide, getattr(self.screen, "MODE", "")
        found: list[tuple[str, str, Callable[[], None]]] = []
        scopes = [scope for scope in actions.scopes_of(mode) if scope not in _MOVING]
        for action in actions.of_scope(*scopes):
            if action.id not in {"app.palette", "mode.next_pane", "mode.back"}:
                name = _name_of(action)
                found.append((name, f"{action.keys_shown}  {action.tooltip}", _does(guide, action)))
        found += [(place.name, place.says, _goes(guide, place)) for place in self._places]
        return found


def places(workbench: Workbench) -> list[Place]:
    """Everything the store has a name for, newest first within its kind."""
    datasets = [
        Place(name=f"dataset {one.dataset.name}", says="Data", mode="data", key=one.dataset.name)
        for one in workbench.datasets()
    ]
    models = [
        Place(name=f"model {one.model.name}", says="Models", mode="models", key=one.model.name)
        for one in workbench.models()
    ]
    runs = [
        Place(
            name=f"{run.label} {run.experiment} {run.recipe}",
            says=f"run, {run.state.value}",
            mode="runs",
            key=run.id,
        )
        for run in workbench.runs(limit=NEWEST)
    ]
    jobs = [
        Place(
            name=f"{job.label} {job.kind} {job.subject}",
            says=f"job, {job.state.value}",
            mode="jobs",
            key=job.id,
        )
        for job in workbench.jobs(limit=NEWEST)
    ]
    return [*datasets, *models, *runs, *jobs]


def _name_of(action: Action) -> str:
    mode = action.id.partition(".")[2]
    return f"Go to {actions.MODES[mode]}" if mode in actions.MODES else action.label or "Theme"


def _does(guide: Guide, action: Action) -> Callable[[], None]:
    return lambda: guide.press(action)


def _goes(guide: Guide, place: Place) -> Callable[[], None]:
    return lambda: guide.go_to(place.mode, place.key)
