"""Keys: shown once, kept as a hash, recognised in any way of sending them, refused a moment after they end."""

from __future__ import annotations

import base64
import hashlib
import hmac
import sqlite3
import threading
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.errors import AlreadyExists, NotFound
from storage.records import AlertState, KeyHash, KeyScope
from tests.http.project import eventually, make_project
from workbench.errors import Forbidden, Unauthorized, UsageError
from workbench.services import keyring, keys
from workbench.services.context import open_context
from workbench.services.key_following import KeyFollower
from workbench.services.keyring import KeyRing

TEXT = b"wb_" + b"a" * 43
OTHER = b"wb_" + b"b" * 43
RING = KeyRing(
    (
        KeyHash(name="robot", scope=KeyScope.PREDICT, digest=keyring.digest_of(TEXT)),
        KeyHash(name="ann", scope=KeyScope.ADMIN, digest=keyring.digest_of(OTHER)),
    ),
    is_locked=True,
)
NAMES = [
    "ci",
    "지연 예측 서비스",
    "dash board",
    "a'; DROP TABLE api_keys; --",
    "x" * 100,
    "[red]",
    "-v",
]
HOSTILE = [
    "",
    "  ",
    "a\nb",
    "a\x1b[31mb",
    "\u202eab",
    "a\u200bb",
    "x" * 101,
    "a\0b",
    "wb_secret",
    "\ud800",
]


@pytest.fixture
def context(tmp_path):
    opened = open_context(make_project(tmp_path), who="ann")
    yield opened
    opened.store.close()


def exposed(context):
    serve = replace(context.config.serve, host="0.0.0.0")
    return replace(context, config=replace(context.config, serve=serve))


def basic(user, password):
    return b"Basic " + base64.b64encode(user + b":" + password)


def newest(context):
    with context.store.read() as tx:
        return tx.events.newest(limit=1)[0]


def open_alerts(context):
    with context.store.read() as tx:
        return [alert.title for alert in tx.events.alerts(state=AlertState.OPEN)]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_can_be_shown_names_a_key(context, name):
    made = keys.add(context, name)

    assert keyring.read(context).admit({b"x-api-key": made.text.encode()}) == name
    assert keys.revoke(context, name).name == name


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_a_name_that_cannot_be_shown_on_one_line_is_refused(context, name):
    with pytest.raises(UsageError, match=r"A key cannot be called|cannot begin with wb_"):
        keys.add(context, name)


def test_names_that_look_alike_are_one(context):
    keys.add(context, "\u1112\u1161\u11ab")  # three letters that are drawn as one syllable

    with pytest.raises(AlreadyExists):
        keys.add(context, "\ud55c")


def test_a_key_has_256_random_bits_and_a_prefix_to_know_it_by(context):
    made = [keys.add(context, str(number)) for number in range(20)]

    assert len({one.text for one in made}) == 20
    for one in made:
        assert len(base64.urlsafe_b64decode(one.text.removeprefix("wb_") + "=")) == 32
        assert one.text.startswith(one.key.prefix)
        assert len(one.key.prefix) == 9


def test_a_key_is_in_no_file_of_the_project(context):
    made = keys.add(context, "ci", scope="admin")
    keys.revoke(context, "ci")
    context.store.close()

    files = [path for path in context.project_dir.rglob("*") if path.is_file()]
    assert any(path.name.startswith("catalog") for path in files)
    assert not any(made.text.encode() in path.read_bytes() for path in files)


def test_the_catalog_has_the_keys_sha256(context):
    made = keys.add(context, "ci")

    with sqlite3.connect(context.store.layout.catalog) as catalog:
        (kept,) = catalog.execute("SELECT hash FROM api_keys").fetchone()
    catalog.close()
    assert kept == hashlib.sha256(made.text.encode()).hexdigest()


def test_what_happens_to_a_key_is_an_event_that_says_who_did_it(context):
    made = keys.add(context, "ci", scope="admin")
    added = newest(context)
    keys.revoke(replace(context, who="bob"), "ci")
    revoked = newest(context)

    assert (added.kind, added.message) == ("key.added", "ann made the key 'ci' (admin).")
    assert (revoked.kind, revoked.message) == ("key.revoked", "bob revoked the key 'ci' (admin).")
    assert made.text not in repr((added, revoked, made))


def test_an_unknown_scope_is_named(context):
    with pytest.raises(UsageError, match="There is no scope 'root'"):
        keys.add(context, "ci", scope="root")


def test_a_key_that_is_not_there_cannot_be_revoked(context):
    with pytest.raises(NotFound, match="No key is called 'ci'"):
        keys.revoke(context, "ci")


@pytest.mark.parametrize(
    "headers",
    [
        {b"authorization": b"Bearer " + TEXT},
        {b"authorization": b"bearer   " + TEXT + b" "},
        {b"authorization": basic(b"", TEXT)},
        {b"authorization": basic(b"ann", TEXT)},
        {b"x-api-key": TEXT},
        {b"x-api-key": TEXT, b"authorization": b"Digest x"},
        {b"x-api-key": OTHER, b"authorization": b"Bearer " + TEXT},
    ],
)
def test_a_key_may_be_sent_as_bearer_as_a_password_or_in_a_header_of_its_own(headers):
    assert RING.admit(headers) == "robot"


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({}, "asks for a key"),
        ({b"authorization": b""}, "asks for a key"),
        ({b"authorization": b"Digest x"}, "asks for a key"),
        ({b"x-api-key": b""}, "not known"),
        ({b"x-api-key": TEXT[:-1]}, "not known"),
        ({b"x-api-key": TEXT + b"a"}, "not known"),
        ({b"x-api-key": TEXT.upper()}, "not known"),
        ({b"authorization": b"Bearer"}, "not known"),
        ({b"authorization": b"Basic %%%"}, "not known"),
        ({b"authorization": basic(TEXT, b"")}, "not known"),
        ({b"authorization": b"Bearer " + b"\xff" * 43 + b"wb_"}, "not known"),
        ({b"x-api-key": RING.keys[0].digest}, "not known"),
        ({b"x-api-key": RING.keys[0].digest.hex().encode()}, "not known"),
    ],
)
def test_what_is_no_known_key_is_turned_away(headers, named):
    with pytest.raises(Unauthorized, match=named):
        RING.admit(headers)


@given(st.binary(max_size=100), st.binary(max_size=100), st.sampled_from(["", "predict", "admin"]))
@example(b"Basic Og==", b"", "admin")
@example(b"Basic \xff", b"", "admin")
def test_no_bytes_but_a_keys_own_open_anything(authorization, key, scope):
    headers = {b"authorization": authorization, b"x-api-key": key}
    if scope == "":
        assert RING.admit(headers, scope) == ""
        return

    with pytest.raises(Unauthorized) as refused:
        RING.admit(headers, scope)
    assert len(str(refused.value)) < 200


@given(st.text(min_size=1, max_size=120))
def test_a_name_is_kept_as_it_is_read_or_refused(name):
    try:
        kept = keys._name(name)
    except UsageError:
        return

    assert kept == keys._name(kept)
    assert kept.isprintable()
    assert kept.strip() == kept


def test_a_key_for_predictions_opens_no_page_about_the_endpoint():
    with pytest.raises(Forbidden, match="'robot' opens predictions alone"):
        RING.admit({b"x-api-key": TEXT}, "admin")

    assert RING.admit({b"x-api-key": OTHER}, "admin") == "ann"


def test_without_keys_everybody_on_this_machine_is_let_in(context):
    ring = keyring.read(context)

    assert (ring.is_locked, ring.admit({}), ring.admit({}, "admin")) == (False, "", "")


def test_every_known_key_is_compared_whichever_is_sent(monkeypatch):
    compared = []
    compare = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda *two: compared.append(two) or compare(*two))

    RING.admit({b"x-api-key": TEXT})
    RING.admit({b"x-api-key": OTHER})
    with pytest.raises(Unauthorized):
        RING.admit({b"x-api-key": TEXT[::-1].replace(b"_bw", b"aaa")})

    assert len(compared) == 3 * len(RING.keys)


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/v2/health/live", ""),
        ("/v2/health/ready", ""),
        ("/ping", ""),
        ("/metrics", "admin"),
        ("/figures", "admin"),
        ("/health", "admin"),
        ("/", ""),
        ("/schema", "predict"),
        ("/v2", "predict"),
        ("/v2/models/late", "predict"),
        ("/v2/models/late/infer", "predict"),
        ("/labels/late", "predict"),
        ("/ping/", "predict"),
        ("//ping", "predict"),
        ("/nowhere", "predict"),
    ],
)
def test_every_path_has_a_scope_and_only_three_are_open(path, scope):
    assert keyring.scope_of(path) == scope


@pytest.mark.parametrize(
    ("host", "is_exposed"),
    [
        ("127.0.0.1", False),
        ("127.8.9.10", False),
        ("::1", False),
        ("localhost", False),
        ("LOCALHOST", False),
        ("0.0.0.0", True),
        ("::", True),
        ("", True),
        ("0", True),
        ("192.168.1.7", True),
        ("::ffff:0.0.0.0", True),
        ("localhost.example.org", True),
        ("my-machine", True),
    ],
)
def test_what_others_may_reach_is_never_taken_for_this_machine_alone(host, is_exposed):
    assert keyring.is_exposed(host) is is_exposed


def test_an_open_address_needs_a_key(context):
    with pytest.raises(UsageError, match=r"does not listen on 0\.0\.0\.0") as refused:
        keyring.refuse_unlocked("0.0.0.0", keyring.read(exposed(context)))
    keys.add(context, "ci")
    keyring.refuse_unlocked("0.0.0.0", keyring.read(exposed(context)))

    assert "workbench serve key add NAME" in refused.value.remedy
    assert refused.value.exit_code == 2


def test_an_open_endpoint_whose_last_key_is_gone_answers_nobody(context):
    made = keys.add(context, "ci")
    keys.revoke(context, "ci")
    ring = keyring.read(exposed(context))

    for headers in ({}, {b"x-api-key": made.text.encode()}):
        with pytest.raises(Unauthorized):
            ring.admit(headers)
    assert ring.admit({}, keyring.scope_of("/v2/health/live")) == ""


def test_the_last_keys_end_raises_an_alert_and_the_next_key_settles_it(context):
    keys.add(context, "ci")
    follower = KeyFollower(exposed(context), keyring.read(exposed(context)), lambda _: None)
    follower.follow()
    before = open_alerts(context)
    keys.revoke(context, "ci")
    follower.follow()
    follower.follow()
    meanwhile = open_alerts(context)
    keys.add(context, "another")
    follower.follow()

    assert (before, meanwhile, open_alerts(context)) == (
        [], ["The endpoint has no key and answers nobody"], []
    )  # fmt: skip


def test_a_ring_is_replaced_only_when_its_keys_are_others(context):
    keys.add(context, "ci")
    replaced = []
    follower = KeyFollower(context, keyring.read(context), replaced.append)
    follower.follow()
    with context.store.write() as tx:
        tx.keys.note_use(["ci"])
    follower.follow()
    keys.add(context, "another")
    follower.follow()

    assert [[key.name for key in ring.keys] for ring in replaced] == [["ci", "another"]]


def test_a_running_follower_takes_keys_over_and_drops_them(context):
    came = threading.Event()
    rings = [keyring.read(context)]

    def replaced(ring):
        rings.append(ring)
        came.set()

    follower = KeyFollower(context, rings[0], replaced)
    follower.start()
    try:
        made = keys.add(context, "ci")
        assert came.wait(60)
        assert rings[-1].admit({b"x-api-key": made.text.encode()}) == "ci"
        came.clear()
        keys.revoke(context, "ci")
        assert came.wait(60)
    finally:
        follower.close()
    assert not rings[-1].is_locked


def test_uses_are_written_once_in_a_while_and_at_the_end(context):
    keys.add(context, "ci")
    keys.add(context, "idle")
    follower = KeyFollower(context, keyring.read(context), lambda _: None)
    follower.start()
    follower.note(["ci", "", "ci"])
    first = eventually(lambda: used(context)["ci"])
    follower.note(["ci"])
    follower.close()

    assert used(context)["ci"] > first
    assert used(context)["idle"] is None


def used(context):
    with context.store.read() as tx:
        return {key.name: key.last_used_at for key in tx.keys.all()}
