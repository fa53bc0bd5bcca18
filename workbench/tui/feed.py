"""The one reader of the store: looks for changes on its own thread and tells the visible screen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from textual.message import Message

if TYPE_CHECKING:
    from workbench.api import Workbench

Value = TypeVar("Value")
PERIOD_S = 0.5
"""How often the store is asked whether anything changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask(Generic[Value]):
    """A part of a screen: what it needs from the store, and what shows it."""

    part: str
    """Its name on the screen."""
    read: Callable[[Workbench], Value]
    """Runs on the feed's thread; must not touch a widget."""
    show: Callable[[Value], None]
    """Runs in the screen's handler."""
    about: Hashable = None
    """What `read` depends on besides the store; another value reads anew."""
    every_s: float = 10.0
    """Reads anew after this time even when the store says nothing: clocks and files move too."""


class Told(Message):
    """The store's answer to an ask."""

    bubble = False

    def __init__(self, ask: Ask[Any], value: object) -> None:
        super().__init__()
        self.ask = ask
        self.value = value


class Unread(Message):
    """An ask could not be answered."""

    bubble = False

    def __init__(self, ask: Ask[Any], error: Exception) -> None:
        super().__init__()
        self.ask = ask
        self.error = error


@dataclass(slots=True)
class _Answered:
    about: Hashable
    token: int
    at: float


class Memory:
    """What a screen has been told, so that nothing is read twice for the same state of the store."""

    def __init__(self) -> None:
        self._answered: dict[str, _Answered] = {}

    def is_due(self, ask: Ask[Any], token: int, now: float) -> bool:
        """Whether an ask has to be read (again)."""
        last = self._answered.get(ask.part)
        if last is None or last.about != ask.about or last.token != token:
            return True
        return now - last.at >= ask.every_s

    def keep(self, ask: Ask[Any], token: int, now: float) -> None:
        """Remembers that an ask was answered."""
        self._answered[ask.part] = _Answered(ask.about, token, now)

    def forget(self) -> None:
        """Makes every ask due."""
        self._answered.clear()


class Feed:
    """Opens the workbench and reads from it, always on the same thread and never two at a time."""

    def __init__(self) -> None:
        self.workbench: Workbench | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="feed")

    async def open(self, opener: Callable[[], Workbench]) -> Workbench:
        """Opens the workbench on the feed's thread, which keeps its reading connection."""
        loop = asyncio.get_running_loop()
        self.workbench = await loop.run_in_executor(self._thread, opener)
        return self.workbench

    async def read(self, asks: Sequence[Ask[Any]], memory: Memory) -> list[Told | Unread]:
        """Answers those of `asks` that are due."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._answers, asks, memory)

    def close(self) -> None:
        """Lets the thread go once it has finished what it reads, and closes the workbench there."""
        if self.workbench is not None:
            self._thread.submit(self.workbench.close)
        self._thread.shutdown(wait=False)

    def _answers(self, asks: Sequence[Ask[Any]], memory: Memory) -> list[Told | Unread]:
        workbench = self.workbench
        if workbench is None:
            return []
        token, now = workbench.change_token(), time.monotonic()
        answers: list[Told | Unread] = []
        for ask in asks:
            if not memory.is_due(ask, token, now):
                continue
            memory.keep(ask, token, now)
            try:
                answers.append(Told(ask, ask.read(workbench)))
            except Exception as error:  # noqa: BLE001 - a door: the screen shows what went wrong
                answers.append(Unread(ask, error))
        return answers
