"""Reads that follow what somebody types or scrolls to: one at a time, and only the newest waits."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from textual.message import Message
from textual.message_pump import MessagePump
from textual.worker import Worker


class Answer(Message):
    """What a read gave."""

    bubble = False

    def __init__(self, about: object, value: object) -> None:
        super().__init__()
        self.about = about
        self.value = value


class NoAnswer(Message):
    """A read failed."""

    bubble = False

    def __init__(self, about: object, error: Exception) -> None:
        super().__init__()
        self.about = about
        self.error = error


class Latest:
    """Runs reads in a thread; of those that are asked for meanwhile, all but the last are forgotten."""

    def __init__(self, owner: MessagePump, start: Callable[..., Worker[Any]]) -> None:
        """Makes the reader of one screen.

        Args:
            owner: Who gets the messages.
            start: The screen's `run_worker`.
        """
        self._owner = owner
        self._start = start
        self._next: tuple[object, Callable[[], object]] | None = None
        self._is_reading = False
        self._lock = threading.Lock()

    def ask(self, about: object, read: Callable[[], object]) -> None:
        """Reads soon; the owner gets `Answer` or `NoAnswer`.

        Args:
            about: What the answer is about, for the owner to tell whether it still wants it.
            read: Runs in a thread and must not touch a widget.
        """
        with self._lock:
            self._next = (about, read)
            if self._is_reading:
                return
            self._is_reading = True
        self._start(self._work, thread=True, group="latest")

    def _work(self) -> None:
        while (wanted := self._take()) is not None:
            about, read = wanted
            try:
                answer: Message = Answer(about, read())
            except Exception as error:  # noqa: BLE001 - a door: the screen shows what went wrong
                answer = NoAnswer(about, error)
            self._owner.post_message(answer)

    def _take(self) -> tuple[object, Callable[[], object]] | None:
        with self._lock:
            wanted, self._next = self._next, None
            self._is_reading = wanted is not None
            return wanted
