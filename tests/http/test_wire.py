"""The wire answers as uvicorn and the front would, in the order of the requests, and leaves the rest to them."""

from __future__ import annotations

import dataclasses
import gzip
import json
from contextlib import contextmanager
from datetime import timedelta
from itertools import accumulate, pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import Problem
from tests.http.inprocess import COLUMNS, answering, changed, infer
from tests.http.project import ROW, graph, score, tensors
from tests.http.wired import read_reply, request, wired, without_id
from workbench.config import ServeConfig
from workbench.core.checking import Checks
from workbench.engines.onnx_session import Session
from workbench.errors import Unauthorized
from workbench.services.routes import Plan, Routes, Share, Sticky
from workbench.services.served import Served

V2 = "/v2/models/late/infer"
PREDICT = "/predict/late"
PLAIN = request(V2, infer())
CHUNKED = (
    b"POST %b HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    % (
        V2.encode(),
        len(json.dumps(infer())),
        json.dumps(infer()).encode(),
    )
)
SERVE = ServeConfig(timeout=timedelta(seconds=60))


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    with answering(folder) as front, wired(front.endpoint, front.front, SERVE) as made:
        yield made


@pytest.fixture
def routes(servers):
    """The endpoint's routes, to be replaced."""
    endpoint = servers.endpoint
    before = endpoint.routes
    yield endpoint
    endpoint.routes = before


def distance(value, *lines):
    return request(V2, infer(**{"거리(km)": [value]}), *lines)


@contextmanager
def two_connections(servers):
    """One whose wire the test speaks to, and another: a row of the only one would not have to wait."""
    with servers.connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(PLAIN)
        read_reply(replies)
        wire = servers.wire_of(connection)
        with servers.connect() as other, other.makefile("rb") as others:
            other.sendall(PLAIN)
            read_reply(others)
            yield wire, replies


def probability(answer):
    return json.loads(answer[2])["outputs"][1]["data"][1]


def other_version(endpoint, bias, number=2, **changes):
    served = endpoint.routes.plans["late"].champion
    signature = dataclasses.replace(served.version.signature, **changes)
    version = dataclasses.replace(
        served.version, id=100 + number, number=number, signature=signature
    )
    session = Session(graph(signature, bias=bias), signature)
    return Served(version, session, Checks(signature), served.key_only)


def split_between(endpoint, *others, sticky=None):
    champion = endpoint.routes.plans["late"].champion
    shares = [Share(champion, "champion", 1), *(Share(one, "other", 1) for one in others)]
    endpoint.routes = Routes(plans={"late": Plan("late", shares, (), sticky)}, is_read=True)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        pytest.param(V2, infer(), id="v2"),
        pytest.param(V2, {"id": 'my "id" 새', **infer()}, id="v2 with an id"),
        pytest.param(V2, infer(flight=["KE1"]), id="v2 with a key"),
        pytest.param(V2, changed("seats", data=[None]), id="v2 without a value"),
        pytest.param("/v2/models/late/versions/1/infer", infer(), id="v2 of one version"),
        pytest.param("/v2/models/a%2Fb%20c/infer", infer(), id="v2 of a quoted name"),
        pytest.param("/v2/models/three/infer", {"inputs": tensors(x=[0.25])}, id="v2 of three"),
        pytest.param("/v2/models/value/infer", {"inputs": tensors(x=[-1e-9])}, id="v2 of a value"),
        pytest.param(PREDICT, {"rows": [ROW]}, id="friendly"),
        pytest.param(PREDICT, {"row": {**ROW, "flight": 7}}, id="friendly with a key"),
        pytest.param("/predict/three", {"row": {"x": 3}}, id="friendly of three"),
        pytest.param("/predict/when", {"row": {"x": 1.7e9}}, id="friendly of a moment"),
    ],
)
def test_a_plain_row_takes_the_short_way_and_has_the_same_reply(servers, path, body):
    asked = request(path, body)

    (_, short), (_, long) = servers.ask(asked, asked), servers.ask(asked, asked, wired=False)

    assert servers.is_short(asked, asked)
    assert short[0] == long[0] == 200
    assert short[2] == long[2]
    assert without_id(short[1]) == without_id(long[1])


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(request(V2, infer(), "Expect: 100-continue", "X: 1"), id="expect"),
        pytest.param(
            request(V2, gzip.compress(json.dumps(infer()).encode()), "Content-Encoding: gzip"),
            id="gzip",
        ),
        pytest.param(request(V2, infer(), "Content-Type: text/csv"), id="another content type"),
        pytest.param(request(V2 + "?x=1", infer()), id="a query"),
        pytest.param(request(V2, infer(), "X-Long: " + "x" * 9000), id="a huge head"),
        pytest.param(request(V2, infer(seats=["many"])), id="a wrong value"),
        pytest.param(request(V2, b"{"), id="no json"),
        pytest.param(request(V2, infer(**{k: v * 2 for k, v in COLUMNS.items()})), id="two rows"),
        pytest.param(request("/predict/nobody", {"row": ROW}), id="an unknown model"),
        pytest.param(request(V2, b"", method="GET"), id="another method"),
    ],
)
def test_anything_else_goes_the_long_way_as_it_came(servers, asked):
    def answers(*, wired):
        with servers.connect(wired=wired) as connection, connection.makefile("rb") as replies:
            connection.sendall(PLAIN + asked + asked + PLAIN)
            found = []
            while len(found) < 4:
                status, headers, body = read_reply(replies)
                if status != 100:
                    found.append((status, without_id(headers), body))
            return found

    assert not servers.is_short(asked, asked)
    assert answers(wired=True) == answers(wired=False)


def test_a_body_that_is_too_long_goes_the_long_way(servers, monkeypatch):
    monkeypatch.setattr(servers.shared, "longest_body", len(json.dumps(infer())) - 1)

    assert not servers.is_short(PLAIN, PLAIN)
    monkeypatch.undo()
    assert servers.is_short(PLAIN, PLAIN)


def test_chunks_go_the_long_way(servers):
    answers = servers.ask(PLAIN, CHUNKED, CHUNKED, PLAIN)

    assert not servers.is_short(CHUNKED)
    assert {body for _, _, body in answers} == {answers[0][2]}


def test_another_protocol_is_not_taken_up(servers):
    asked = request(V2, infer(), "Connection: Upgrade", "Upgrade: h2c")

    (short,), (long,) = servers.ask(asked), servers.ask(asked, wired=False)

    assert (short[0], short[2]) == (long[0], long[2])


def test_a_caller_of_an_older_protocol_is_hung_up_on(servers):
    older = PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0")

    with servers.connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(older)
        answers = [read_reply(replies), read_reply(replies)]

    assert [status for status, _, _ in answers] == [200, 0]


@pytest.mark.parametrize("cut", [1, 30, PLAIN.index(b"\r\n\r\n") + 2, len(PLAIN) - 1])
def test_a_request_that_comes_in_two_pieces_is_one(servers, cut):
    with servers.connect() as connection, connection.makefile("rb") as replies:
        for _ in range(3):
            connection.sendall(PLAIN[:cut])
            servers.call(lambda: None)
            connection.sendall(PLAIN[cut:])

            assert read_reply(replies)[0] == 200


def in_pieces(servers, stream, cuts, count, *, wired):
    """The replies to `count` requests that arrive in pieces, each in a turn of the loop of its own."""
    with servers.connect(wired=wired) as connection, connection.makefile("rb") as replies:
        for start, end in pairwise([0, *cuts, len(stream)]):
            connection.sendall(stream[start:end])
            servers.call(lambda: None)
        answers = [read_reply(replies) for _ in range(count)]
    return [(status, without_id(headers), body) for status, headers, body in answers]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_any_requests_in_any_pieces_have_the_replies_of_the_long_way(servers, data):
    kinds = [
        *(distance(at / 4) for at in range(8)),
        distance(1.5, "X-Request-Id: mine", "Cookie: a=b; c"),
        request(PREDICT, {"row": {**ROW, "flight": "KE1"}}),
        request("/predict/three", {"rows": [{"x": 2}]}),
        request(V2, infer(seats=["x"])),
        request(V2, infer(**{name: one * 3 for name, one in COLUMNS.items()})),
        request("/predict/nobody", {"row": ROW}),
        CHUNKED,
    ]
    asked = data.draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=12))
    stream = b"".join(asked)
    edges = list(accumulate(map(len, asked)))[:-1]
    places = st.sampled_from(edges or [1]) | st.integers(1, len(stream) - 1)
    cuts = sorted(data.draw(st.sets(places, max_size=8)))

    short, long = (in_pieces(servers, stream, cuts, len(asked), wired=one) for one in (True, False))

    assert short == long


def test_head_and_body_that_come_apart_take_the_short_way(servers):
    cut = PLAIN.index(b"\r\n\r\n") + 4

    def ask():
        with servers.connect() as connection, connection.makefile("rb") as replies:
            for _ in range(3):
                connection.sendall(PLAIN[:cut])
                servers.call(lambda: None)
                connection.sendall(PLAIN[cut:])
                read_reply(replies)

    ask()
    before = servers.long_way
    ask()

    assert servers.long_way - before < 3


def test_heads_may_differ_in_length_ids_and_traces(servers):
    asked = [
        distance(
            value, f"X-Request-Id: id-{value}", f"traceparent: 00-{value}-01", f"Via: a {value}"
        )
        for value in (1.5, 2.25, 3.125, 0.0625)
    ]

    answers = servers.ask(*asked)

    assert servers.is_short(*asked)
    assert [headers["x-request-id"] for _, headers, _ in answers] == [
        f"id-{value}" for value in (1.5, 2.25, 3.125, 0.0625)
    ]


def test_an_id_that_cannot_be_kept_is_replaced(servers):
    plain, strange = (distance(1.5, f"X-Request-Id: {one}") for one in ("mine", "x" * 129))

    answers = servers.ask(plain, plain, strange)

    assert answers[1][1]["x-request-id"] == "mine"
    assert answers[2][1]["x-request-id"] != "x" * 129


def test_the_replies_to_requests_sent_at_once_come_in_their_order(servers):
    values = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5]

    with servers.connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(PLAIN)
        read_reply(replies)
        # A slow one, rows that the wire knows, and one that no lane takes.
        connection.sendall(distance(values[0]))
        connection.sendall(distance(values[1]) + distance(values[2]))
        connection.sendall(request(V2, infer(seats=["x"])) + distance(values[3]))
        connection.sendall(distance(values[4]))
        connection.sendall(distance(values[5]))
        answers = [read_reply(replies) for _ in range(7)]

    assert [status for status, _, _ in answers] == [200, 200, 200, 400, 200, 200, 200]
    found = [probability(one) for one in answers if one[0] == 200]
    assert found == pytest.approx([score(value) for value in values])


def test_rows_of_many_connections_each_have_their_own_answer(servers):
    values = [at / 8 for at in range(40)]
    connections = [servers.connect() for _ in values]
    streams = [connection.makefile("rb") for connection in connections]
    for _ in range(3):
        for connection, value in zip(connections, values, strict=True):
            connection.sendall(distance(value))
        answers = [read_reply(stream) for stream in streams]
    for one in (*connections, *streams):
        one.close()

    assert [probability(one) for one in answers] == pytest.approx([score(one) for one in values])


def test_what_was_learnt_ends_with_the_routes(servers, routes):
    endpoint = routes
    other = other_version(endpoint, bias=1.0)
    with servers.connect() as connection, connection.makefile("rb") as replies:
        versions = []
        for at in range(4):
            if at == 2:
                plan = Plan("late", [Share(other, "champion", 1)])
                endpoint.routes = Routes(plans={"late": plan}, is_read=True)
            connection.sendall(PLAIN)
            versions.append(read_reply(replies)[1]["x-model-version"])

    assert versions == ["1", "1", "2", "2"]


def test_what_was_learnt_ends_with_the_keys(servers):
    class Shut:
        is_locked = True

        def admit(self, _headers, _scope):
            raise Unauthorized("No.", "")

    endpoint = servers.endpoint
    before, statuses = endpoint.keys, []
    with servers.connect() as connection, connection.makefile("rb") as replies:
        for keys in (before, before, Shut(), Shut(), before):
            endpoint.keys = keys
            connection.sendall(PLAIN)
            statuses.append(read_reply(replies)[0])

    assert statuses == [200, 200, 401, 401, 200]
    assert issubclass(Unauthorized, Problem)


def test_versions_share_the_rows_by_their_weights(servers, routes):
    split_between(routes, other_version(routes, bias=1.0))

    answers = servers.ask(*[PLAIN] * 200)

    numbers = [headers["x-model-version"] for _, headers, _ in answers]
    assert servers.is_short(PLAIN, PLAIN)
    assert 60 < numbers.count("2") < 140
    for number, one in zip(numbers, answers, strict=True):
        assert probability(one) == pytest.approx(score(2.5, bias=float(number) - 1))


@pytest.mark.parametrize("sticky", ["column:flight", "header:x-user"])
def test_the_same_value_is_answered_by_the_same_version_either_way(servers, routes, sticky):
    split_between(routes, other_version(routes, bias=1.0), sticky=Sticky.of(sticky))
    asked = [request(V2, infer(flight=[f"f{at}"]), f"X-User: u{at}") for at in range(20)]

    short = servers.ask(*asked)
    long = servers.ask(*asked, wired=False)

    numbers = [headers["x-model-version"] for _, headers, _ in short]
    assert servers.is_short(*asked)
    assert set(numbers) == {"1", "2"}
    assert numbers == [headers["x-model-version"] for _, headers, _ in long]


def test_versions_that_take_other_columns_go_the_long_way(servers, routes):
    inputs = routes.routes.plans["late"].champion.version.signature.inputs
    strict = tuple(dataclasses.replace(column, nullable=False) for column in inputs)
    split_between(routes, other_version(routes, bias=1.0, inputs=strict))

    assert not servers.is_short(PLAIN, PLAIN)


def test_an_answer_that_is_wanted_soon_is_not_the_last_one_of_a_connection(servers):
    closing = request(V2, infer(), "Connection: close")

    with servers.connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(PLAIN)
        connection.sendall(closing)
        answers = [read_reply(replies) for _ in range(3)]

    assert [status for status, _, _ in answers] == [200, 200, 0]


def test_rows_that_fail_together_are_answered_one_by_one(servers, routes):
    class Alone(Session):
        def row_scores(self, _numbers, _texts):
            raise MemoryError

    served = routes.routes.plans["late"].champion
    signature = served.version.signature
    broken = dataclasses.replace(served, session=Alone(graph(signature), signature))
    plan = Plan("late", [Share(broken, "champion", 1)])
    routes.routes = Routes(plans={"late": plan}, is_read=True)

    before = servers.long_way
    answers = servers.ask(*[distance(value) for value in (0.5, 1.5, 2.5)])

    assert servers.long_way - before == 3
    assert [probability(one) for one in answers] == pytest.approx(
        [score(at) for at in (0.5, 1.5, 2.5)]
    )


def test_a_row_that_waits_is_answered_before_its_connection_ends(servers):
    with two_connections(servers) as (wire, replies):

        def ask_and_end():
            wire.data_received(PLAIN)
            wire.shutdown()

        servers.call(ask_and_end)
        answers = [read_reply(replies), read_reply(replies)]

    assert [status for status, _, _ in answers] == [200, 0]


def test_a_connection_that_drains_answers_once_more(servers):
    with two_connections(servers) as (wire, replies):

        def ask_and_drain():
            wire.data_received(PLAIN)
            wire.drain()

        servers.call(ask_and_drain)
        answers = [read_reply(replies), read_reply(replies)]

    assert [status for status, _, _ in answers] == [200, 0]


def test_what_no_longer_holds_is_let_go(servers, routes):
    with servers.connect() as connection, connection.makefile("rb") as replies:
        connection.sendall(PLAIN)
        read_reply(replies)
        wire = servers.wire_of(connection)
        learnt = wire._shortcut
        routes.routes = dataclasses.replace(routes.routes)
        servers.call(servers.shared.shortcuts.forget)
        servers.call(wire.forget)

        assert learnt is not None
        assert wire._shortcut is None
        connection.sendall(PLAIN)
        assert read_reply(replies)[0] == 200
