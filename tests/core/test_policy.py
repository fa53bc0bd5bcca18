"""What follows what, and when a model is retrained."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import CycleState
from workbench.config import RetrainConfig
from workbench.core import policy
from workbench.core.policy import PastCycle, Window

DAY = timedelta(days=1)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
RULES = RetrainConfig(on=("drift", "performance"), min_rows=100)

ratios = st.lists(st.floats(0, 3), min_size=1, max_size=12)


def window(day: int, ratio: float = 0.0, *, rows: int = 1000, drop: float | None = None) -> Window:
    return Window(
        time=BEGIN + day * DAY,
        rows=rows,
        drifted=("가격",) if ratio >= 1 else (),
        drift_ratio=ratio,
        metric="roc_auc",
        value=None if drop is None else 0.8 - drop,
        drop=drop,
    )


def windows(*of: float) -> list[Window]:
    return [window(day, ratio) for day, ratio in enumerate(of)]


def cycle(day: int, state: CycleState = CycleState.PROMOTED) -> PastCycle:
    return PastCycle(time=BEGIN + day * DAY, state=state)


def fires(seen, cycles=(), rules=RULES, *, training_rows=0) -> bool:
    return policy.decide(seen, cycles, rules, training_rows=training_rows).fires


def reason(seen, cycles=(), rules=RULES, *, training_rows=0) -> str:
    return policy.decide(seen, cycles, rules, training_rows=training_rows).reason


FIRED = policy.Fired(
    cycle=4,
    model="returns",
    experiment="e",
    recipe="boosted",
    dataset="sales",
    version=3,
    train_version=2,
    train_start=BEGIN,
    train_end=BEGIN + DAY,
)


@pytest.mark.parametrize(
    ("outcome", "kind", "dedup_key", "arguments"),
    [
        (
            policy.Ingested(dataset="sales", version=3),
            "check",
            "check sales@v3",
            {"dataset": "sales", "version": 3},
        ),
        (
            policy.Accepted(dataset="sales", version=3, models=("returns",)),
            "drift",
            "drift sales@v3 returns",
            {"dataset": "sales", "version": 3, "model": "returns"},
        ),
        (
            FIRED,
            "train",
            "train cycle 4",
            {
                "experiment": "e",
                "recipe": "boosted",
                "version": 3,
                "train_version": 2,
                "train_start": "2024-01-01T00:00:00+00:00",
                "train_end": "2024-01-02T00:00:00+00:00",
                "model": "returns",
                "cycle": 4,
            },
        ),
        (
            policy.Trained(cycle=4, model="returns", run=9, holdout=3),
            "register",
            "register r9",
            {"run": 9, "model": "returns", "cycle": 4, "holdout": 3},
        ),
        (
            policy.Registered(cycle=4, model="returns", number=2, holdout=3),
            "gate",
            "gate returns@v2",
            {"model": "returns", "number": 2, "cycle": 4, "holdout": 3},
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str | dict) else "",
)
def test_what_follows(outcome, kind, dedup_key, arguments):
    (job,) = policy.after(outcome, cause=17)

    assert (job.kind, job.dedup_key, job.cause) == (kind, dedup_key, 17)
    assert job.arguments == arguments
    assert job.subject


def test_each_model_that_feeds_on_a_version_is_watched_by_a_job_of_its_own():
    outcome = policy.Accepted(dataset="sales", version=3, models=("a", "b"))

    assert [job.dedup_key for job in policy.after(outcome)] == [
        "drift sales@v3 a",
        "drift sales@v3 b",
    ]
    assert policy.after(replace(outcome, models=())) == ()


def test_checks_go_before_drift_and_drift_before_training():
    outcomes = (
        policy.Ingested(dataset="sales", version=3),
        policy.Accepted(dataset="sales", version=3, models=("returns",)),
        FIRED,
    )
    priorities = [policy.after(outcome)[0].priority for outcome in outcomes]

    assert priorities == sorted(set(priorities), reverse=True)


def test_a_challenger_may_train_on_everything_before():
    (job,) = policy.after(replace(FIRED, train_start=None, train_end=None))

    assert (job.arguments["train_start"], job.arguments["train_end"]) == (None, None)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ((1.2,), False),
        ((1.2, 1.2), True),
        ((1.2, 0.0, 1.2), True),
        ((1.2, 0.0, 0.0, 1.2), False),
        ((1.2, 1.2, 0.0), False),
        ((1.0, 1.0), True),
        ((0.99, 0.99, 0.99), False),
    ],
    ids=[
        "once", "twice", "twice of three", "too far apart", "the newest is calm", "at the limit",
        "just below it",
    ],
)  # fmt: skip
def test_it_fires_when_over_in_two_of_the_last_three_windows_and_now(seen, expected):
    assert fires(windows(*seen)) is expected


def test_between_seven_tenths_and_the_limit_a_statistic_stays_what_it_was():
    assert policy.over([0.8, 1.1, 0.8, 0.7, 0.69, 0.8]) == [False, True, True, True, False, False]


def test_a_window_that_only_stays_over_does_not_fire_by_itself():
    assert not fires(windows(1.2, 0.9))
    assert fires(windows(1.2, 0.9, 1.1))


@given(ratios)
def test_a_statistic_over_its_limit_is_over_and_one_below_seven_tenths_is_not(values):
    for value, is_over in zip(values, policy.over(values), strict=True):
        assert is_over or value < 1.0
        assert not is_over or value >= policy.REARM


@given(ratios, ratios)
def test_what_is_over_depends_on_the_past_alone(past, future):
    assert policy.over([*past, *future])[: len(past)] == policy.over(past)


@given(ratios, st.floats(0, 0.5))
def test_more_drift_never_calms(values, more):
    raised = [value + more for value in values]

    assert all(a <= b for a, b in zip(policy.over(values), policy.over(raised), strict=True))
    assert fires(windows(*values)) <= fires(windows(*raised))


@given(st.lists(st.floats(0, 0.999), min_size=1, max_size=8))
def test_what_never_reached_its_limit_never_fires(values):
    assert not fires(windows(*values), rules=replace(RULES, windows=(1, 1)))


def test_nothing_fires_where_nothing_is_asked_for():
    assert reason(windows(2, 2), rules=RetrainConfig()) == "no retraining is asked for"


@pytest.mark.parametrize(
    ("on", "expected"),
    [((), False), (("drift",), True), (("performance",), False), (("drift", "performance"), True)],
    ids=str,
)
def test_only_what_is_named_fires(on, expected):
    assert fires(windows(2, 2), rules=replace(RULES, on=on)) is expected


@pytest.mark.parametrize(
    ("drops", "expected"),
    [
        ((0.02, 0.02), True),
        ((0.019, 0.03), False),
        ((0.03, None, 0.03), True),
        ((0.03, 0.03, None), False),
        ((-0.5, -0.5), False),
    ],
    ids=["two falls", "one fall", "no labels between", "no labels now", "better than before"],
)
def test_realised_performance_fires_when_it_fell_far_enough(drops, expected):
    seen = [window(day, drop=drop) for day, drop in enumerate(drops)]

    assert fires(seen, rules=replace(RULES, on=("performance",), max_drop=0.02)) is expected


def test_without_a_tolerated_drop_any_fall_fires():
    rules = replace(RULES, on=("performance",), max_drop=0.0, windows=(1, 1))

    assert fires([window(0, drop=1e-9)], rules=rules)
    assert not fires([window(0, drop=0.0)], rules=rules)


def test_an_open_cycle_keeps_everything_else_waiting():
    assert reason(windows(2, 2), [cycle(0, CycleState.OPEN)]) == (
        "a retraining cycle is open already"
    )


@pytest.mark.parametrize(
    ("past", "hours"),
    [
        ([], 24),
        (["promoted"], 24),
        (["rejected"], 48),
        (["rejected", "rejected"], 96),
        (["rejected", "rejected", "rejected"], 168),
        (["rejected"] * 40, 168),
        (["rejected", "promoted", "rejected"], 48),
        (["rejected", "failed"], 24),
        (["rejected", "held"], 24),
    ],
    ids=[
        "none before", "after a promotion", "one", "two", "three", "forty", "with a promotion between",
        "before a failure", "before a hold",
    ],
)  # fmt: skip
def test_the_cool_down_doubles_with_each_rejection_in_a_row_up_to_a_week(past, hours):
    cycles = [cycle(day, CycleState(state)) for day, state in enumerate(past)]

    assert policy.cooldown(cycles, RULES) == timedelta(hours=hours)


def test_a_cool_down_longer_than_the_maximum_is_not_cut():
    rules = replace(RULES, cooldown=30 * DAY)

    assert policy.cooldown([cycle(0, CycleState.REJECTED)], rules) == 30 * DAY


@pytest.mark.parametrize(("day", "expected"), [(1, False), (2, False), (3, True)])
def test_nothing_fires_before_the_cool_down_is_over(day, expected):
    seen = [window(0, 2), window(day, 2)]

    assert fires(seen, [cycle(1, CycleState.REJECTED)]) is expected


def test_a_waiting_policy_says_until_when():
    seen = [window(0, 2), window(1, 2)]

    assert reason(seen, [cycle(1)]) == (
        "drift of 가격 in 2 of 3 windows, but the cool-down of 24 h ends 2024-01-03 00:00"
    )
    assert "cool-down of 4 days" in reason(seen, [cycle(0, CycleState.REJECTED)] * 2)


@pytest.mark.parametrize(
    ("rows", "training_rows", "expected"),
    [(50, 0, True), (49, 0, False), (50, 1000, True), (50, 1010, False), (100, 2000, True)],
)
def test_enough_new_rows_must_have_come(rows, training_rows, expected):
    seen = [window(0, 2, rows=rows), window(1, 2, rows=rows)]

    assert fires(seen, training_rows=training_rows) is expected


def test_rows_from_before_the_last_cycle_are_not_new():
    seen = [window(0, 2, rows=10_000), window(9, 2, rows=60)]

    assert reason(seen, [cycle(0)]) == (
        "drift of 가격 in 2 of 3 windows, but only 60 of 100 new labelled rows have come"
    )


def test_a_calm_window_says_what_was_looked_at():
    assert reason([window(0, drop=0.004)]) == (
        "roc_auc fell by 0.004 (limit 0.02), no drift: no action"
    )
    assert reason([window(0, 1.5, drop=-0.01)]) == (
        "roc_auc rose by 0.010 (limit 0.02), drift of 가격: no action"
    )
    assert reason([window(0)]) == "no drift: no action"


def test_an_error_that_became_worse_rose():
    rules = replace(RULES, windows=(1, 1))
    worse = replace(window(0, drop=0.05), metric="rmse", value=0.85)
    better = replace(worse, drop=-0.05, value=0.75)

    assert reason([worse], rules=rules) == "rmse rose by 0.050 to 0.850 (limit 0.02)"
    assert reason([better]) == "rmse fell by 0.050 (limit 0.02), no drift: no action"


def test_what_fired_is_said_with_its_numbers():
    rules = replace(RULES, windows=(1, 1))

    assert reason([window(0, 1.5, drop=0.05)], rules=rules) == (
        "roc_auc fell by 0.050 to 0.750 (limit 0.02) and drift of 가격"
    )


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ((), "drift of no column"),
        (("a", "b"), "drift of a and b"),
        (("a", "b", "c", "d", "e"), "drift of a, b, c, d and 1 more"),
    ],
    ids=["none is significant", "two", "many"],
)
def test_drift_that_fires_names_its_columns(names, expected):
    rules = replace(RULES, windows=(1, 1))

    assert reason([replace(window(0, 1.5), drifted=names)], rules=rules) == expected


@given(ratios, st.integers(1, 5), st.integers(0, 4))
def test_asking_for_more_windows_never_fires_sooner(values, needed, more):
    seen = windows(*values)
    strict = replace(RULES, windows=(needed + more, 9))

    assert fires(seen, rules=strict) <= fires(seen, rules=replace(RULES, windows=(needed, 9)))


@given(ratios, st.integers(0, 12), st.sampled_from(list(CycleState)))
def test_a_cycle_never_makes_it_fire_sooner(values, day, state):
    seen = windows(*values)

    assert fires(seen, [cycle(day, state)]) <= fires(seen)
