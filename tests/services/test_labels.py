"""What people call versions, and what these names mean."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.errors import NotFound, Problem
from tests.services.conftest import copied
from tests.services.project import month
from workbench.core.labels import number_in
from workbench.errors import UsageError
from workbench.services import labels


def dataset_version(project, label):
    with project.store.read() as tx:
        return labels.dataset_version(tx, label)


def model_version(project, label):
    with project.store.read() as tx:
        return labels.model_version(tx, label)


@pytest.fixture
def quarantined(project):
    """Versions 1 and 3 are accepted, version 2 is not."""
    bad = month(2, rows=50)
    bad["가격"][0] = -1
    project.accept(month(1, rows=50))
    project.accept(bad)
    project.accept(month(3, rows=50))
    return project


@pytest.mark.parametrize(
    ("label", "number"),
    [("sales", 3), ("sales@", 3), ("sales@latest", 3), ("sales@v1", 1), ("sales@2", 2)],
)
def test_a_label_of_a_dataset_names_one_version(quarantined, label, number):
    assert dataset_version(quarantined, label).number == number


@pytest.mark.parametrize(
    ("label", "error", "says"),
    [
        ("sale", NotFound, "No dataset is called 'sale'"),
        ("sales@v9", NotFound, "No version is called 'sales@v9'"),
        ("sales@v", UsageError, "'sales@v' names no version"),
        ("sales@newest", UsageError, "Write sales@v3, sales@latest or sales"),
        ("sales@v²", UsageError, "'sales@v²' names no version"),
        ("sales@v-1", UsageError, "names no version"),
        ("sales@v" + "9" * 30, UsageError, "names no version"),
        ("", NotFound, "No dataset is called ''"),
    ],
)
def test_a_label_that_names_no_version_says_what_would(quarantined, label, error, says):
    with pytest.raises(error, match=says):
        dataset_version(quarantined, label)


def test_the_latest_version_is_an_accepted_one(project):
    project.add(month(1, rows=50))

    with pytest.raises(UsageError, match=r"sales has no accepted version yet\."):
        dataset_version(project, "sales")
    assert dataset_version(project, "sales@v1").number == 1


@pytest.mark.parametrize(
    "label", ["returns", "returns@", "returns@champion", "returns@v1", "returns@1"]
)
def test_a_label_of_a_model_names_one_version(trained, label):
    assert model_version(trained, label).label == "returns@v1"


@pytest.mark.parametrize(
    ("label", "says"),
    [
        ("return", "No model is called 'return'"),
        ("returns@v9", "No model version is called 'returns@v9'"),
        ("returns@9", "No model version is called 'returns@v9'"),
        ("returns@challenger", "returns has no alias 'challenger'"),
        ("returns@v²", "returns has no alias 'v²'"),
        ("returns@v" + "9" * 30, "returns has no alias 'v9999"),
    ],
)
def test_a_label_of_no_model_version_says_what_is_missing(trained, label, says):
    with pytest.raises(NotFound, match=says):
        model_version(trained, label)


def test_a_model_without_champion_has_none_by_that_name(project):
    project.accept(month(1), month(2))
    project.register(project.train())

    with pytest.raises(NotFound, match="returns has no alias 'champion'"):
        model_version(project, "returns")


@pytest.mark.parametrize(
    ("text", "number"),
    [("v3", 3), ("3", 3), ("v007", 7), ("v", None), ("", None), ("vv3", None), ("-3", None),
     ("3.0", None), ("²", None), ("9" * 18, 10**18 - 1), ("9" * 19, None)],
)  # fmt: skip
def test_a_number_with_or_without_its_letter(text, number):
    assert number_in(text, prefix="v") == number


@pytest.fixture(scope="module")
def trained_project(trained_folder, tmp_path_factory):
    """One copy of the project with a champion for all examples, which only read."""
    with copied(trained_folder, tmp_path_factory.mktemp("labels")) as project:
        yield project


@settings(deadline=None)
@given(st.text(max_size=30))
def test_no_text_is_more_than_a_problem(trained_project, text):
    for find in (dataset_version, model_version):
        for label in (text, f"sales@{text}", f"returns@{text}"):
            try:
                find(trained_project, label)
            except Problem as problem:
                assert problem.problem  # noqa: PT017 - any other error would be the failure
