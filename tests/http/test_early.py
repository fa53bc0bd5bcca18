"""Before the pages are imported, the endpoint says whether it lives and is ready; then it shows them."""

from __future__ import annotations

import asyncio
import json

import pytest

from tests.http.project import make_project
from workbench.http.process.early import EarlyPages
from workbench.services.context import open_context
from workbench.services.serving import Endpoint


@pytest.fixture
def early(tmp_path):
    context = open_context(make_project(tmp_path), who="test")
    endpoint = Endpoint(context)
    yield EarlyPages(endpoint)
    endpoint.close()
    context.store.close()


async def asked(pages, path, method="GET"):
    """Status and decoded body of the reply."""
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "http.request", "body": b""}

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(b"host", b"x")], "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
        "scheme": "http", "state": {},
    }  # fmt: skip
    await pages(scope, receive, send)
    return sent[0]["status"], json.loads(b"".join(one.get("body", b"") for one in sent))


def test_without_any_page_it_says_that_it_lives_and_what_it_waits_for(early):
    assert asyncio.run(asked(early, "/v2/health/live")) == (200, {"live": True})
    assert asyncio.run(asked(early, "/v2/health/ready")) == (
        503,
        {"ready": False, "error": "The models are being loaded."},
    )
    assert early._coming is None


def test_pages_that_are_asked_for_early_wait_for_their_import(early):
    async def ask():
        early.start()
        return await asyncio.gather(*(asked(early, "/v2") for _ in range(3)))

    assert {status for status, _ in asyncio.run(ask())} == {200}


def test_a_page_is_asked_for_again_after_no_file_could_be_opened(early, monkeypatch):
    def full(_coming):
        raise OSError(24, "Too many open files")

    async def fail():
        with pytest.raises(OSError, match="Too many open files"):
            await asked(early, "/v2")

    monkeypatch.setattr("workbench.http.pages.application.pages", full)
    asyncio.run(fail())
    monkeypatch.undo()

    assert asyncio.run(asked(early, "/v2"))[0] == 200


def test_other_methods_are_left_to_the_pages(early):
    assert asyncio.run(asked(early, "/v2/health/live", "DELETE"))[0] == 405
