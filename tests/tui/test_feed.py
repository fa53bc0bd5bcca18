from __future__ import annotations

import asyncio

import workbench
from workbench.tui.feed import Ask, Feed, Memory, Told, Unread


def ask(**changes):
    known = {"part": "runs", "read": lambda w: w.run_count(), "show": lambda _value: None}
    return Ask(**{**known, **changes})


def test_the_same_state_of_the_store_is_read_once():
    memory = Memory()
    memory.keep(ask(), token=1, now=0.0)

    assert not memory.is_due(ask(), token=1, now=1.0)


def test_a_change_another_question_or_a_long_time_makes_it_due():
    memory = Memory()
    memory.keep(ask(), token=1, now=0.0)

    assert memory.is_due(ask(), token=2, now=1.0)
    assert memory.is_due(ask(about="r12"), token=1, now=1.0)
    assert memory.is_due(ask(part="jobs"), token=1, now=1.0)
    assert memory.is_due(ask(every_s=5.0), token=1, now=5.0)


def test_what_raises_is_told_and_the_others_are_answered(stocked):
    def broken(_workbench):
        raise OSError("disk I/O error")

    async def run():
        feed = Feed()
        await feed.open(lambda: workbench.open(stocked))
        asks = [ask(), ask(part="broken", read=broken)]
        answers = await feed.read(asks, Memory())
        feed.close()
        return answers

    answered, failed = asyncio.run(run())

    assert isinstance(answered, Told)
    assert answered.value == 19
    assert isinstance(failed, Unread)
    assert str(failed.error) == "disk I/O error"
