"""Calls that change something: run off the UI's thread, answered by a message."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.message_pump import MessagePump
from textual.worker import Worker

from storage.errors import Problem


class Done(Message):
    """A call came back."""

    def __init__(self, title: str, value: object) -> None:
        super().__init__()
        self.title = title
        self.value = value


class Failed(Message):
    """A call raised."""

    def __init__(self, title: str, error: Exception) -> None:
        super().__init__()
        self.title = title
        self.error = error


class Tasks:
    """Runs calls for a screen, each in a thread of its own."""

    def __init__(self, owner: MessagePump, start: Callable[..., Worker[Any]]) -> None:
        """Makes the runner of one screen.

        Args:
            owner: Who gets the messages.
            start: The screen's `run_worker`.
        """
        self._owner = owner
        self._start = start

    def run(self, title: str, call: Callable[[], object]) -> None:
        """Runs `call`; its owner gets `Done` or `Failed`.

        Args:
            title: What is being done, for people: `Promoting late@v8`.
            call: Runs in a thread and must not touch a widget.
        """

        def work() -> None:
            try:
                answer: Message = Done(title, call())
            except Exception as error:  # noqa: BLE001 - a door: the screen shows what went wrong
                answer = Failed(title, error)
            self._owner.post_message(answer)

        self._start(work, thread=True, group="tasks", description=title)


def in_words(error: Exception) -> tuple[str, str]:
    """What is wrong and what mends it, in the error's own words."""
    if isinstance(error, Problem):
        return error.problem, error.remedy
    return (
        f"{type(error).__name__}: {error}",
        "Nobody foresaw this error; its type and words are all there is.",
    )
