"""An ingest is undone, and versions and datasets that nothing needs are removed."""

from __future__ import annotations

import pytest

from storage.errors import Conflict, NotFound
from storage.records import VersionState
from tests.services.project import month, write_csv
from workbench.errors import UsageError
from workbench.services import datasets, rows, versions

SMALL = [month(number, rows=30) for number in (1, 2, 3)]


@pytest.fixture
def three(project):
    """Three small accepted months."""
    for rows_of_month in SMALL:
        project.accept(rows_of_month)
    return project


def undone(project, label):
    """The version that undid another one, after its checks."""
    made = versions.undo(project.context, label)
    project.work(kinds=("check",))
    return project.version(made.number)


def in_replace_mode(project):
    """Two accepted versions, each a whole table."""
    project.configure('time = "at"', 'time = "at"\nmode = "replace"')
    project.accept(SMALL[0])
    project.accept(SMALL[1])


def test_an_undone_version_leaves_the_rows_of_the_others(three):
    made = undone(three, "sales@v2")

    assert (made.state, made.parent, made.rows, made.rows_added) == (
        VersionState.CURRENT,
        3,
        60,
        0,
    )
    assert {one[:7] for one in three.ids()} == {"2024-01", "2024-03"}
    assert len(three.values("id", 3)) == 90


def test_until_its_checks_have_ended_an_undo_changes_no_version(three):
    pending = versions.undo(three.context, "sales")

    assert (pending.state, pending.undoes) == (VersionState.PENDING, 3)
    assert len(three.values("id", 3)) == 90
    assert len(three.values("id", pending.number)) == 60


def test_a_quarantined_undo_leaves_everything_as_it_was(three):
    pending = versions.undo(three.context, "sales@v2")
    with three.store.write() as tx:
        tx.datasets.quarantine(pending, reason="no", profile_blob=None)
    three.accept(month(4, rows=30))

    assert three.version(5).parent == 3
    assert len(three.ids()) == 120


def test_what_was_undone_may_be_added_again(three):
    undone(three, "sales@v2")
    again = datasets.ingest(three.context, "sales", [three.folder / "files" / "001.csv"])

    assert again is not None
    three.work(kinds=("check",))
    assert len(three.ids()) == 90


def test_versions_after_an_undo_are_without_its_rows(three):
    undone(three, "sales@v2")
    three.accept(month(4, rows=30))

    assert {one[5:7] for one in three.ids()} == {"01", "03", "04"}
    assert three.version(5).rows == 90


def test_the_hash_tells_an_undo_from_its_parent(three):
    made = undone(three, "sales@v3")

    assert made.hash not in {three.version(number).hash for number in (1, 2, 3)}


def test_an_undo_queues_no_drift_report(trained):
    trained.accept(month(4, rows=30))
    before = [job.kind for job in trained.jobs()].count("drift")
    undone(trained, "sales@v2")

    assert [job.kind for job in trained.jobs()].count("drift") == before == 1


def test_in_replace_mode_an_undo_brings_back_the_version_before(project):
    in_replace_mode(project)
    made = undone(project, "sales")

    assert (made.state, made.rows) == (VersionState.CURRENT, 30)
    assert {one[:7] for one in project.ids()} == {"2024-01"}


@pytest.mark.parametrize(
    ("label", "problem", "said"),
    [
        ("sales@v9", NotFound, "No version is called"),
        ("slaes", NotFound, "No dataset is called"),
        ("sales@x", UsageError, "names no version"),
        ("sales@v4", UsageError, "brought no rows"),
        ("sales@v2", Conflict, "No rows of sales@v2 are in sales@v4"),
    ],
)
def test_what_cannot_be_undone_is_refused(three, label, problem, said):
    undone(three, "sales@v2")

    with pytest.raises(problem, match=said):
        versions.undo(three.context, label)


def test_the_last_rows_cannot_be_undone(project):
    project.accept(SMALL[0])

    with pytest.raises(UsageError, match="would have none"):
        versions.undo(project.context, "sales")


def test_an_undo_waits_for_the_checks_of_another_version(three):
    versions.undo(three.context, "sales@v2")

    with pytest.raises(Conflict, match="sales@v4 is still being checked"):
        versions.undo(three.context, "sales@v3")


def test_the_latest_version_can_be_removed_and_the_next_builds_on_the_one_before(three):
    versions.remove(three.context, "sales@v3")
    three.accept(month(4, rows=30))

    assert three.version(3).state is VersionState.REMOVED
    assert (three.version(4).parent, three.version(4).rows) == (2, 90)
    assert {one[5:7] for one in three.ids()} == {"01", "02", "04"}


def test_removing_an_undo_brings_the_rows_back(three):
    undone(three, "sales@v2")
    versions.remove(three.context, "sales@v4")
    three.accept(month(4, rows=30))

    assert (three.version(5).rows, len(three.ids())) == (120, 120)


def test_a_replaced_version_can_be_removed_and_takes_only_its_own_rows(project):
    in_replace_mode(project)
    versions.remove(project.context, "sales@v1")

    assert len(project.ids()) == 30
    with project.store.read() as tx:
        assert len(tx.partitions.of_version(1, 1, added_only=True)) == 0


def test_removing_the_latest_replacement_makes_the_one_before_latest_again(project):
    in_replace_mode(project)
    versions.remove(project.context, "sales@v2")

    assert {one[:7] for one in project.ids()} == {"2024-01"}
    with project.store.read() as tx:
        (held,) = tx.partitions.of_version(1, 1)
    assert held.until_version is None


def test_a_version_that_later_ones_are_built_on_is_kept(three):
    with pytest.raises(Conflict, match=r"sales@v1 is kept: sales@v2 and sales@v3 need it"):
        versions.remove(three.context, "sales@v1")

    assert three.version(1).state is VersionState.CURRENT


def test_a_version_that_a_run_and_a_model_name_is_kept(trained):
    with trained.store.read() as tx:
        number = tx.runs.get(1).version
    with pytest.raises(Conflict, match=rf"sales@v{number} is kept: r1.* returns@v1"):
        versions.remove(trained.context, f"sales@v{number}")


def test_a_version_that_a_queued_job_names_is_kept(three):
    three.enqueue("drift", dataset="sales", version=3, model="returns")

    with pytest.raises(Conflict, match=r"sales@v3 is kept: j\d+ needs it"):
        versions.remove(three.context, "sales@v3")


def test_a_version_under_check_is_not_removed(three):
    three.add(month(4, rows=30))

    with pytest.raises(Conflict, match="still being checked"):
        versions.remove(three.context, "sales@v4")


def test_a_version_is_removed_once(three):
    versions.remove(three.context, "sales@v3")

    with pytest.raises(Conflict):
        versions.remove(three.context, "sales@v3")
    assert three.happened()[-1] == "version.removed"


def test_the_number_of_a_removed_version_is_not_given_again(three):
    versions.remove(three.context, "sales@v3")

    assert three.accept(month(4, rows=30)).number == 4


def test_rows_of_a_removed_version_cannot_be_asked_for(three):
    versions.remove(three.context, "sales@v3")

    with three.store.read() as tx, pytest.raises(NotFound, match="removed by test"):
        rows.select(three.context, tx, rows.Window(dataset="sales", version=3))


def test_a_dataset_that_nothing_names_is_removed_whole(three):
    versions.remove_dataset(three.context, "sales")

    with three.store.read() as tx, pytest.raises(NotFound):
        tx.datasets.get("sales")
    assert three.events()[-1].message == "sales was removed by test with 3 versions"


def test_a_removed_dataset_can_be_begun_anew(three):
    versions.remove_dataset(three.context, "sales")
    file = write_csv(three.folder / "files" / "new.csv", SMALL[0])
    datasets.ingest(three.context, "sales", [file])
    three.work(kinds=("check",))

    assert (three.version(1).state, len(three.ids())) == (VersionState.CURRENT, 30)


def test_a_dataset_that_a_run_names_is_kept(trained):
    with pytest.raises(Conflict, match="sales is kept: r1"):
        versions.remove_dataset(trained.context, "sales")
