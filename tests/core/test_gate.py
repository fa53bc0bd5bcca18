"""The verdict on a challenger."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.records import GateDecision, GateVerdict
from workbench.config import GateConfig
from workbench.core import gains, gate, guards, units

PASS, REJECT, HOLD = GateVerdict.PASS, GateVerdict.REJECT, GateVerdict.HOLD
RULES = GateConfig(non_inferiority=0.01, resamples=300)
RNG = np.random.default_rng(9)
ROWS = 4_000
TRUTH = RNG.integers(0, 2, size=ROWS)
NOISE = RNG.normal(size=(2, ROWS))
CALM = 1 / (1 + np.exp(-(TRUTH * 1.2 - 0.6 + NOISE[0])))
ALIKE = CALM + 0.01 * NOISE[1]
SHARP = 1 / (1 + np.exp(-(TRUTH * 1.8 - 0.9 + NOISE[0])))
ORIGIN = np.array(["EWR", "JFK", "LGA", "rare"])[np.minimum(3, np.arange(ROWS) // 1_320)]


def _decide(**changes: object) -> GateDecision:
    arguments = {
        "truth": TRUTH,
        "champion": CALM,
        "challenger": CALM,
        "task": "binary",
        "metric": "roc_auc",
        "rules": RULES,
        "slices": {},
        "parity_passed": True,
        "leaked_rows": 0,
        "looks": 1,
        "seed": 3,
    }
    return gate.decide(**{**arguments, **changes})


@given(st.integers(0, 10_000), st.integers(100, 200), st.floats(0, 0.05))
@settings(max_examples=30)
def test_identical_scores_gain_nothing_and_are_never_rejected(seed, rows, margin):
    rng = np.random.default_rng(seed)
    scores = rng.random(rows)

    decision = _decide(
        truth=rng.integers(0, 2, size=rows),
        champion=scores,
        challenger=scores.copy(),
        rules=GateConfig(non_inferiority=margin, resamples=20),
        slices={"half": np.repeat(["a", "b"], [rows // 2, rows - rows // 2])},
        seed=seed,
    )

    assert decision.gain == 0.0
    assert decision.verdict is not REJECT


@pytest.mark.parametrize(
    ("champion", "challenger", "verdict"),
    [(CALM, SHARP, PASS), (SHARP, CALM, REJECT), (CALM, np.roll(CALM, 1), REJECT)],
    ids=["better", "worse", "blind"],
)
@pytest.mark.parametrize("metric", ["roc_auc", "pr_auc", "log_loss", "brier", "accuracy", "f1"])
def test_a_challenger_is_judged_by_any_metric(metric, champion, challenger, verdict):
    decision = _decide(champion=champion, challenger=challenger, metric=metric)

    assert decision.verdict is verdict


def test_a_decision_carries_its_figures():
    decision = _decide(challenger=SHARP)

    assert decision.low < decision.gain < decision.high
    assert decision.gain == pytest.approx(decision.challenger_value - decision.champion_value)
    assert (decision.metric, decision.rows, decision.test) == ("roc_auc", ROWS, gains.DELONG)
    assert decision.p_value < 1e-6


def test_the_same_seed_gives_the_same_decision():
    first, again = (_decide(challenger=SHARP, slices={"origin": ORIGIN}) for _ in range(2))

    assert first == again


def test_another_slice_changes_no_interval():
    first = _decide(challenger=SHARP, slices={"origin": ORIGIN})
    more = _decide(challenger=SHARP, slices={"half": ORIGIN < "J", "origin": ORIGIN})

    assert (first.low, first.high) == (more.low, more.high)
    assert [(one.low, one.high) for one in first.slices] == [
        (one.low, one.high) for one in more.slices if one.column == "origin"
    ]


def test_slices_below_a_hundred_rows_are_left_out():
    decision = _decide(challenger=SHARP, slices={"origin": ORIGIN})

    assert [(one.value, one.rows) for one in decision.slices] == [
        ("EWR", 1_320),
        ("JFK", 1_320),
        ("LGA", 1_320),
    ]


def test_one_slice_that_is_worse_rejects_a_challenger_that_is_better_in_all():
    worse_in_one = np.where(
        ORIGIN == "LGA", np.roll(CALM, 1), np.clip(SHARP * 0.3 + TRUTH * 0.7, 0, 1)
    )

    decision = _decide(challenger=worse_in_one, slices={"origin": ORIGIN})

    assert decision.gain > 0.0
    assert decision.verdict is REJECT
    assert decision.reasons[0].startswith("It is worse where origin is LGA: gain -0.")


def test_a_slice_of_one_class_is_left_out():
    decision = _decide(slices={"truth": TRUTH.astype(np.str_)})

    assert decision.slices == ()


def test_slices_may_hold_missing_values():
    origin = ORIGIN.astype(object)
    origin[:500] = None

    decision = _decide(slices={"origin": origin})

    assert [one.value for one in decision.slices] == ["EWR", "JFK", "LGA", "None"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"parity_passed": False},
            "Parity failed: the ONNX graph does not answer as the trained model does.",
        ),
        (
            {"leaked_rows": 1_200},
            "The hold-out leaks: 1 200 of its 4 000 rows were trained on, so its figures flatter.",
        ),
        (
            {"rules": replace(RULES, max_ece=0.01)},
            "The calibration error (ECE) 0.0833 is above the allowed 0.01; chance explains 0.0163 of it.",
        ),
        (
            {"rules": replace(RULES, max_churn=0.05)},
            "It changes the label of 9.62 % of the rows, allowed is 5.00 %.",
        ),
        (
            {"golden": guards.Golden(rows=40, changed=2)},
            "It answers 2 of 40 golden rows otherwise than declared.",
        ),
        (
            {
                "latency": guards.Latency(champion_ms=1.0, challenger_ms=2.0, ratio_low=1.6),
                "rules": replace(RULES, max_latency_ratio=1.2),
            },
            (
                "It is slower: 95 % of its answers come within 2.00 ms, the champion's within 1.00 ms; "
                "at least 1.60 times as long, allowed is 1.2."
            ),
        ),
        (
            {"challenger": np.where(np.arange(ROWS) < 12, np.nan, SHARP)},
            "It gives 12 of 4 000 rows no finite score.",
        ),
    ],
    ids=["parity", "leak", "calibration", "churn", "golden rows", "latency", "unscored"],
)
def test_a_failed_guard_rejects_a_better_challenger(changes, reason):
    decision = _decide(**{"challenger": SHARP, **changes})

    assert decision.verdict is REJECT
    assert decision.reasons[0] == reason


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": replace(RULES, max_ece=0.07)},
        {"rules": replace(RULES, max_churn=0.5)},
        {"golden": guards.Golden(rows=40, changed=0)},
        {"latency": guards.Latency(champion_ms=1.0, challenger_ms=9.0, ratio_low=8.0)},
        {
            "latency": guards.Latency(champion_ms=1.0, challenger_ms=1.3, ratio_low=1.1),
            "rules": replace(RULES, max_latency_ratio=1.2),
        },
    ],
    ids=[
        "calibration but for chance",
        "churn",
        "golden rows",
        "no limit of latency",
        "latency, perhaps",
    ],
)
def test_a_kept_guard_lets_a_better_challenger_pass(changes):
    assert _decide(challenger=SHARP, **changes).verdict is PASS


def test_a_better_challenger_passes_in_two_sentences():
    figures, why = _decide(
        truth=np.tile([0, 1], 100),
        champion=np.tile([0.3, 0.6, 0.7, 0.6], 50),
        challenger=np.tile([0.2, 0.9], 100),
    ).reasons

    assert figures.startswith(
        "roc_auc is 1.000 against the champion's 0.5000 on 200 rows: gain +0.500, 95 % interval +0.4"
    )
    assert figures.endswith("(DeLong, p <.001).")
    assert why == (
        "The gain is at least 0 and its lower bound is above -0.01, the loss that is allowed."
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"champion": SHARP}, "It is clearly worse: even the upper bound -"),
        (
            {"challenger": ALIKE, "rules": replace(RULES, min_gain=0.1)},
            "It gains too little: even the upper bound +0.000901 is below the 0.1 that is asked for.",
        ),
        (
            {"challenger": ALIKE, "rules": replace(RULES, non_inferiority=0.0)},
            "The lower bound -0.000370 does not exclude a loss beyond 0: the interval is too wide",
        ),
        (
            {
                "champion": np.roll(CALM, 1),
                "challenger": np.roll(CALM, 2),
                "rules": replace(RULES, non_inferiority=0.1),
            },
            "It is as good as the champion and no better: the interval lies within 0.1",
        ),
        (
            {"truth": TRUTH[:99], "champion": CALM[:99], "challenger": SHARP[:99]},
            "At least 100 rows are needed before the gate says anything.",
        ),
        (
            {"truth": np.ones_like(TRUTH)},
            "Nothing can be said without a number; a hold-out with rows of every class would",
        ),
        (
            {"champion": np.where(np.arange(ROWS) < 3, np.nan, CALM)},
            "The champion gives 3 of 4 000 rows no finite score, so nothing can be compared.",
        ),
        ({}, "Champion and challenger do the same on all of them: there is nothing to decide."),
        (
            {"metric": "accuracy", "challenger": np.where(np.arange(ROWS) < 9, 1 - CALM, CALM)},
            "Champion and challenger differ in 9 rows of 4 000: at least 10 are needed before",
        ),
        (
            {
                "challenger": SHARP,
                "drawn": units.by_group(np.arange(ROWS) % 7 + 1, noun="shop"),
            },
            "Rows of one shop may depend on each other, and there are 7 shops: at least 8 are needed",
        ),
        (
            {
                "challenger": np.where(np.arange(ROWS) % 8, SHARP, CALM),
                "metric": "brier",
                "drawn": units.by_group(np.arange(ROWS) % 8, noun="shop"),
            },
            "Champion and challenger differ in 7 shops of 8: at least 8 are needed before",
        ),
    ],
    ids=[
        "worse",
        "too little",
        "too wide",
        "equal",
        "few rows",
        "one class",
        "champion unscored",
        "identical",
        "hardly different",
        "few groups",
        "few groups that differ",
    ],
)
def test_the_second_sentence_says_why(changes, reason):
    decision = _decide(**{"challenger": CALM, **changes})

    assert decision.reasons[1].startswith(reason)


def test_a_smaller_is_better_metric_gains_when_it_falls():
    decision = _decide(challenger=SHARP, metric="log_loss")

    assert decision.challenger_value < decision.champion_value
    assert decision.gain > 0.0
    assert decision.reasons[0].startswith("log_loss (smaller is better) is ")


def test_looking_again_widens_the_interval_and_says_so():
    once, often = (_decide(challenger=SHARP, looks=looks) for looks in (1, 20))

    assert often.high - often.low == pytest.approx(1.958 * (once.high - once.low), rel=0.001)
    assert often.reasons[-1].startswith("This hold-out has judged 20 challengers")


def test_rows_in_units_are_told_and_drawn_as_units():
    drawn = units.by_group(np.arange(ROWS) // 80, noun="day")

    in_days, by_row = (_decide(challenger=SHARP, drawn=one) for one in (drawn, None))

    assert in_days.gain == by_row.gain
    assert (in_days.low, in_days.high) != (by_row.low, by_row.high)
    assert "on 4 000 rows in 50 days: gain" in in_days.reasons[0]
    assert in_days.test == "DeLong over days"


def test_a_slice_of_fewer_than_eight_units_is_left_out():
    drawn = units.by_group(np.arange(ROWS) // 400, noun="day")

    decision = _decide(challenger=SHARP, slices={"half": np.arange(ROWS) < 3_300}, drawn=drawn)

    assert [(one.value, one.rows) for one in decision.slices] == [("True", 3_300)]


@pytest.mark.parametrize("score", [np.nan, np.inf, -np.inf])
def test_a_regression_without_a_finite_score_is_rejected(score):
    truth = np.linspace(0, 9, 500)
    challenger = truth.copy()
    challenger[7] = score

    decision = _decide(
        task="regression", metric="rmse", truth=truth, champion=truth + 1, challenger=challenger
    )

    assert decision.verdict is REJECT
    assert decision.reasons[0] == "It gives 1 of 500 rows no finite score."
    assert np.isnan([decision.gain, decision.low]).all()


def test_a_slice_in_which_the_models_hardly_differ_is_not_called_worse():
    challenger = np.where((ORIGIN == "LGA") & (np.arange(ROWS) % 160 == 0), 1 - TRUTH, CALM)

    decision = _decide(challenger=challenger, metric="accuracy", slices={"origin": ORIGIN})

    assert min(one.gain for one in decision.slices) < 0.0
    assert {one.p_adjusted for one in decision.slices} == {1.0}


def test_a_look_less_than_this_one_is_refused():
    with pytest.raises(ValueError, match="looks is 0"):
        _decide(looks=0)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, PASS),
        ({"parity_passed": False}, REJECT),
        ({"leaked_rows": 5}, PASS),
        ({"rules": replace(RULES, max_ece=0.0)}, PASS),
        ({"golden": guards.Golden(rows=9, changed=1)}, REJECT),
        ({"challenger": np.where(np.arange(ROWS) == 7, np.nan, CALM)}, REJECT),
    ],
    ids=["first", "parity", "leak", "calibration", "golden", "unscored"],
)
def test_a_first_version_passes_unless_it_is_broken(changes, verdict):
    decision = _decide(champion=None, **changes)

    assert decision.verdict is verdict
    assert (decision.champion_value, decision.gain, decision.p_value) == (None, 0.0, None)
    assert any("no champion yet" in reason for reason in decision.reasons)


def test_guards_tell_calibration_and_churn():
    guards = _decide(challenger=SHARP).guards

    assert set(guards) == {
        "brier",
        "churn",
        "ece",
        "ece_by_chance",
        "ece_champion",
        "leaked_rows",
        "looks",
        "parity_passed",
    }
    assert 0.0 < guards["churn"] < 0.5


def test_regression_is_judged_without_calibration():
    truth = np.linspace(0, 9, 500)
    wave = np.sin(np.arange(500.0))

    decision = _decide(
        task="regression",
        metric="rmse",
        truth=truth,
        champion=truth + wave,
        challenger=truth + wave / 2,
    )

    assert decision.verdict is PASS
    assert set(decision.guards) == {"leaked_rows", "looks", "parity_passed"}


def test_several_classes_are_judged_by_log_loss():
    rng = np.random.default_rng(1)
    truth = rng.integers(0, 3, size=600)
    champion = rng.dirichlet(np.ones(3), size=600)

    decision = _decide(
        task="multiclass",
        metric="log_loss",
        truth=truth,
        champion=champion,
        challenger=0.6 * champion + 0.4 * np.eye(3)[truth],
    )

    assert decision.verdict is PASS


def test_a_hold_out_without_rows_is_held():
    empty = np.empty(0)

    decision = _decide(truth=np.empty(0, dtype=np.int64), champion=empty, challenger=empty)

    assert decision.verdict is HOLD


hashes = st.lists(st.integers(0, 30), max_size=40)


@given(hashes, hashes)
def test_leaked_rows_are_those_that_both_have(first, second):
    known = np.array(sorted(first), dtype=np.uint64)

    found = gate.leaked(known, np.array(second, dtype=np.uint64))

    assert found == sum(1 for one in second if one in set(first))
