"""What may be changed of a version, and when it may be taken away."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.errors import Conflict, NotFound
from storage.records import NewJob
from tests.http.project import make_project, promote, register
from tests.storage.examples import accepted_version
from workbench.errors import UsageError
from workbench.services import model_upkeep, upkeep
from workbench.services.context import open_context


@pytest.fixture
def context(tmp_path):
    opened = open_context(make_project(tmp_path), who="mina")
    for bias in (0.0, 1.0):
        register(opened.store, bias=bias)
    yield opened
    opened.store.close()


def remove(context, label):
    return model_upkeep.remove_version(context, label, why="it was a try")


def test_a_removed_version_is_told_and_its_files_are_freed(context):
    gone = remove(context, "late@v2")
    upkeep.free(context, grace_s=-1)

    with context.store.read() as tx:
        event, *_ = [one for one in tx.events.newest() if one.kind == "model.removed"]
        kept = tx.models.version("late", 1)
    assert event.message == "late@v2 removed by mina: it was a try"
    assert not context.store.blobs.path(gone.onnx_blob).exists()
    assert context.store.blobs.path(kept.onnx_blob).exists()


def test_a_version_with_an_alias_is_kept(context):
    with context.store.read() as tx:
        version = tx.models.version("late", 2)
    promote(context.store, version)

    with pytest.raises(Conflict, match="late@v2 is champion, so it is kept"):
        remove(context, "late@champion")


def test_a_version_that_waits_for_the_gate_is_kept(context):
    with context.store.write() as tx:
        rows = accepted_version(tx, "a")
        model = tx.models.get("late")
        cycle = tx.reviews.open_cycle(
            model, trigger="drift", version=rows, policy_time=datetime(2026, 1, 1, tzinfo=UTC)
        )
        tx.reviews.note_challenger(cycle.id, 2)

    with pytest.raises(Conflict, match="late@v2 waits for the gate in an open cycle"):
        remove(context, "late@v2")
    assert remove(context, "late@v1").number == 1


def test_a_version_that_a_job_works_on_is_kept(context):
    with context.store.write() as tx:
        tx.jobs.enqueue(NewJob(kind="verify", arguments={"model": "late", "number": 2}))

    with pytest.raises(Conflict, match="j1 works on late@v2"):
        remove(context, "late@v2")


def test_a_version_that_is_not_there_is_not_removed(context):
    with pytest.raises(NotFound):
        remove(context, "late@v9")


def test_tags_are_set_and_taken_away_by_name(context):
    model_upkeep.tag_version(context, "late@v1", "owner", "mina")
    tagged = model_upkeep.tag_version(context, "late@v1", "지역", "서울")

    assert tagged.tags == {"owner": "mina", "지역": "서울"}
    assert model_upkeep.tag_version(context, "late@v1", "owner", None).tags == {"지역": "서울"}


@pytest.mark.parametrize("key", ["", "a b", "-a", "x" * 101])
def test_a_tag_has_a_name_that_can_be_written(context, key):
    with pytest.raises(UsageError, match="A tag cannot be called"):
        model_upkeep.tag_version(context, "late@v1", key, "x")


def test_a_note_replaces_the_one_before(context):
    model_upkeep.note_version(context, "late@v1", "first")
    version = model_upkeep.note_version(context, "late@v1", "second")

    assert version.note == "second"
    with pytest.raises(UsageError, match="has 4001 characters; at most 4000"):
        model_upkeep.note_version(context, "late@v1", "x" * 4001)
