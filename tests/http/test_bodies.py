"""Bodies as they come in: bounded each and together, in time, and of a type that can be meant."""

from __future__ import annotations

import asyncio
import threading

import pytest

from workbench.http.bodies import Bodies, Gone, check_type, coding_of
from workbench.http.replies import Refused
from workbench.http.waiting import LongRequests


def bodies(*, most_bytes=10, together_bytes=15, timeout_s=30.0):
    return Bodies(most_bytes=most_bytes, together_bytes=together_bytes, timeout_s=timeout_s)


def receiving(*chunks, is_last=True):
    messages = [
        {"type": "http.request", "body": chunk, "more_body": i < len(chunks) - 1 or not is_last}
        for i, chunk in enumerate(chunks)
    ]

    async def receive():
        if messages:
            return messages.pop(0)
        return await asyncio.get_running_loop().create_future()

    return receive


def taken_in(taker, receive, **headers):
    return asyncio.run(taker.whole(receive, headers))


def test_a_body_in_pieces_comes_whole():
    assert taken_in(bodies(), receiving(b"ab", b"", b"cd")) == b"abcd"


def test_a_body_over_the_limit_is_refused_while_it_comes():
    with pytest.raises(Refused) as caught:
        taken_in(bodies(), receiving(b"123456", b"78901", is_last=False))

    assert caught.value.reply.status == 413


def test_a_body_that_never_ends_is_refused_in_time():
    with pytest.raises(Refused) as caught:
        taken_in(bodies(timeout_s=0.01), receiving(b"1", is_last=False))

    assert caught.value.reply.status == 408


def test_more_than_is_held_together_is_told_to_come_again():
    taker = bodies()
    held = taken_in(taker, receiving(b"1234567890"))

    with pytest.raises(Refused) as caught:
        taken_in(taker, receiving(b"123456"))
    assert caught.value.reply.status == 429
    assert (b"retry-after", b"1") in caught.value.reply.headers
    taker.let_go(held)
    assert taken_in(taker, receiving(b"123456")) == b"123456"


def test_a_body_that_was_refused_is_not_held():
    taker = bodies()
    for _ in range(5):
        with pytest.raises(Refused):
            taken_in(taker, receiving(b"12345678901"))

    assert taken_in(taker, receiving(b"1234567890"))


def test_a_caller_who_hangs_up_is_gone():
    async def receive():
        return {"type": "http.disconnect"}

    with pytest.raises(Gone):
        taken_in(bodies(), receive)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        (b"application/json", None),
        (b"Application/JSON ; charset=UTF-8", None),
        (b'application/json;charset="utf8"', None),
        (b"application/json; odata=verbose", None),
        (b"application/json; charset=cp949", 415),
        (b"text/html", 415),
        (b"", 415),
        (b"\xff;;=", 415),
    ],
)
def test_a_type_that_cannot_be_meant_is_refused(given, status):
    found = None
    try:
        check_type({b"content-type": given}, ("application/json",))
    except Refused as refused:
        found = refused.reply.status

    assert found == status


@pytest.mark.parametrize("given", [b"identity", b"", b" Identity "])
def test_a_body_may_say_that_it_is_not_compressed(given):
    assert coding_of({b"content-encoding": given}) is None


def waiting():
    return LongRequests(most_waiting=1, timeout_s=30.0)


def test_a_long_request_is_answered_on_a_thread():
    long = waiting()

    assert asyncio.run(long.answer(threading.current_thread)) is not threading.current_thread()
    long.close()


def test_an_answer_that_does_not_come_in_time_is_given_up():
    counted = []
    long = LongRequests(most_waiting=1, timeout_s=0.01, waits=counted.append)
    done = threading.Event()

    with pytest.raises(Refused) as caught:
        asyncio.run(_and_set(long, done))
    assert caught.value.reply.status == 503
    assert counted == [1, 0]
    long.close()


async def _and_set(long, done):
    try:
        await long.answer(lambda: done.wait(60))
    finally:
        done.set()


def test_more_than_may_wait_are_told_to_come_again():
    long, done = waiting(), threading.Event()

    async def ask_twice():
        first = asyncio.ensure_future(long.answer(lambda: done.wait(60)))
        await asyncio.sleep(0)
        try:
            await long.answer(lambda: None)
        finally:
            done.set()
            await first

    with pytest.raises(Refused) as caught:
        asyncio.run(ask_twice())
    assert caught.value.reply.status == 429
    assert "1 requests wait" in caught.value.args[0]
    long.close()
