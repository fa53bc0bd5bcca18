"""Segments become Parquet by a job, which is asked for when there is work, and removes what is too old."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.appended.sealed import parts_in
from storage.predictions import LogRules, Writer
from storage.records import JobState
from tests.storage.logged import batch, eventually, lines, write
from workbench.services import predictions, queries, sealing
from workbench.services.model_labels import ModelLabels

DAY_US = 24 * 3600 * 1_000_000
OLD = int(datetime(2013, 4, 1, tzinfo=UTC).timestamp()) * 1_000_000


def log(project, *batches):
    write(project.store.layout.predictions, *batches)


def answered(key, scores, *, at=OLD, **others):
    return batch({"id": key}, scores, at=at, model="returns", **others)


def seal(project):
    project.enqueue("seal")
    (job,) = project.work(kinds=("seal",))
    assert job.state is JobState.FINISHED, job.error
    return job.result


def query(project, sql):
    return queries.query(project.context, sql).rows


def parts(project, model="returns"):
    return parts_in(project.store.layout.predictions / model)


def test_predictions_and_labels_are_sealed_and_answer_as_before(trained):
    log(trained, answered([1, 2], [0.25, 0.75], inputs={"가격": [1, 2.5], "quantity": [3, 4]}))
    ModelLabels(trained.context, "returns").add({"id": [1], "label": [1]})
    asked = """SELECT p.id, p.score, p.quantity, typeof(p.quantity), l.label
        FROM predictions('returns') p LEFT JOIN labels('returns') l ON p.id = l.id ORDER BY 1"""
    before = query(trained, asked)

    assert seal(trained) == {"rows": 3, "torn_lines": 0}
    assert not list(trained.store.layout.root.glob("*/returns/*.jsonl"))
    assert query(trained, asked) == before
    assert [row[:2] for row in before] == [("1", 0.25), ("2", 0.75)]


def test_what_is_older_than_may_be_kept_is_removed_and_told(trained):
    trained.configure("[models.returns]", '[serve.log]\nkeep = "30d"\n\n[models.returns]')
    now_us = int(trained.store.now().timestamp() * 1_000_000)
    log(trained, answered([1, 2], [0.1, 0.2]))
    seal(trained)
    log(trained, answered([3], [0.3], at=now_us - DAY_US))
    seal(trained)

    assert query(trained, "SELECT id FROM predictions('returns')") == (("3",),)
    told = [one for one in trained.events() if one.kind == "predictions.removed"]
    assert [one.message.split(" up to ")[0] for one in told] == ["2 predictions of returns"]
    assert told[0].message.endswith("removed: older than 30 d 00 h")


def test_the_oldest_go_when_the_log_is_larger_than_it_may_be(trained):
    trained.configure("[models.returns]", '[serve.log]\nmax_size = "1kB"\n\n[models.returns]')
    log(trained, answered([1], [0.1]))
    result = seal(trained)

    assert result["rows"] == 1
    assert parts(trained) == ()
    assert trained.events()[-1].message.endswith("removed: the log may take 1.02 kB")


def test_an_endpoint_asks_for_sealing_only_where_there_is_work(trained):
    orders = sealing.Orders(trained.context)
    orders.look()
    assert trained.jobs()[-1].kind != "seal"

    log(trained, answered([1], [0.1]))
    orders.look()
    assert trained.jobs()[-1].kind != "seal"
    orders.ended("returns")
    orders.look()
    orders.look()
    assert [job.kind for job in trained.jobs()].count("seal") == 1


def test_a_new_endpoint_finds_what_a_killed_one_left(trained):
    log(trained, answered([1], [0.1]))
    sealing.Orders(trained.context).look()

    assert trained.jobs()[-1].kind == "seal"


def test_what_grows_is_read_beside_what_is_sealed(trained):
    log(trained, answered([1], [0.25]))
    seal(trained)
    folder = trained.store.layout.predictions
    writer = Writer(folder, failed=pytest.fail, rules=LogRules())
    writer.put(answered([2], [0.75], at=OLD + 1, role="shadow"))
    eventually(lambda: lines(folder))
    found = predictions.recent(trained.context, "returns")
    rows = predictions.rows(trained.context, "returns")

    assert [(one.sent["id"], one.role, one.label) for one in found] == [
        (2, "shadow", "1"),
        ("1", "answer", "0"),
    ]
    assert len(rows) == 2
    assert sorted(rows.frame(["id", "score"]).itertuples(index=False, name=None)) == [
        ("1", 0.25),
        ("2", 0.75),
    ]
    assert rows.relation(["score"]).aggregate("sum(score)").fetchall() == [(1.0,)]
    assert seal(trained)["rows"] == 0
    writer.close()


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select * from predictions('retruns')", "retruns"),
        ("select * from predictions(returns)", "predictions is called with the name of a model"),
        ("select * from labels()", "labels is called with the name of a model"),
    ],
)
def test_a_call_that_names_no_model_is_told_where(trained, sql, told):
    with pytest.raises(Exception, match=told) as refused:
        query(trained, sql)

    assert "^" in refused.value.remedy


def test_a_model_that_was_never_asked_has_no_rows(trained):
    assert query(trained, "select count(*) from predictions('returns')") == ((0,),)
    assert predictions.recent(trained.context, "returns") == ()
    assert len(predictions.rows(trained.context, "returns").frame()) == 0
