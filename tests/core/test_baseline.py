"""What is guessed without a model, and what is said of a model beside it."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core import baseline


def test_classes_are_guessed_by_their_shares():
    (guess,) = baseline.guesses("binary", np.array([0.0, 0, 0, 1]), classes=("no", "yes"), rows=2)

    assert (guess.strategy, guess.scores.tolist()) == ("prior", [0.25, 0.25])


def test_several_classes_are_guessed_by_their_shares():
    (guess,) = baseline.guesses(
        "multiclass", np.array([0.0, 2, 2, 2]), classes=("a", "b", "c"), rows=1
    )

    assert guess.scores.tolist() == [[0.25, 0.0, 0.75]]


def test_a_number_is_guessed_by_its_mean_and_in_time_by_its_latest_value():
    times = np.array(["2024-01-03", "NaT", "2024-01-01"], "datetime64[us]")

    found = baseline.guesses("regression", np.array([1.0, 5, 3]), classes=(), rows=2, times=times)

    assert {one.strategy: one.scores.tolist() for one in found} == {
        "mean": [3.0, 3.0],
        "last value": [1.0, 1.0],
    }


def test_the_bar_is_the_best_guess():
    found = baseline.guesses(
        "regression",
        np.array([1.0, 5.0]),
        classes=(),
        rows=2,
        times=np.array(["2024-01-01", "2024-01-02"], "datetime64[us]"),
    )

    best = baseline.best(found, metric="mae", task="regression", truth=np.array([5.0, 5.5]))

    assert best.strategy == "last value"


@pytest.mark.parametrize(
    ("metric", "reached", "bounds", "guessed", "begin"),
    [
        ("roc_auc", 0.7, (0.65, 0.75), 0.5, "Better than"),
        ("roc_auc", 0.52, (0.48, 0.56), 0.5, "Not surely better than"),
        ("log_loss", 0.7, (0.69, 0.71), 0.6, "Worse than"),
        ("log_loss", 0.5, None, 0.6, "Better than"),
        ("rmse", float("nan"), None, 1.0, "rmse says nothing"),
    ],
)
def test_a_model_is_worth_something_when_its_interval_lies_beyond_the_guess(
    metric, reached, bounds, guessed, begin
):
    said = baseline.verdict(
        metric, reached=reached, bounds=bounds, guessed=guessed, strategy="prior"
    )

    assert said.startswith(begin)
