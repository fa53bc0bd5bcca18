"""New rows are compared with training rows; drift and decay ask for a challenger, calm asks for nothing."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from storage.records import (
    AlertState,
    CycleState,
    DriftVerdict,
    EvaluationRole,
    JobState,
    Severity,
)
from tests.services.project import month
from tests.storage.logged import batch, write
from workbench.core import metrics

MICRO = 1_000_000


def watched(project, *months):
    """The report on a version with these months, and what was decided; no later job is done."""
    version = project.accept(*months)
    jobs = project.work(kinds=("drift",))
    assert [job.state for job in jobs] == [JobState.FINISHED], [job.error for job in jobs]
    with project.store.read() as tx:
        (report, *_) = tx.drift.newest(model="returns")
    assert report.version == version.number
    return report


def evaluations(project):
    with project.store.read() as tx:
        return tx.drift.evaluations(tx.models.get("returns"))


def of_role(project, role=EvaluationRole.CHAMPION):
    return [one for one in evaluations(project) if one.role is role]


def without_labels(rows, known=0):
    returned = rows["returned"].astype(object)
    returned[known:] = None
    return {**rows, "returned": returned}


def log(project, rows, scores, *, version=1, keyed=True):
    """Notes that the endpoint gave these scores for rows."""
    parts = [slice(start, start + 500) for start in range(0, len(scores), 500)]
    write(
        project.store.layout.predictions,
        *(
            batch(
                {"id": rows["id"][part].tolist()} if keyed else {},
                scores[part],
                at=1_700_000_000 * MICRO + part.start,
                model="returns",
                version=version,
                inputs={},
            )
            for part in parts
        ),
    )


def test_where_nothing_changed_nothing_drifts_and_nothing_is_done(trained):
    report = watched(trained, month(4))

    assert report.comparison.verdict is DriftVerdict.STABLE
    assert report.sentence.endswith("no drift: no action")
    assert (trained.cycles(), trained.alerts()) == ([], [])
    assert trained.events()[-1].severity is Severity.INFO


def test_a_column_that_was_shifted_is_found_and_no_other(trained):
    report = watched(trained, month(4, price_shift=0.8))

    assert [column.name for column in report.comparison.drifted] == ["가격"]
    (price,) = report.comparison.drifted
    assert price.effect > 0.25
    assert price.importance > 0.9
    (alert,) = trained.alerts()
    assert (alert.key, alert.title) == ("drift returns", "sales@v2: 가격 drifted")


def test_the_report_names_its_window_and_what_it_was_compared_with(trained):
    report = watched(trained, month(4))

    assert (report.dataset, report.version, report.model, report.model_version) == (
        "sales",
        2,
        "returns",
        1,
    )
    assert report.reference == "training rows of returns@v1"
    assert report.comparison.rows == 1500
    assert (report.window_start.month, report.window_end.month) == (4, 4)


def test_calm_rows_settle_the_alert_of_the_ones_before(trained):
    watched(trained, month(4, price_shift=0.8))
    with trained.store.write() as tx:
        tx.reviews.close_cycle(1, state=CycleState.FAILED, outcome="a test")
    watched(trained, month(5))

    assert trained.alerts() == []
    assert [alert.key for alert in trained.alerts(AlertState.RESOLVED)] == ["drift returns"]


def test_realised_performance_of_the_champion_and_of_the_first_version_is_measured(trained):
    trained.champion(params={"n_estimators": 2})
    watched(trained, month(4))

    champion, frozen = of_role(trained), of_role(trained, EvaluationRole.FROZEN)
    assert [(one.model_version, one.rows, one.source) for one in champion] == [(2, 1500, "scored")]
    assert [(one.model_version, one.rows, one.source) for one in frozen] == [(1, 1500, "scored")]
    assert champion[0].low < champion[0].value < champion[0].high
    assert champion[0].metric == "roc_auc"
    assert frozen[0].value > champion[0].value


def test_what_the_endpoint_answered_is_what_counts(trained):
    rows = month(4)
    scores = np.random.default_rng(3).random(1500)
    log(trained, rows, scores)
    watched(trained, rows)

    (champion,) = of_role(trained)
    (frozen,) = of_role(trained, EvaluationRole.FROZEN)
    expected = metrics.metric("roc_auc", "binary", rows["returned"], scores)
    assert (champion.source, champion.rows) == ("predictions", 1500)
    assert champion.value == pytest.approx(expected)
    assert (frozen.source, frozen.value > 0.85) == ("scored", True)


@pytest.mark.parametrize(
    ("answered", "keyed", "source"),
    [
        (750, True, "predictions"),
        (749, True, "scored"),
        (1500, False, "scored"),
        (0, True, "scored"),
    ],
    ids=["half of the rows", "too few", "without a key", "none"],
)
def test_too_few_answers_with_a_key_are_no_measure(trained, answered, keyed, source):
    rows = month(4)
    log(trained, rows, np.random.default_rng(3).random(answered), keyed=keyed)
    watched(trained, rows)

    assert of_role(trained)[0].source == source


def test_answers_to_other_rows_are_not_joined(trained):
    log(trained, month(6), np.random.default_rng(3).random(1500))
    watched(trained, month(4))

    assert of_role(trained)[0].source == "scored"


def test_a_fall_of_the_metric_fires_with_the_windows_to_train_and_to_judge(trained):
    report = watched(trained, month(4, slope=-3.0))

    (cycle,), train = trained.cycles(), trained.jobs()[-1]
    assert "retraining: roc_auc fell by 0." in report.sentence
    assert (cycle.state, cycle.version, cycle.trigger) == (
        CycleState.OPEN,
        2,
        report.sentence.partition("retraining: ")[2],
    )
    first = trained.version(2).first_time
    assert train.kind == "train"
    assert train.arguments == {
        "experiment": "returns",
        "recipe": "boosted",
        "version": 2,
        "train_version": 1,
        "train_start": (first - np.timedelta64(90, "D").item()).isoformat(),
        "train_end": first.isoformat(),
        "model": "returns",
        "cycle": cycle.id,
    }
    assert train.cause == trained.jobs()[-2].id


def test_the_cycle_stands_at_the_event_time_of_its_rows(trained):
    watched(trained, month(4, slope=-3.0))

    assert trained.cycles()[0].policy_time == trained.version(2).last_time


def test_the_recipe_of_the_champion_is_the_one_that_is_trained_again(trained):
    trained.champion("linear")
    watched(trained, month(4, slope=-3.0))

    assert trained.jobs()[-1].arguments["recipe"] == "linear"


def test_while_a_cycle_is_open_no_second_one_is_opened(trained):
    watched(trained, month(4, slope=-3.0))
    report = watched(trained, month(5, slope=-3.0))

    assert report.sentence.endswith("a retraining cycle is open already")
    assert [job.arguments.get("cycle") for job in trained.jobs() if job.kind == "train"] == [
        None,
        1,
    ]


@pytest.mark.slow
def test_after_a_rejection_the_policy_waits_in_event_time(trained):
    trained.configure("max_drop = 0.05", 'max_drop = 0.05, cooldown = "20d", max_cooldown = "40d"')
    trained.accept(month(4, slope=-3.0))
    trained.work()
    assert trained.cycles()[0].state is CycleState.REJECTED
    report = watched(trained, month(5, slope=-3.0))

    assert "but the cool-down of 40 days ends 2024-06-0" in report.sentence
    assert watched(trained, month(6, slope=-3.0)).sentence.count("retraining: ") == 1


@pytest.mark.slow
def test_a_promoted_challenger_is_watched_from_its_own_beginning(trained):
    for number in (4, 5):
        trained.accept(month(number, slope=-3.0))
        trained.work()
    trained.configure('window = "90d"', 'window = "25d"')
    trained.accept(month(6, slope=-3.0))
    trained.work()

    assert [cycle.state for cycle in trained.cycles()][-1] is CycleState.PROMOTED
    report = watched(trained, month(7, slope=-3.0))
    assert report.model_version == trained.serving() > 1
    assert "no drift: no action" in report.sentence


def test_rows_without_labels_are_compared_and_not_evaluated(trained):
    report = watched(trained, without_labels(month(4)))

    assert report.comparison.rows == 1500
    assert evaluations(trained) == ()
    assert report.sentence.endswith("no drift: no action")


def test_drift_of_rows_without_labels_waits_for_labels(trained):
    report = watched(trained, without_labels(month(4, price_shift=0.8)))

    assert report.sentence.endswith("drift of 가격, but only 0 of 300 new labelled rows have come")
    assert trained.cycles() == []


def test_labels_that_come_in_the_next_window_count_with_those_before(trained):
    watched(trained, without_labels(month(4, price_shift=0.8), known=200))
    report = watched(trained, without_labels(month(5, price_shift=0.8), known=200))

    assert "retraining: drift of 가격" in report.sentence
    assert [one.rows for one in of_role(trained)] == [200, 200]


def test_rows_of_one_class_say_nothing(trained):
    rows = month(4)
    watched(trained, {**rows, "returned": np.zeros(1500, int)})

    assert evaluations(trained) == ()


@pytest.mark.parametrize("label", [2, None], ids=["never seen in training", "missing"])
def test_a_label_that_nobody_can_be_judged_by_is_left_out(trained, label):
    rows = month(4)
    returned = rows["returned"].astype(object)
    returned[:100] = label
    watched(trained, {**rows, "returned": returned})

    assert {one.rows for one in evaluations(trained)} == {1400}


def test_too_few_rows_are_no_drift(trained):
    report = watched(trained, month(4, rows=200, price_shift=3.0))

    assert report.comparison.verdict is DriftVerdict.INSUFFICIENT


def test_a_model_without_a_champion_has_nothing_to_watch(project):
    project.accept(month(1), month(2))
    project.register(project.train())
    job = project.do("drift", dataset="sales", version=1, model="returns")

    assert job.state is JobState.FINISHED
    with project.store.read() as tx:
        assert tx.drift.newest() == ()


def test_a_job_that_comes_again_writes_its_report_once(trained):
    watched(trained, month(4, slope=-3.0))
    trained.do("drift", dataset="sales", version=2, model="returns")

    with trained.store.read() as tx:
        assert len(tx.drift.newest(model="returns")) == 1
    assert len(evaluations(trained)) == 2
    assert len(trained.cycles()) == 1


def test_a_first_version_that_fires_has_no_earlier_rows_to_train_on(project):
    project.accept(month(1), month(2))
    project.champion()
    with closing(sqlite3.connect(project.store.layout.catalog)) as catalog:
        # As if the champion had been much better when it was registered.
        catalog.execute("UPDATE model_versions SET metrics = '{\"roc_auc\": 2.0}'")
        catalog.commit()
    project.do("drift", dataset="sales", version=1, model="returns")

    (cycle,) = project.cycles()
    assert (cycle.state, cycle.outcome) == (
        CycleState.FAILED,
        "sales@v1 is the first version: there are no earlier rows to train on",
    )
    assert project.jobs()[-1].kind == "drift"


def test_where_no_retraining_is_asked_for_reports_are_all(trained):
    trained.configure('on = ["drift", "performance"], ', "")
    report = watched(trained, month(4, slope=-3.0))

    assert report.sentence.endswith("no retraining is asked for")
    assert trained.cycles() == []


@pytest.mark.slow
def test_a_regression_is_watched_by_its_error(project):
    project.configure('task = "binary"', 'task = "regression"')
    project.configure('target = "returned"', 'target = "가격"')
    project.configure('metric = "roc_auc"', 'metric = "rmse"')
    project.configure("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")
    project.accept(month(1), month(2), month(3))
    project.champion()
    report = watched(project, month(4, price_shift=3.0))

    assert "retraining: rmse rose by" in report.sentence
    assert of_role(project)[0].value > 20
    assert len(project.cycles()) == 1


def test_a_column_that_the_new_rows_have_no_value_of_is_no_crash(trained):
    rows = month(4)
    report = watched(trained, {**rows, "가격": np.full(1500, None)})

    assert "가격" in [column.name for column in report.comparison.drifted]
