"""Two versions of a model side by side."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from storage import tables
from storage.errors import NotFound
from tests.services.conftest import copied
from workbench.errors import UsageError
from workbench.services import model_diff


@pytest.fixture(scope="module")
def twice(trained_folder, tmp_path_factory):
    """A project with two versions: boosted trees, and a line."""
    with copied(trained_folder, tmp_path_factory.mktemp("twice")) as project:
        project.register(project.train("linear"))
        yield project


def compare(project, before="returns@v1", after="v2", **how):
    return model_diff.compare(project.context, before, after, **how)


def test_two_versions_differ_in_how_they_were_made_and_in_what_came_of_it(twice):
    found = compare(twice)

    assert (found.before.label, found.after.label) == ("returns@v1", "returns@v2")
    assert found.inputs == ()
    made = {(one.area, one.name): one.values for one in found.differences}
    assert made["code", "recipe"] == ("boosted", "linear")
    assert made["params", "C"] == (None, 0.1)
    (auc,) = [one for one in found.metrics if one.key == "roc_auc"]
    assert auc.before == found.before.metrics["roc_auc"]
    assert auc.after_interval == found.after.intervals["roc_auc"]
    assert all(size > 0 for size in found.graph_bytes)


def test_on_the_rows_that_both_have_scored_the_gain_has_an_interval(twice):
    paired = compare(twice).paired

    assert paired.rows == int(twice.run(1).metrics["test_rows"].value)
    assert paired.low <= paired.gain <= paired.high


def test_without_a_look_at_the_rows_nothing_is_said_of_them(twice):
    found = compare(twice, by_row=False)

    assert (found.paired, found.unpaired) == (None, "")


def test_a_version_is_not_compared_with_itself(twice):
    with pytest.raises(UsageError, match="returns@v1 cannot be compared with itself"):
        compare(twice, after="returns@champion")


def test_an_unknown_version_is_named(twice):
    with pytest.raises(NotFound, match="returns@v9"):
        compare(twice, after="v9")


def test_two_models_made_of_one_run_have_no_rows_to_differ_on(trained):
    trained.do("register", run=1, model="other")
    found = compare(trained, "returns@v1", "other@v1")

    assert (found.paired, found.unpaired) == (None, "both were made of r1")
    assert found.differences == ()


def test_a_version_from_a_file_says_what_is_known_of_it(trained):
    trained.do("register", run=1, model="other")
    with trained.store.write() as tx:
        versions = tables.model_versions
        change = update(versions).where(versions.c.id == 2)
        tx.models._connection.execute(change.values(run_id=None, source="a.onnx, sha256 ab"))
    found = compare(trained, "returns@v1", "other@v1")

    assert [(one.name, one.values) for one in found.differences] == [("made of", ("r1", "a.onnx"))]
    assert found.unpaired == "other@v1 was brought in from a file and has no test rows of its own"
