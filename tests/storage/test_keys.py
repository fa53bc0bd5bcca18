"""Keys in the catalog: one active key a name, found by index, and never with its text or its hash."""

from __future__ import annotations

import pytest

from storage.errors import AlreadyExists, NotFound
from storage.records import KeyScope


def add(store, name, *, number=1, scope=KeyScope.PREDICT):
    with store.write() as tx:
        return tx.keys.add(
            name, digest=bytes([number] * 32), prefix="wb_abc", scope=scope, who="ann"
        )


def test_a_new_key_is_active_and_says_who_made_it(store):
    key = add(store, "ci", scope=KeyScope.ADMIN)

    assert (key.name, key.scope, key.created_by) == ("ci", KeyScope.ADMIN, "ann")
    assert key.is_active
    assert key.last_used_at is None


def test_two_active_keys_have_two_names(store):
    add(store, "ci")

    with pytest.raises(AlreadyExists, match="A key is called 'ci' already"):
        add(store, "ci", number=2)


def test_the_name_of_a_revoked_key_may_be_given_again(store):
    add(store, "ci")
    with store.write() as tx:
        tx.keys.revoke("ci", who="bob")
    add(store, "ci", number=2)

    with store.read() as tx:
        assert [(key.id, key.is_active) for key in tx.keys.all()] == [(2, True), (1, False)]
        assert [key.digest for key in tx.keys.active()] == [bytes([2] * 32)]


def test_a_revoked_key_says_when_and_by_whom(store):
    add(store, "ci")
    with store.write() as tx:
        revoked = tx.keys.revoke("ci", who="bob")

        assert (revoked.revoked_by, revoked.revoked_at) == ("bob", tx.now)


def test_a_name_that_no_active_key_has_is_named_with_those_there_are(store):
    add(store, "dashboard")

    with store.write() as tx, pytest.raises(NotFound, match="Did you mean 'dashboard'"):
        tx.keys.revoke("dashbord", who="bob")


def test_uses_are_noted_of_active_keys_alone(store):
    add(store, "a")
    add(store, "b", number=2)
    with store.write() as tx:
        tx.keys.revoke("a", who="bob")
        tx.keys.note_use(["a", "b"])
        noted = tx.now

    with store.read() as tx:
        assert {key.name: key.last_used_at for key in tx.keys.all()} == {"a": None, "b": noted}


def test_no_record_shows_what_a_key_is_recognised_by(store):
    key = add(store, "ci")
    with store.read() as tx:
        shown = repr((key, tx.keys.all(), tx.keys.active()))

    assert bytes([1] * 32).hex() not in shown
    assert repr(bytes([1] * 32)) not in shown
