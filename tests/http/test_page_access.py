"""Pages in the access log: a line once the reply is whole, and nothing else changes."""

from __future__ import annotations

import asyncio

import pytest

from workbench.http.access import noting, origin_of
from workbench.services import access
from workbench.services.access import AccessLog, Origin

SCOPE = {"type": "http", "method": "GET", "path": "/health", "client": ("10.0.0.7", 5000)}
START = {"type": "http.response.start", "status": 404, "headers": []}


def sent(log, *messages):
    """What reaches the caller."""
    found = []

    async def send(message):
        found.append(message)

    async def reply():
        noted = noting(send, log, origin_of(SCOPE, {b"user-agent": b"curl"}), request="r-1")
        for message in messages:
            await noted(message)

    asyncio.run(reply())
    return found


@pytest.mark.parametrize("parts", [1, 3], ids=["whole", "in parts"])
def test_a_page_has_one_line_once_it_is_whole(tmp_path, parts):
    log = AccessLog(tmp_path)
    bodies = [
        {"type": "http.response.body", "body": b"x", "more_body": part < parts - 1}
        for part in range(parts)
    ]
    found = sent(log, START, *bodies)
    log.close()
    (line,) = access.newest(tmp_path)

    assert found == [START, *bodies]
    assert (line.id, line.status, line.path, line.client) == ("r-1", 404, "/health", "10.0.0.7")


def test_a_reply_that_was_never_finished_has_no_line(tmp_path):
    log = AccessLog(tmp_path)
    sent(log, START)
    log.close()

    assert access.newest(tmp_path) == ()


def test_without_an_access_log_replies_are_sent_as_they_are():
    assert sent(None, START) == [START]


def test_a_caller_without_an_address_has_none():
    assert origin_of({**SCOPE, "client": None}, {}) == Origin("", "GET", "/health", "")
