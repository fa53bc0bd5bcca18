"""Which blobs are named, by whom; versions taken away, and what goes with them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from storage import tables
from storage.holding import holds
from storage.records import Artifact, NewJob, Rewritten, VersionState
from storage.store import Store
from tests.storage.examples import (
    accepted_version,
    new_model_version,
    new_run,
    partition,
    pending_version,
)

KINDS = ("append", "replace", "quarantine", "undo", "remove", "upsert", "upsert aside")
STEPS = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 9)),
    min_size=2,
    max_size=9,
)


def held(tx, number):
    """The sources of a version's partitions."""
    return [one.source for one in tx.partitions.of_version(tx.datasets.get("flights").id, number)]


def test_every_column_that_names_a_blob_counts(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a")
        run = tx.runs.start(new_run(dataset="flights", version=1))
        tx.runs.keep_artifacts(run.id, [Artifact(path="plan.json", blob="art", size_bytes=1)])
        tx.models.register(new_model_version(run.id))

        assert tx.references.named() == {partition("a").blob, "art", *"onpsh"}


def test_what_a_job_asks_for_counts_until_it_has_finished(store: Store):
    with store.write() as tx:
        job = tx.jobs.enqueue(NewJob(kind="register-file", arguments={"blob": "file"}))
        while_queued = tx.references.named()
        tx.jobs.cancel(job.id)

        assert while_queued == {"file"}
        assert tx.references.named() == frozenset()


def test_columns_that_name_blobs_are_called_so():
    named = {
        column.name
        for table in tables.metadata.sorted_tables
        for column in table.c
        if "blob" in column.name
    }

    assert all(name == "blob" or name.endswith("_blob") for name in named)


def test_users_of_a_blob_are_versions_runs_and_models(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a")
        accepted_version(tx, "b")
        run = tx.runs.start(new_run(dataset="flights", version=2))
        tx.models.register(new_model_version(run.id))
        blob = partition("a").blob

        assert tx.references.users([blob, "o"]) == {
            blob: ("flights@v1", "flights@v2", "r1"),
            "o": ("late@v1",),
        }
        assert tx.references.sources([blob])[blob] == ("inbox/a.csv",)


def test_what_another_dataset_names_is_not_of_this_one(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a")
        accepted_version(tx, "b", dataset="weather")

        assert tx.references.of_dataset(tx.datasets.get("weather")) == {partition("b").blob, "p"}


def test_a_version_that_replaces_does_not_need_the_one_before(store: Store):
    with store.write() as tx:
        first = accepted_version(tx, "a")
        accepted_version(tx, "b", replace=True)

        assert tx.removals.later_versions(first) == ()


def test_a_pending_version_needs_what_it_is_built_on(store: Store):
    with store.write() as tx:
        first = accepted_version(tx, "a")
        pending_version(tx, "b")

        assert tx.removals.later_versions(first) == ("flights@v2",)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(STEPS)
def test_whatever_is_done_the_rows_of_the_versions_that_stay_are_the_same(tmp_path_factory, steps):
    opened = Store.create(tmp_path_factory.mktemp("store"), program="test")
    try:
        with opened.write() as tx:
            accepted_version(tx, "first")
        seen = {1: ["inbox/first.csv"]}
        for place, (step, which) in enumerate(steps):
            with opened.write() as tx:
                _do(tx, step, which, f"p{place}")
                dataset = tx.datasets.get("flights")
                versions = tx.datasets.newest(dataset)
                for version in versions:
                    if version.state is VersionState.REMOVED:
                        assert held(tx, version.number) == []
                        seen.pop(version.number, None)
                    else:
                        now = held(tx, version.number)
                        assert seen.setdefault(version.number, now) == now
                        assert version.rows == rows_of(tx, number=version.number)
                        assert _by_join(tx, version.number) == sorted(now)
    finally:
        opened.close()


def rows_of(tx, number):
    """How many rows the partitions of a version have."""
    found = tx.partitions.of_version(tx.datasets.get("flights").id, number)
    return sum(one.rows for one in found)


def _by_join(tx, number):
    """The sources of a version's partitions by the condition for many versions."""
    query = (
        select(tables.partitions.c.source)
        .select_from(tables.partitions)
        .join(tables.versions, holds())
        .where(tables.versions.c.number == number)
    )
    return sorted(tx.removals._connection.execute(query).scalars())


def _do(tx, step, which, name):
    """One change, where it is allowed."""
    dataset = tx.datasets.get("flights")
    latest = tx.datasets.latest(dataset)
    assert latest is not None
    if step in {"append", "replace"}:
        accepted_version(tx, name, replace=step == "replace")
    elif step == "quarantine":
        tx.datasets.quarantine(pending_version(tx, name), reason="bad", profile_blob=None)
    elif step in {"upsert", "upsert aside"}:
        now = tx.partitions.of_version(dataset.id, latest.number)
        chosen = now[which % len(now) :]
        left = [one.as_new(blob=f"{one.blob} {name}", rows=one.rows // 2) for one in chosen]
        rewritten = [
            Rewritten(partition=one, kept=replace(kept, is_remainder=True))
            for one, kept in zip(chosen, left, strict=True)
        ]
        made = tx.datasets.begin_version(
            dataset, [partition(name)], replace=False, who="ann", rewritten=rewritten
        )
        if step == "upsert":
            tx.datasets.accept(made, replace=False, profile_blob="p")
        else:
            tx.datasets.quarantine(made, reason="bad", profile_blob=None)
    elif step == "undo":
        now = tx.partitions.of_version(dataset.id, latest.number)
        since = sorted({one.since_version for one in now})
        number = since[which % len(since)]
        undone = tx.datasets.version(dataset, number)
        taken = [one for one in now if one.since_version == number]
        revived = [one.as_new(is_remainder=True) for one in tx.partitions.superseded_by(undone)]
        own = tx.partitions.of_version(dataset.id, number)
        is_whole = {one.id for one in own if one.since_version == number} == {
            one.id for one in taken
        }
        if len(since) > 1 and is_whole:
            made = tx.datasets.begin_undo(undone, taken, who="ann", revived=revived)
            tx.datasets.accept(made, replace=False, profile_blob="p")
    else:
        versions = tx.datasets.newest(dataset)
        chosen = versions[which % len(versions)]
        accepted = [one for one in versions if one.state is VersionState.CURRENT]
        is_free = chosen.state is not VersionState.REMOVED and accepted != [chosen]
        if is_free and not tx.removals.later_versions(chosen):
            tx.removals.remove(chosen, reason="not needed")
