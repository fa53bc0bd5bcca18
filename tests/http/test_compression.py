"""Compressed bodies: both ways, both codings, and never longer than is allowed."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.inprocess import answering, infer
from tests.http.project import ROW
from workbench.http import compression
from workbench.http.compression import LEAST_BYTES, compressed, undone
from workbench.http.replies import Refused, Reply

V2 = "/v2/models/late/infer"
PREDICT = "/predict/late"
WAYS = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with answering(tmp_path_factory.mktemp("project")) as asked:
        yield asked


@cache
def bomb(window):
    """A hundred megabytes of nothing, packed."""
    made = zlib.compressobj(wbits=window)
    return b"".join([*(made.compress(bytes(1024 * 1024)) for _ in range(100)), made.flush()])


def many(rows):
    return json.dumps({"rows": [ROW] * rows}).encode()


@pytest.mark.parametrize("coding", WAYS)
def test_a_compressed_body_is_the_same_body(served, coding):
    body = json.dumps(infer()).encode()

    found = served.post(V2, WAYS[coding](body), content_encoding=coding)

    assert found[:2] == served.post(V2, body)[:2]


def test_deflate_without_its_wrapping_is_read_too(served):
    made = zlib.compressobj(wbits=-15)
    raw = made.compress(json.dumps(infer()).encode()) + made.flush()

    assert served.post(V2, raw, content_encoding="deflate")[0] == 200


def test_gzip_of_several_parts_is_one_body(served):
    body = json.dumps(infer()).encode()
    parts = gzip.compress(body[:40]) + gzip.compress(body[40:])

    assert served.post(V2, parts, content_encoding="GZIP")[0] == 200


def test_bytes_may_be_compressed_with_their_json(served):
    head = json.dumps(
        {"inputs": [{"name": "x", "shape": [1], "datatype": "FP64",
                     "parameters": {"binary_data_size": 8}}]}
    ).encode()  # fmt: skip
    headers = {"content-encoding": "gzip", "inference-header-content-length": str(len(head))}

    status, _, _ = served.exchange(
        "/v2/models/value/infer", gzip.compress(head + bytes(8)), headers
    )

    assert status == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_long_reply_is_compressed_where_that_is_accepted(served, coding):
    headers = {"content-type": "application/json"}
    _, plain, _ = served.exchange(PREDICT, many(100), headers)

    _, packed, names = served.exchange(
        PREDICT, many(100), headers | {"accept-encoding": f"br, {coding}"}
    )

    assert (names["content-encoding"], names["vary"]) == (coding, "accept-encoding")
    assert len(packed) < len(plain) / 3
    assert (gzip.decompress if coding == "gzip" else zlib.decompress)(packed) == plain


def test_a_short_reply_is_not_compressed(served):
    assert "content-encoding" not in served.post(V2, infer(), accept_encoding="gzip")[2]


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        (b"gzip", b"gzip"),
        (b"deflate, gzip", b"gzip"),
        (b"deflate, gzip;q=0.5", b"deflate"),
        (b"GZIP ; Q=0.1", b"gzip"),
        (b"*", b"gzip"),
        (b"gzip;q=0, *", b"deflate"),
        (b"gzip;q=0", None),
        (b"br, zstd", None),
        (b"identity", None),
        (b"gzip;q=nonsense", None),
        (b"", None),
        (b";,;q=,", None),
    ],
)
def test_the_coding_is_the_one_that_is_liked_best(accepted, coding):
    found = compressed(Reply(200, b"x" * LEAST_BYTES), accepted)

    assert dict(found.headers).get(b"content-encoding") == coding


WRONG = {
    "no gzip": (b"{}", "gzip", 400, "is not gzip"),
    "no deflate": (b"\xff\xff", "deflate", 400, "is not deflate"),
    "cut": (gzip.compress(b"{}")[:-9], "gzip", 400, "ends before its gzip does"),
    "empty": (b"", "gzip", 400, "ends before its gzip does"),
    "a wrong checksum": (gzip.compress(b"{}")[:-8] + bytes(8), "gzip", 400, "is not gzip"),
    "more behind it": (gzip.compress(b"{}") + b"more", "gzip", 400, "is not gzip"),
    "twice": (gzip.compress(b"{}"), "gzip, gzip", 415, "'gzip, gzip'; allowed are identity"),
    "no end of parts": (gzip.compress(b"") * 10_001, "gzip", 400, "more than 10000 compressed"),
    "unknown": (b"{}", "zstd", 415, "'zstd'; allowed are identity"),
}


@pytest.mark.parametrize(("body", "coding", "status", "named"), WRONG.values(), ids=WRONG)
def test_a_body_that_is_not_compressed_as_it_says_is_refused(served, body, coding, status, named):
    found, reply, _ = served.post(V2, body, content_encoding=coding)

    assert found == status
    assert named in reply["error"]


@pytest.mark.parametrize(("coding", "window"), [("gzip", 31), ("deflate", 15)])
def test_a_bomb_is_refused(served, coding, window):
    status, reply, _ = served.post(V2, bomb(window), content_encoding=coding)

    assert status == 413
    assert "at most 1048576 bytes" in reply["error"]


def test_a_bomb_is_not_unpacked():
    """What is held at once stays near the limit, however long the whole would be."""
    tracemalloc.start()
    with pytest.raises(Refused):
        undone(bomb(31), b"gzip", most_bytes=1024)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1024 * 1024


def test_a_bomb_of_many_small_parts_is_refused(served):
    parts = gzip.compress(bytes(100_000)) * 100

    assert served.post(V2, parts, content_encoding="gzip")[0] == 413


@given(st.binary(max_size=300), st.sampled_from(list(WAYS)))
def test_what_was_compressed_comes_back(body, coding):
    assert undone(WAYS[coding](body), coding.encode(), most_bytes=300) == body


@given(st.binary(max_size=300), st.integers(0, 299))
def test_nothing_longer_than_allowed_comes_back(body, most_bytes):
    try:
        found = undone(gzip.compress(body), b"gzip", most_bytes=most_bytes)
    except Refused:
        assert len(body) > most_bytes
    else:
        assert found == body


@given(st.binary(max_size=100), st.sampled_from(["gzip", "deflate"]))
@settings(max_examples=100, deadline=None)
def test_no_compressed_body_makes_the_endpoint_fail(served, body, coding):
    assert served.post(V2, body, content_encoding=coding)[0] in {400, 413}


def test_every_coding_that_is_known_can_be_undone():
    assert all(compression.is_known(coding.encode()) for coding in WAYS)
