"""The sentences say what the record holds, and nothing it does not."""

from __future__ import annotations

import math

import pytest

from storage.records import CycleState, EvaluationRole, GateVerdict
from tests.report import lives
from workbench.report import sentences, summary


def _life(*windows, **options):
    return summary.life(lives.history(*windows, **options))


def test_the_headline_tells_a_year_in_two_sentences():
    windows = [
        lives.eventful(0, 0.70, 0.65),
        lives.eventful(1, 0.68, 0.66),
        lives.window(2, cycle=lives.cycle(2, CycleState.REJECTED), serving=3),
    ]

    assert sentences.headline(_life(*windows)) == (
        "3 months, 3 challengers trained, 2 promoted, 1 rejected; late@v2 serves. "
        "ROC AUC averaged 0.690 against 0.655 had late@v1 been left alone; "
        "in 2013-05 it was 0.680 against 0.660."
    )


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ([], "late has no window yet; late@v2 serves."),
        (
            [lives.window(0)],
            (
                "1 month, no challenger trained; late@v2 serves. How well it did is not known: "
                "no window has been measured, for lack of labels."
            ),
        ),
        (
            [lives.eventful(0, 0.7, 0.65)],
            (
                "1 month, 1 challenger trained, 1 promoted; late@v2 serves. "
                "ROC AUC was 0.700 against 0.650 had late@v1 been left alone."
            ),
        ),
        (
            [lives.eventful(0, 0.7, 0.7, number=1)],
            (
                "1 month, 1 challenger trained, 1 promoted; late@v2 serves. "
                "ROC AUC was 0.700; late@v1 served throughout."
            ),
        ),
        (
            [lives.window(0, cycle=lives.cycle(0, CycleState.FAILED, challenger=None))],
            (
                "1 month, no challenger trained, 1 cycle failed; late@v2 serves. How well it did is "
                "not known: no window has been measured, for lack of labels."
            ),
        ),
        (
            [lives.window(0, champion=lives.evaluation(0, 0.7))],
            (
                "1 month, no challenger trained; late@v2 serves. "
                "No window has the performance of both the served and the first version."
            ),
        ),
    ],
    ids=["no window", "no labels", "one window", "first version only", "failed", "half measured"],
)
def test_the_headline_of_a_life_with_little_in_it(windows, expected):
    assert sentences.headline(_life(*windows)) == expected


def test_a_model_that_nobody_serves_is_said_to_be_so():
    life = _life(lives.window(0), versions=[lives.model_version(1)])

    assert "no version serves" in sentences.headline(life)


def test_windows_that_are_no_months_are_called_windows():
    life = _life(lives.window(0, timed=False), lives.window(1, timed=False))

    assert sentences.headline(life).startswith("2 windows, ")
    assert [one.name for one in life.chapters] == ["flights@v4", "flights@v5"]


def test_the_standfirst_tells_gains_and_losses_and_whether_intervals_overlap():
    life = _life(
        lives.eventful(0, 0.70, 0.60), lives.eventful(1, 0.67, 0.66), lives.eventful(2, 0.64, 0.65)
    )

    assert sentences.standfirst(life).startswith(
        "Later versions than late@v1 answered 3 windows: better than it in 2, most in 2013-04 "
        "(0.700 against 0.600; the 95 % intervals lie apart in 1 of them); worse than it in "
        "2013-06 (0.640 against 0.650, the 95 % intervals overlap)."
    )


def test_a_smaller_loss_is_the_better_one():
    window = lives.window(
        0,
        champion=lives.evaluation(0, 0.50, number=2, metric="log_loss"),
        frozen=lives.evaluation(0, 0.60, metric="log_loss", role=EvaluationRole.FROZEN),
    )

    assert "better than it in 2013-04" in sentences.standfirst(_life(window, metric="log_loss"))


def test_a_metric_nobody_knows_is_shown_without_a_judgement():
    window = lives.window(
        0,
        champion=lives.evaluation(0, 0.50, number=2, metric="profit"),
        frozen=lives.evaluation(0, 0.60, metric="profit", role=EvaluationRole.FROZEN),
        serving=2,
    )
    life = _life(window, metric="profit")

    assert "profit was 0.500 against 0.600" in sentences.headline(life)
    assert sentences.standfirst(life) == ""


def test_a_champion_made_after_the_last_window_is_named():
    life = _life(lives.window(0, serving=1))

    assert sentences.standfirst(life) == (
        "late@v2 was made champion outside a cycle after the last window. "
        "How late@v2 does in service has not been measured yet."
    )


def test_averages_are_weighted_by_rows_and_leave_out_what_is_no_number():
    life = _life(lives.eventful(0, 0.70, 0.60), lives.eventful(1, math.nan, 0.1))
    average = summary.average(life)

    assert average is not None
    assert (average.served, average.frozen) == (pytest.approx(0.70), pytest.approx(0.60))


def test_an_evaluation_in_another_metric_is_not_compared():
    life = _life(lives.window(0, champion=lives.evaluation(0, 0.4, metric="log_loss")))

    assert life.chapters[0].served is None


def test_a_champion_changed_between_windows_is_noticed():
    report = lives.drift_report(1, [lives.column("temp")], champion=1)
    life = _life(lives.eventful(0, 0.7, 0.6), lives.window(1, report=report))

    assert [one.moved_to for one in life.chapters] == [None, 1]


def test_an_outcome_is_told_by_the_gate_where_no_cycle_was_kept():
    life = _life(lives.window(0, review=lives.review(0, GateVerdict.HOLD)))

    assert life.chapters[0].outcome == "held"


def test_the_sentence_on_drift_names_the_columns_that_drifted_most_often():
    columns = [lives.column(f"c{i}", ratio=1.5) for i in range(6)]
    life = _life(lives.window(0, report=lives.drift_report(0, columns)))

    assert sentences.drift(life) == (
        "Of 1 window, c0 drifted in 1, c1 in 1, c2 in 1, c3 in 1 and 2 more columns in at most 1."
    )


def test_the_sentence_on_drift_says_when_nothing_drifted():
    calm = lives.drift_report(0, [lives.column("temp", ratio=0.2)])

    assert sentences.drift(_life(lives.window(0, report=calm))) == "No column drifted in 1 window."
    assert sentences.drift(_life()).startswith("No window has been compared")
