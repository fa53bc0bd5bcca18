"""Where versions came from and what came of them, as trees."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from storage import tables
from storage.errors import NotFound
from storage.records import LineageNode
from tests.services.conftest import copied
from tests.services.project import month
from tests.storage.logged import batch, write
from workbench.services import champions, lineage, lineage_nodes


@pytest.fixture(scope="module")
def lived(trained_folder, tmp_path_factory):
    """A model with a champion before, a challenger that was judged, and one made of the same run."""
    with copied(trained_folder, tmp_path_factory.mktemp("lived")) as project:
        project.do("register", run=1, model="other")
        project.accept(month(4, slope=-3.0))
        project.work(kinds=("drift", "train", "register", "gate"))
        with project.store.write() as tx:
            version = tx.models.version("returns", 1)
            tx.models.add_verification(version, version.parity, who="mina")
        yield project


def flat(node: LineageNode) -> list[tuple[str, str]]:
    return [(node.noun, node.label), *(one for child in node.children for one in flat(child))]


def text_of(node: LineageNode, noun: str) -> str:
    found = [node.text] if node.noun == noun else []
    return "\n".join([*found, *filter(None, (text_of(one, noun) for one in node.children))])


def test_a_version_leads_down_to_its_run_its_rows_and_their_files(lived):
    origins = lineage.of_model(lived.context, "returns@v1").origins

    nouns = flat(origins)
    assert nouns[:3] == [
        ("model version", "returns@v1"),
        ("run", "r1"),
        ("dataset version", "sales@v1"),
    ]
    files = [label for noun, label in nouns if noun == "file"]
    assert len(files) == 3
    assert text_of(origins, "file").count("sha256 ") == 3
    assert "learning_rate=0.3" in text_of(origins, "params")
    assert "seed=7" in text_of(origins, "params")
    assert "lightgbm " in text_of(origins, "environment")
    assert "recipe boosted, source " in text_of(origins, "code")
    assert text_of(origins, "proof").startswith("parity passed")


def test_a_later_version_of_the_data_leads_to_the_one_below_it(lived):
    origins = lineage.of_model(lived.context, "returns@v2").origins

    assert ("dataset version", "sales@v1") in flat(origins)
    assert ("cycle", "cycle 1") in flat(origins)


def test_what_came_of_a_version_is_told_oldest_alias_first(lived):
    found = lineage.of_model(lived.context, "returns@v1").descendants

    nouns = [noun for noun, _ in flat(found)]
    assert nouns[:2] == ["model version", "alias"]
    assert {"review", "proof", "drift report"} <= set(nouns)
    assert ("model version", "other@v1") in flat(found)
    assert "as champion: " in text_of(found, "review")


def test_an_alias_is_told_with_who_why_and_how_long(trained):
    trained.register(trained.train("linear"))
    champions.promote(trained.context, "returns", 2, expected=1, why="it is simpler")
    one, two = (
        text_of(lineage.of_model(trained.context, f"returns@v{number}").descendants, "alias")
        for number in (1, 2)
    )

    assert " until 2" in one
    assert two.endswith("until now, by test: it is simpler")


def test_a_dataset_version_leads_up_to_what_was_learnt_from_it(lived):
    found = lineage.of_dataset(lived.context, "sales@v1")

    below = flat(found.descendants)
    assert below[0] == ("dataset version", "sales@v1")
    assert below[below.index(("run", "r1")) + 1 :][:2] == [
        ("model version", "other@v1"),
        ("model version", "returns@v1"),
    ]
    assert [noun for noun, _ in flat(found.origins)] == ["dataset version", "file", "file", "file"]


def test_the_reports_on_a_dataset_version_are_named(lived):
    below = flat(lineage.of_dataset(lived.context, "sales@v2").descendants)

    assert {"drift report", "review", "cycle"} <= {noun for noun, _ in below}


def test_of_many_runs_the_newest_are_drawn_and_the_others_counted(trained, monkeypatch):
    monkeypatch.setattr(lineage_nodes, "MOST", 1)
    trained.train("linear")
    runs = list(flat(lineage.of_dataset(trained.context, "sales@v1").descendants))

    drawn = [label for noun, label in runs if noun == "run"]
    assert len(drawn) == 1
    assert ("more", "") in runs
    assert ("model version", "returns@v1") in runs


def test_what_a_version_answered_is_counted(trained):
    folder = trained.store.layout.predictions
    write(folder, batch({}, [0.1, 0.2], at=0, model="returns", inputs={}))
    found = lineage.of_model(trained.context, "returns@v1").descendants

    assert text_of(found, "predictions").startswith("2 rows in 1 request, 1970-01-0")


def test_a_version_from_a_file_comes_from_that_file(trained):
    with trained.store.write() as tx:
        change = update(tables.model_versions).values(run_id=None, source="a.onnx, sha256 ab")
        tx.models._connection.execute(change)
    found = lineage.of_model(trained.context, "returns@v1").origins

    assert flat(found)[:3] == [
        ("model version", "returns@v1"),
        ("file", "a.onnx, sha256 ab"),
        ("dataset version", "sales@v1"),
    ]


def test_what_is_not_there_has_no_lineage(trained):
    with pytest.raises(NotFound):
        lineage.of_model(trained.context, "returns@v9")
    with pytest.raises(NotFound):
        lineage.of_dataset(trained.context, "others")
