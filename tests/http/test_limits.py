"""Callers that are slow, idle or too many are told so and let go; nothing is left of them."""

from __future__ import annotations

import gc
import json
import weakref
from datetime import timedelta

import pytest

from tests.http.inprocess import answering, infer
from tests.http.wired import read_reply, request, wired
from workbench.config import ServeConfig
from workbench.core.figures import Figures
from workbench.http.wire.limits import Limits

V2 = "/v2/models/late/infer"
PLAIN = request(V2, infer())
SOON = timedelta(seconds=0.2)
LATER = timedelta(seconds=60)
SECOND = 1_000_000_000


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("project")) as made:
        yield made


@pytest.fixture
def serving(front):
    """Servers with limits of their own."""
    running = []

    def start(**limits):
        limits = {"timeout": LATER, "keep_alive": LATER, **limits}
        context = wired(front.endpoint, front.front, ServeConfig(**limits))
        running.append(context)
        return context.__enter__()

    yield start
    for context in running:
        context.__exit__(None, None, None)


def error(answer):
    status, headers, body = answer
    return status, json.loads(body)["error"], headers


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(PLAIN[:20], id="of the head"),
        pytest.param(PLAIN[:-1], id="of the body"),
        pytest.param(PLAIN + PLAIN + PLAIN[:-1], id="of the body of a later one"),
        pytest.param(PLAIN + PLAIN + PLAIN[:9], id="of the head of a later one"),
    ],
)
def test_a_request_of_which_a_part_never_comes_is_refused_in_time(serving, sent):
    servers = serving(timeout=SOON)

    with servers.connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(sent)
        answers = [read_reply(replies) for _ in range(sent.count(b"POST") + 1)]

    *before, refused, ended = answers
    status, text, headers = error(refused)
    assert {one[0] for one in before} <= {200}
    assert (status, headers["connection"]) == (408, "close")
    assert text == "The request was not whole within 0.2 s; send it faster."
    assert ended[0] == 0


def test_one_that_comes_byte_by_byte_is_refused_as_well(serving):
    servers = serving(timeout=SOON)

    with servers.connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(PLAIN)
        read_reply(replies)
        for at in range(9):
            connection.sendall(PLAIN[at : at + 1])
            servers.call(lambda: None)

        assert read_reply(replies)[0] == 408


@pytest.mark.parametrize("asked", [0, 3])
def test_an_idle_connection_is_closed(serving, asked):
    servers = serving(keep_alive=SOON)

    with servers.connect() as connection, connection.makefile("rb") as replies:
        for _ in range(asked):
            connection.sendall(PLAIN)
            read_reply(replies)

        assert read_reply(replies) == (0, {}, b"")


def test_connections_beyond_the_limit_are_turned_away_with_their_first_request(serving):
    servers = serving(max_connections=2)

    with servers.connect() as first, servers.connect() as second:
        for one in (first, second):
            one.sendall(PLAIN)
            with one.makefile("rb") as replies:
                assert read_reply(replies)[0] == 200
        status, text, headers = error(servers.ask(PLAIN)[0])

    assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
    assert text == "2 connections are open already. Ask again in a second."
    servers.call(lambda: None)
    assert servers.ask(PLAIN)[0][0] == 200


def test_one_that_is_turned_away_and_asks_nothing_is_closed(serving):
    servers = serving(max_connections=1, keep_alive=timedelta(seconds=1))

    with servers.connect() as first, servers.connect() as second:
        first.sendall(PLAIN)
        with second.makefile("rb") as replies:
            assert read_reply(replies)[0] == 503


def test_rows_beyond_those_that_may_wait_are_told_to_come_again(serving):
    servers = serving(max_waiting=1)
    with servers.connect() as first, servers.connect() as second:
        streams = [one.makefile("rb") for one in (first, second)]
        for one, replies in zip((first, second), streams, strict=True):
            one.sendall(PLAIN)
            read_reply(replies)

        def ask_both():
            for wire in servers.state.connections:
                wire.data_received(PLAIN)

        servers.call(ask_both)
        answers = [read_reply(replies) for replies in streams]
        for one in streams:
            one.close()

    (busy,) = (one for one in answers if one[0] != 200)
    status, text, headers = error(busy)
    assert (status, headers["retry-after"]) == (429, "1")
    assert text == "1 requests wait for an answer already. Ask again in a second."
    assert "connection" not in headers


def test_a_caller_that_takes_no_reply_in_is_cut_off(serving):
    servers = serving(timeout=SOON)
    long = request(V2, {"id": "x" * 30_000, **infer()})

    def ask_on(connection):
        while True:
            connection.sendall(long)

    with servers.connect() as connection, pytest.raises(ConnectionError):
        ask_on(connection)


def test_connections_that_are_opened_and_dropped_leave_nothing(serving):
    servers = serving()
    left = []

    def look():
        left.extend(weakref.ref(one) for one in servers.state.connections)

    for at in range(60):
        connection = servers.connect()
        if at % 3:
            connection.sendall(PLAIN[: len(PLAIN) * (at % 3) // 2])
        if at == 30:
            servers.call(look)
        connection.close()
    servers.ask(PLAIN, PLAIN)
    for _ in range(200):
        if servers.call(lambda: not servers.state.connections):
            break
    servers.call(gc.collect)

    assert servers.call(lambda: len(servers.state.connections)) == 0
    assert left
    assert not [one for one in left if one() is not None]
    assert servers.shared.batches.count == 0


class Still:
    """A connection of which the test says how it is."""

    def __init__(self, **state):
        self.is_turned_away = self.is_idle = self.is_unread = False
        self.seen_ns = self.began_ns = self.stuck_ns = 0
        self.has_closed = False
        self.told = []
        self.transport = self
        self.__dict__.update(state)

    def refuse(self, reply):
        self.told.append(reply.status)

    def is_closing(self):
        return self.has_closed

    def close(self):
        self.told.append("closed")

    def abort(self):
        self.told.append("aborted")

    def forget(self):
        pass


@pytest.mark.parametrize(
    ("state", "told"),
    [
        pytest.param({"is_idle": True}, ["closed"], id="idle for too long"),
        pytest.param({"is_idle": True, "seen_ns": 95 * SECOND}, [], id="idle for a while"),
        pytest.param({}, [], id="being answered"),
        pytest.param({"began_ns": 79 * SECOND}, [408], id="too slow"),
        pytest.param({"began_ns": 81 * SECOND}, [], id="slow"),
        pytest.param({"began_ns": 1, "is_unread": True}, [], id="slow because it is not read"),
        pytest.param({"stuck_ns": 1}, ["aborted"], id="takes nothing in"),
        pytest.param({"is_turned_away": True}, [503], id="turned away"),
        pytest.param({"is_idle": True, "has_closed": True}, [], id="closing"),
        pytest.param({"stuck_ns": 1, "has_closed": True}, ["aborted"], id="never closing"),
    ],
)
def test_who_is_let_go(state, told):
    serve = ServeConfig(timeout=timedelta(seconds=20), keep_alive=timedelta(seconds=10))
    connection = Still(**state)

    Limits(Figures(), serve).look([connection], 100 * SECOND)

    assert connection.told == told
