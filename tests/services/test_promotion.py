"""The gate: challengers are judged on rows that nobody was trained on, and the better one serves."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import numpy as np
import pytest

from storage.records import CycleState, GateVerdict, JobState, Severity
from tests.services.conftest import copied
from tests.services.project import month, write_csv
from workbench.services import champions, datasets


@pytest.fixture(scope="module")
def judged_folder(trained_folder, tmp_path_factory):
    """Where a project with a champion, and two months that nobody was trained on, lies."""
    with copied(trained_folder, tmp_path_factory.mktemp("judged")) as project:
        project.accept(month(4, slope=-3.0))
        project.accept(month(5, slope=-3.0))
    return project.folder


@pytest.fixture
def judged(judged_folder, tmp_path):
    """A project with a champion, and two further months that nobody was trained on."""
    with copied(judged_folder, tmp_path) as project:
        yield project


def open_cycle(project, number=3):
    with project.store.write() as tx:
        return tx.reviews.open_cycle(
            tx.models.get("returns"),
            trigger="a test",
            version=project.version(number),
            policy_time=project.store.now(),
        ).id


def challenger(project, *, train_version=2, start="2024-04-01T00:00:00+00:00", **arguments):
    """A version trained on the month that turned the world upside down, tested on the one after."""
    run = project.train(
        version=3, train_version=train_version, train_start=start, train_end=None, **arguments
    )
    return project.register(run)


def review(project, number, *, holdout=3, cycle=None):
    """The job of the gate, and what it decided."""
    cycle = cycle or open_cycle(project)
    job = project.do("gate", model="returns", number=number, cycle=cycle, holdout=holdout)
    assert job.state is JobState.FINISHED, job.error
    return project.reviews()[-1]


def test_a_better_challenger_becomes_champion(judged):
    version = challenger(judged)
    found = review(judged, version.number)

    assert (found.decision.verdict, found.challenger, found.champion) == (GateVerdict.PASS, 2, 1)
    assert (found.decision.challenger_value > 0.8, found.decision.champion_value < 0.2) == (
        True,
        True,
    )
    assert found.decision.rows == 1500
    assert judged.serving() == 2
    (cycle,) = judged.cycles()
    assert (cycle.state, cycle.outcome) == (
        CycleState.PROMOTED,
        f"returns@v2: {found.decision.reasons[0]}",
    )


def test_a_hold_out_with_an_event_time_is_drawn_by_its_days(judged):
    found = review(judged, challenger(judged).number)

    assert "on 1 500 rows in 28 days: gain " in found.decision.reasons[0]
    assert found.decision.test == "DeLong over days"


def declare_golden(project, *, label):
    """Rows of cheap sales, which the challenger takes for returned, under this label."""
    project.configure("[models.returns]", '[datasets.golden]\nkey = ["id"]\n[models.returns]')
    project.configure("non_inferiority = 0.01", 'non_inferiority = 0.01, golden = "golden"')
    rows = month(4, slope=-3.0)
    cheapest = np.argsort(rows["가격"])[:20]
    rows = {name: values[cheapest] for name, values in rows.items()}
    file = write_csv(project.folder / "golden.csv", {**rows, "returned": np.full(20, label)})
    datasets.ingest(project.context, "golden", [file])
    project.work(kinds=("check",))


@pytest.mark.parametrize(
    ("label", "verdict", "changed"), [(1, GateVerdict.PASS, 0.0), (0, GateVerdict.REJECT, 20.0)]
)
def test_golden_rows_must_be_answered_as_they_were_declared(judged, label, verdict, changed):
    declare_golden(judged, label=label)
    found = review(judged, challenger(judged).number)

    assert found.decision.verdict is verdict
    assert found.decision.guards["golden_rows"] == 20.0
    assert found.decision.guards["golden_changed"] == changed


def test_latency_is_measured_where_a_limit_is_set(judged):
    judged.configure("non_inferiority = 0.01", "non_inferiority = 0.01, max_latency_ratio = 100")
    found = review(judged, challenger(judged).number)

    assert found.decision.verdict is GateVerdict.PASS
    assert found.decision.guards["p95_ms"] > 0.0
    assert found.decision.guards["p95_ms_champion"] > 0.0


def test_a_promotion_by_the_gate_is_told_as_its_own(judged):
    review(judged, challenger(judged).number)

    with judged.store.read() as tx:
        move, *_ = tx.models.moves("returns")
    assert (move.who, move.from_number, move.to_number) == ("policy", 1, 2)
    assert move.why.startswith("the gate passed it: roc_auc is ")
    assert judged.happened()[-2:] == ["gate.pass", "alias.moved"]


def test_a_worse_challenger_is_rejected_and_the_champion_stays(judged):
    better = challenger(judged)
    champions.promote(judged.context, "returns", better.number, expected=1, why="a test")
    worse = challenger(judged, train_version=1, start=None)
    found = review(judged, worse.number)

    assert found.decision.verdict is GateVerdict.REJECT
    assert judged.serving() == better.number
    assert judged.cycles()[-1].state is CycleState.REJECTED
    assert judged.happened()[-1] == "gate.reject"


def test_who_was_trained_on_the_hold_out_is_rejected(judged):
    leaky = challenger(judged, train_version=3)
    found = review(judged, leaky.number)

    assert found.decision.verdict is GateVerdict.REJECT
    assert found.decision.guards["leaked_rows"] == 1500.0
    assert "1 500" in found.decision.reasons[0]
    assert judged.serving() == 1


def test_a_champion_that_was_trained_on_the_hold_out_counts_as_well(judged):
    leaky = challenger(judged, train_version=3)
    champions.promote(judged.context, "returns", leaky.number, expected=1, why="a test")
    found = review(judged, challenger(judged, params={"n_estimators": 11}).number)

    assert found.decision.guards["leaked_rows"] == 1500.0
    assert found.decision.verdict is GateVerdict.REJECT


def test_a_challenger_of_a_model_without_champion_passes(project):
    project.accept(month(1), month(2))
    project.accept(month(3))
    version = project.register(project.train(version=2, train_version=1))
    found = review(project, version.number, holdout=2, cycle=open_cycle(project, 2))

    assert (found.decision.verdict, found.champion) == (GateVerdict.PASS, None)
    assert project.serving() == 1


@pytest.fixture
def held(trained):
    """What the gate said of a challenger that is much like the champion, on few rows."""
    trained.configure("non_inferiority = 0.01", "non_inferiority = 0.00001")
    trained.accept(month(4))
    trained.accept(month(5, rows=60))
    version = challenger(trained)
    return trained, review(trained, version.number)


def test_where_the_rows_cannot_say_a_person_is_asked(held):
    project, found = held

    (alert,) = project.alerts()
    assert found.decision.verdict is GateVerdict.HOLD
    assert (alert.key, alert.severity) == ("gate returns", Severity.WARNING)
    assert alert.title == "returns@v2 waits for a decision"
    assert "`workbench model promote returns@v2`" in alert.text
    assert (project.serving(), project.cycles()[0].state) == (1, CycleState.HELD)


def test_who_promotes_what_was_held_settles_the_alert(held):
    project, _ = held
    champions.promote(project.context, "returns", 2, expected=1, why="I know better")

    assert (project.alerts(), project.serving()) == ([], 2)


def move_while_it_judges(project, *, to):
    """As soon as the gate says that it judges rows, the champion is another one."""
    with closing(sqlite3.connect(project.store.layout.catalog)) as catalog:
        catalog.execute(
            "CREATE TRIGGER meanwhile AFTER UPDATE OF message ON jobs "
            "WHEN NEW.message LIKE 'judging%' "
            f"BEGIN UPDATE aliases SET model_version_id = {to.id:d}; END"
        )
        catalog.commit()


def test_when_the_champion_moved_meanwhile_the_challenger_is_judged_again(judged):
    better, other = challenger(judged), challenger(judged, params={"n_estimators": 2})
    move_while_it_judges(judged, to=other)
    found = review(judged, better.number)

    assert (found.champion, len(judged.reviews())) == (other.number, 1)
    assert found.decision.champion_value > 0.8
    assert judged.serving() == better.number


def test_each_look_at_a_hold_out_is_counted_and_widens_the_interval(judged):
    version = challenger(judged)
    first = review(judged, version.number)
    champions.roll_back(judged.context, "returns", expected=2, why="a test")
    second = review(judged, version.number)

    assert (first.looks, second.looks) == (1, 2)
    assert second.decision.low < first.decision.low
    assert second.decision.gain == first.decision.gain


def test_each_region_is_looked_at_by_itself(judged):
    found = review(judged, challenger(judged).number)

    assert {(one.column, one.value) for one in found.decision.slices} == {
        ("지역", value) for value in ("서울", "부산", "대구", "제주")
    }


def with_labels(number, labels):
    """A month whose first labels are these."""
    rows = month(number, slope=-3.0)
    returned = rows["returned"].astype(object)
    returned[: len(labels)] = labels
    return {**rows, "returned": returned}


@pytest.mark.parametrize("label", [2, None], ids=["never seen in training", "missing"])
def test_a_label_that_nobody_can_be_judged_by_is_left_out(trained, label):
    trained.accept(month(4, slope=-3.0))
    trained.accept(with_labels(5, [label] * 100))
    found = review(trained, challenger(trained).number)

    assert (found.decision.rows, found.decision.verdict) == (1400, GateVerdict.PASS)


def test_a_hold_out_without_any_label_is_no_verdict(trained):
    trained.accept(month(4, slope=-3.0))
    trained.accept(with_labels(5, [None] * 1500))
    run = trained.train(version=2, train_version=2)
    version = trained.register(run)
    found = review(trained, version.number)

    assert (found.decision.verdict, found.decision.rows) == (GateVerdict.HOLD, 0)
    assert trained.serving() == 1


@pytest.mark.slow
def test_a_challenger_that_takes_other_columns_than_the_champion_is_rejected_in_words(project):
    """A column without a value in the challenger's rows is none of its inputs."""
    for number in (1, 2):
        project.accept({**month(number), "할인": np.round(np.linspace(0, 1, 1500), 3)})
    assert "할인" in project.champion().signature.names
    project.accept({**month(4, slope=-3.0), "할인": np.full(1500, None)})
    project.accept({**month(5, slope=-3.0), "할인": np.full(1500, None)})
    run = project.train(version=4, train_version=3, train_start="2024-04-01T00:00:00+00:00")
    version = project.register(run)
    cycle = open_cycle(project, 4)

    assert "할인" not in version.signature.names
    found = review(project, version.number, holdout=4, cycle=cycle)
    assert (found.decision.verdict, project.serving()) == (GateVerdict.REJECT, 1)
    assert found.decision.reasons[0] == (
        "returns@v2: it takes no column 할인, which returns@v1 takes."
    )
    assert found.decision.gain > 0.5


@pytest.mark.slow
def test_without_a_key_rows_are_told_apart_by_all_their_columns(project):
    project.configure('key = ["id"]', "")
    project.configure('task = "binary"', 'task = "binary"\nexclude = ["id"]')
    project.accept(month(1), month(2))
    project.champion()
    project.accept(month(4, slope=-3.0))
    project.accept(month(5, slope=-3.0))

    assert review(project, challenger(project).number).decision.guards["leaked_rows"] == 0.0
    leaky = challenger(project, train_version=3)
    assert review(project, leaky.number).decision.guards["leaked_rows"] == 1500.0


def test_a_closed_cycle_keeps_its_first_outcome(judged):
    cycle = open_cycle(judged)
    with judged.store.write() as tx:
        tx.reviews.close_cycle(cycle, state=CycleState.FAILED, outcome="its job was cancelled")
    review(judged, challenger(judged).number, cycle=cycle)

    assert judged.cycles()[0].state is CycleState.FAILED


def test_a_gate_that_lost_its_lease_changes_nothing(judged):
    version = challenger(judged)
    cycle = open_cycle(judged)
    judged.enqueue("gate", model="returns", number=version.number, cycle=cycle, holdout=3)
    with judged.store.write() as tx:
        slow = tx.jobs.claim("slow", lease_s=1, kinds=["gate"])
        tx.jobs.expire(except_of="another")
    judged.attempt(slow)

    assert (judged.serving(), judged.reviews()) == (1, [])
    assert judged.cycles()[0].state is CycleState.OPEN


@pytest.mark.slow
def test_a_regression_passes_the_gate_by_its_error(project):
    project.configure('task = "binary"', 'task = "regression"')
    project.configure('target = "returned"', 'target = "가격"')
    project.configure('metric = "roc_auc"', 'metric = "rmse"')
    project.configure("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")
    project.accept(month(1), month(2))
    project.champion(params={"n_estimators": 1, "learning_rate": 0.01})
    project.accept(month(3, price_shift=3.0))
    project.accept(month(4, price_shift=3.0))
    run = project.train(version=3, train_version=2, train_start="2024-03-01T00:00:00+00:00")
    found = review(project, project.register(run).number)

    assert (found.decision.verdict, found.decision.metric) == (GateVerdict.PASS, "rmse")
    assert found.decision.gain > 0
