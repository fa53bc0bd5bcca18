"""Labels that are sent meet predictions by key: late, corrected, and whether or not rows with them ever come."""

from __future__ import annotations

import json

import numpy as np
import pytest

from storage.errors import NotFound
from storage.records import EvaluationRole, JobState
from tests.services.project import month
from tests.services.test_monitoring import evaluations, log, of_role, watched, without_labels
from workbench.core import metrics
from workbench.errors import InputUnreadable, RequestInvalid
from workbench.services import labelling
from workbench.services.model_labels import ModelLabels


def judge(project):
    """Does what was asked for when labels came, and what follows."""
    jobs = project.work(kinds=("labels", "drift"))
    assert {job.state for job in jobs} == {JobState.FINISHED}, [job.error for job in jobs]
    return [job.kind for job in jobs]


def labels_of(rows):
    return {"id": rows["id"].tolist(), "label": rows["returned"].tolist()}


def test_labels_that_came_late_judge_the_window_they_belong_to(trained):
    rows = month(4)
    scores = np.random.default_rng(3).random(1500)
    log(trained, rows, scores)
    watched(trained, without_labels(rows))
    assert evaluations(trained) == ()
    kept = ModelLabels(trained.context, "returns").add(labels_of(rows))

    assert (kept, judge(trained)) == (1500, ["labels", "drift"])
    (champion,) = of_role(trained)
    expected = metrics.metric("roc_auc", "binary", rows["returned"], scores)
    assert (champion.source, champion.rows) == ("predictions", 1500)
    assert champion.value == pytest.approx(expected)
    assert of_role(trained, EvaluationRole.FROZEN)[0].rows == 1500


def test_labels_of_rows_that_no_file_brought_judge_the_champion(trained):
    rows = month(4)
    scores = np.random.default_rng(3).random(1500)
    log(trained, rows, scores)
    ModelLabels(trained.context, "returns").add(labels_of(rows))

    assert judge(trained) == ["labels"]
    (champion,) = of_role(trained)
    expected = metrics.metric("roc_auc", "binary", rows["returned"], scores)
    assert (champion.source, champion.rows) == ("labels", 1500)
    assert champion.value == pytest.approx(expected)
    assert trained.events()[-1].message.startswith("returns@v1: roc_auc 0.")
    assert [alert.key for alert in trained.alerts()] == ["labels returns"]


def test_a_few_labels_judge_nobody(trained):
    rows = month(4)
    log(trained, rows, np.full(1500, 0.5))
    few = {name: values[:20] for name, values in labels_of(rows).items()}
    ModelLabels(trained.context, "returns").add(few)

    assert judge(trained) == ["labels"]
    assert evaluations(trained) == ()


def test_of_one_row_the_latest_label_counts_however_often_it_is_sent(trained):
    log(trained, {"id": np.array([1, 2])}, np.array([0.25, 0.75]))
    labels = ModelLabels(trained.context, "returns")
    labels.add({"id": [1, 2], "label": [0, 1], "at": ["2023-01-02T00:00:00Z"] * 2})
    labels.add([{"id": 1, "label": 1, "at": "2023-01-03T00:00:00Z"}])
    labels.add([{"id": "1", "label": "0", "at": "2023-01-01"}, {"id": 7, "label": 1}])

    assert {(one.key["id"], one.label) for one in labels.newest()} == {
        ("1", "1"),
        ("2", "1"),
        ("7", "1"),
    }
    found = labels.facts()
    assert (found.sent, found.rows, found.answered) == (5, 3, 2)
    assert sorted(labels.frame().columns) == ["caller", "id", "label", "labelled_at", "received_at"]


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_a_file_of_labels_is_read(trained, tmp_path, suffix):
    source = tmp_path / f"labels.{suffix}"
    if suffix == "parquet":
        trained.store.frames.rows(
            f"COPY (SELECT 7 AS id, 1.0 AS label, 'x' AS note UNION ALL SELECT 8, 0, 'y') TO '{source}'"
        )
    elif suffix == "csv":
        source.write_text("note;id;label;at\nx;7;1;2023-01-02T00:00:00Z\ny;8;0;\n")
    else:
        rows = [{"id": 7, "label": 1, "at": "2023-01-02"}, {"id": 8, "label": 0}]
        source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    labels = ModelLabels(trained.context, "returns")

    assert labels.add_file(source) == 2
    assert {(one.key["id"], one.label) for one in labels.newest()} == {("7", "1"), ("8", "0")}


def test_a_file_with_one_bad_label_is_kept_not_at_all(trained, tmp_path):
    source = tmp_path / "labels.csv"
    source.write_text("id,label\n7,1\n8,maybe\n")
    labels = ModelLabels(trained.context, "returns")

    with pytest.raises(RequestInvalid, match="The label of row 2 is 'maybe', which is no class"):
        labels.add_file(source)
    with pytest.raises(InputUnreadable, match=r"There is no file .*none\.csv"):
        labels.add_file(tmp_path / "none.csv")
    assert labels.newest() == ()


def test_labels_of_an_unknown_model_are_refused(trained):
    with pytest.raises(NotFound, match="No model is called 'retruns'"):
        ModelLabels(trained.context, "retruns")


def test_an_endpoint_that_took_labels_asks_for_their_judging_once(trained):
    intake = labelling.Intake(trained.context)
    version = labelling.version_of(trained.context, "returns")
    for label in (0, 1):
        intake.keep(version, [{"id": 1, "label": label}], caller="app")
        intake.look()
    intake.close()

    with trained.store.read() as tx:
        waiting = [(job.kind, job.subject) for job in tx.jobs.live()]
    assert waiting == [("labels", "returns")]


def test_labels_a_killed_endpoint_took_are_asked_about_by_the_next_one(trained):
    killed = labelling.Intake(trained.context)
    version = labelling.version_of(trained.context, "returns")
    killed.keep(version, [{"id": 1, "label": 1}])
    labelling.Intake(trained.context).look()

    with trained.store.read() as tx:
        assert [job.kind for job in tx.jobs.live()] == ["labels"]
