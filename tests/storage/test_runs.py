from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import NotFound
from storage.records import Artifact, CurvePoint, Metric, MetricPoint, Run, RunState
from storage.store import Store, Transaction
from tests.storage.examples import NOW, Clock, accepted_version, new_run


def point(value: float, *, step: int = 1, key: str = "auc") -> MetricPoint:
    return MetricPoint(key=key, value=value, step=step, at=NOW)


def started(store: Store, **fields: object) -> Run:
    with store.write() as tx:
        return tx.runs.start(new_run(**fields))


def run_of(store: Store, run: Run) -> Run:
    with store.read() as tx:
        return tx.runs.get(run.id)


def test_a_new_run_is_running_with_what_was_asked(store: Store, clock: Clock):
    with store.write() as tx:
        accepted_version(tx, "a")
        run = tx.runs.start(
            new_run(
                dataset="flights",
                version=1,
                params={"depth": None, "rate": 0.1, "열": "거리", "deep": True},
                environment={"python": "3.11"},
                job_id=5,
            )
        )

    assert (run.state, run.experiment, run.dataset, run.version) == (
        RunState.RUNNING,
        "late",
        "flights",
        1,
    )
    assert run.params == {"depth": None, "rate": 0.1, "열": "거리", "deep": True}
    assert (run.started_at, run.heartbeat_at, run.ended_at) == (clock.now, clock.now, None)
    assert (len(run.uid), run.label, run.metrics) == (32, "r1", {})


def test_params_that_are_not_finite_survive(store: Store):
    run = started(store, params={"missing": math.nan, "limit": math.inf, "low": -math.inf})

    assert math.isnan(run.params["missing"])
    assert (run.params["limit"], run.params["low"]) == (math.inf, -math.inf)


def test_a_run_of_an_unknown_version_is_refused(store: Store):
    with store.write() as tx:
        accepted_version(tx, "a")

        with pytest.raises(NotFound, match=r"flights@v7'.*\n.*flights@v1"):
            tx.runs.start(new_run(dataset="flights", version=7))


def test_runs_of_one_experiment_share_it(store: Store):
    started(store, experiment="late")
    started(store, experiment="early")
    started(store, experiment="late")
    with store.read() as tx:
        late = tx.runs.newest(experiment="late")

        assert [run.id for run in late] == [3, 1]
        assert (tx.runs.count(), tx.runs.count(experiment="late")) == (3, 2)
        assert (tx.runs.newest(experiment="none"), tx.runs.count(experiment="none")) == ((), 0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 5e-324, 0.1, 1e308])
def test_every_metric_value_survives(store: Store, value: float):
    run = started(store)
    with store.write() as tx:
        tx.runs.log(run.id, [point(value)])
        latest = tx.runs.get(run.id).metrics["auc"].value
        (kept,) = tx.runs.curve(run.id, "auc", points=10)

    assert repr(latest) == repr(kept.value) == repr(value)


def test_the_latest_value_stands_beside_the_history(store: Store):
    run = started(store)
    with store.write() as tx:
        tx.runs.log(run.id, [point(0.5, step=1), point(0.6, step=2), point(9, key="loss")])
        tx.runs.log(run.id, [point(0.7, step=3)])
        history = tx.runs.curve(run.id, "auc", points=10)
        metrics = tx.runs.get(run.id).metrics

    assert [(one.step, one.value) for one in history] == [(1, 0.5), (2, 0.6), (3, 0.7)]
    assert metrics == {
        "auc": Metric(key="auc", value=0.7, step=3),
        "loss": Metric(key="loss", value=9.0, step=1),
    }


def test_several_values_at_one_step_are_all_kept_in_their_order(store: Store):
    run = started(store)
    with store.write() as tx:
        tx.runs.log(run.id, [point(3.0), point(1.0), point(2.0)])
        history = tx.runs.curve(run.id, "auc", points=10)

    assert [one.value for one in history] == [3.0, 1.0, 2.0]


def test_a_metric_is_kept_with_its_interval(store: Store):
    run = started(store)
    metric = Metric(key="auc", value=0.7, step=0, low=0.6, high=0.8)
    with store.write() as tx:
        tx.runs.set_metrics(run.id, [metric])
        tx.runs.set_metrics(run.id, [])

    assert run_of(store, run).metrics == {"auc": metric}


def test_logging_tells_that_the_run_is_alive(store: Store, clock: Clock):
    run = started(store)
    clock.advance(60)
    with store.write() as tx:
        tx.runs.log(run.id, [point(1.0)])

    assert run_of(store, run).heartbeat_at == NOW + timedelta(seconds=60)


def test_logging_nothing_changes_nothing(store: Store, clock: Clock):
    run = started(store)
    clock.advance(60)
    with store.write() as tx:
        tx.runs.log(run.id, [])

    assert run_of(store, run) == run


VALUES = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 1e308, -1e308])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    logged=st.lists(st.tuples(st.integers(-50, 50), VALUES), max_size=120),
    points=st.integers(1, 60),
)
def test_a_thinned_curve_says_what_lies_in_each_stretch(
    store: Store, logged: list[tuple[int, float]], points: int
):
    with store.write() as tx:
        run = tx.runs.start(new_run())
        tx.runs.log(run.id, [point(value, step=step) for step, value in logged])
        curve = tx.runs.curve(run.id, "auc", points=points)

    assert len(curve) <= points
    assert sum(one.count for one in curve) == len(logged)
    before = -math.inf
    for one in curve:
        held = [value for step, value in logged if before < step <= one.step]
        if len(logged) > points:  # values of one step stand side by side otherwise
            known = [value for value in held if not math.isnan(value)]
            assert len(held) == one.count
            assert (one.low, one.high) == (min(known), max(known)) if known else one.low != one.low
            assert not one.low > one.value
            assert not one.value > one.high
            before = one.step


def test_the_last_point_of_a_thinned_curve_stands_at_the_last_step(store: Store):
    run = started(store)
    with store.write() as tx:
        tx.runs.log(run.id, [point(float(step), step=step) for step in range(1_000)])
        curve = tx.runs.curve(run.id, "auc", points=7)

    assert curve[-1].step == 999
    assert curve[-1].high == 999.0
    assert curve[0] == CurvePoint(step=142, value=71.0, low=0.0, high=142.0, count=143)


def test_a_history_that_fits_is_whole(store: Store):
    run = started(store)
    with store.write() as tx:
        tx.runs.log(run.id, [point(float(step), step=step) for step in range(100)])
        history = tx.runs.curve(run.id, "auc", points=100)

    assert [one.step for one in history] == list(range(100))
    assert all(one.low == one.value == one.high and one.count == 1 for one in history)


def test_artifacts_are_listed_by_path_and_replaced_by_path(store: Store):
    run = started(store)
    old = Artifact(path="model.onnx", blob="a", size_bytes=1)
    new = Artifact(path="model.onnx", blob="b", size_bytes=2)
    plot = Artifact(path="curve.svg", blob="c", size_bytes=3)
    with store.write() as tx:
        tx.runs.keep_artifacts(run.id, [old, plot])
        tx.runs.keep_artifacts(run.id, [new])
        tx.runs.keep_artifacts(run.id, [])

        assert tx.runs.artifacts(run.id) == (plot, new)


def test_a_run_ends_once(store: Store, clock: Clock):
    run = started(store)
    clock.advance(60)
    with store.write() as tx:
        tx.runs.end(run.id, state=RunState.FINISHED, params={"n": 5})
        clock.advance(60)
        tx.runs.end(run.id, state=RunState.FAILED, error="late")
    ended = run_of(store, run)

    assert (ended.state, ended.error, ended.params) == (RunState.FINISHED, None, {"n": 5})
    assert ended.ended_at == NOW + timedelta(seconds=60)


def test_a_run_that_ends_without_params_keeps_its_own(store: Store):
    run = started(store, params={"n": 5})
    with store.write() as tx:
        tx.runs.end(run.id, state=RunState.FAILED, error="no rows")
    ended = run_of(store, run)

    assert (ended.params, ended.error) == ({"n": 5}, "no rows")


def test_the_end_of_a_job_ends_the_runs_it_left_running_and_no_others(store: Store):
    left, finished = started(store, job_id=1), started(store, job_id=1)
    other, nobodys = started(store, job_id=2), started(store)
    with store.write() as tx:
        tx.runs.end(finished.id, state=RunState.FINISHED)
        tx.runs.close_of_job(1, state=RunState.KILLED, error="cancelled")
    states = [run_of(store, run).state.value for run in (left, finished, other, nobodys)]

    assert states == ["killed", "finished", "running", "running"]
    assert run_of(store, left).error == "cancelled"


def test_an_unknown_run_is_named_with_the_newest_ones(store: Store):
    started(store)
    with store.read() as tx, pytest.raises(NotFound, match=r"r9'.\n.*r1"):
        tx.runs.get(9)


def test_a_list_of_runs_takes_as_many_queries_for_fifty_as_for_one(
    store: Store, recorded: Callable[[], Any]
):
    def fill(tx: Transaction) -> None:
        for _ in range(50):
            run = tx.runs.start(new_run())
            tx.runs.log(run.id, [point(0.5), point(0.6, key="loss")])

    with store.write() as tx:
        fill(tx)
    counts = []
    for limit in (1, 50):
        with recorded() as sent, store.read() as tx:
            runs = tx.runs.newest(limit=limit)
        counts.append((len(runs), len(sent)))

    assert [length for length, _ in counts] == [1, 50]
    assert counts[0][1] == counts[1][1]


def test_a_page_of_runs_has_the_latest_metrics_of_each(store: Store):
    for value in (0.1, 0.2, 0.3):
        run = started(store)
        with store.write() as tx:
            tx.runs.log(run.id, [point(value)])
    with store.read() as tx:
        page = tx.runs.newest(limit=2, offset=1)

    assert [run.metrics["auc"].value for run in page] == [0.2, 0.1]
