"""Reads that follow typing: one at a time, the newest last."""

from __future__ import annotations

import asyncio
import threading

from textual import on
from textual.app import App

from workbench.tui.latest import Answer, Latest, NoAnswer


class Reading(App[None]):
    def __init__(self):
        super().__init__()
        self.latest = Latest(self, self.run_worker)
        self.heard = []

    @on(Answer)
    def hear(self, answer):
        self.heard.append((answer.about, answer.value))

    @on(NoAnswer)
    def miss(self, missed):
        self.heard.append((missed.about, str(missed.error)))


def heard(ask):
    async def run():
        app = Reading()
        async with app.run_test() as pilot:
            ask(app.latest)
            await app.workers.wait_for_complete()
            await pilot.pause()
            return app.heard

    return asyncio.run(run())


def test_of_what_is_asked_meanwhile_only_the_last_is_read():
    may_end = threading.Event()

    def ask(latest):
        latest.ask("a", lambda: may_end.wait() and 1)
        latest.ask("ab", lambda: 2)
        latest.ask("abc", lambda: 3)
        may_end.set()

    found = heard(ask)

    assert found[-1] == ("abc", 3)
    assert ("ab", 2) not in found


def test_an_error_is_an_answer_too_and_reading_goes_on():
    def ask(latest):
        latest.ask("a", lambda: 1 / 0)
        latest.ask("b", lambda: 2)

    assert heard(ask)[-1] == ("b", 2)


def test_what_fails_is_told():
    assert heard(lambda latest: latest.ask("a", lambda: 1 / 0)) == [("a", "division by zero")]
