"""What the checks found that a user of a model should know."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage.records import InputType, ModelVerification
from tests.report import cards, lives
from tests.report.runs import figures
from workbench.core import model_limits
from workbench.core.model_cards import CardMetric
from workbench.core.slices import Slice


def metric(key="roc_auc", value=0.7, *, low=0.69, high=0.71, baseline=0.5):
    return CardMetric(key=key, value=value, low=low, high=high, baseline=baseline, is_primary=True)


def a_slice(value, reached, *, half=0.01, rows=500, column="carrier"):
    return Slice(
        column=column,
        value=value,
        rows=rows,
        metric=reached,
        low=reached - half,
        high=reached + half,
    )


def found(**changed):
    told = {
        "metrics": (metric(),),
        "figures": None,
        "inputs": (),
        "test_rows": 10_000,
        "verifications": (),
    } | changed
    version = told.pop("version", lives.model_version(7))
    return [(one.kind, one.sentence) for one in model_limits.limits(version, **told)]


def kinds(**changed):
    return [kind for kind, _ in found(**changed)]


def test_a_good_model_has_no_known_limits():
    assert found() == []


def test_slices_that_are_surely_worse_than_the_whole_are_named_the_worst_first():
    slices = (a_slice("AA", 0.69), a_slice("UA", 0.60), a_slice("OO", 0.50), a_slice("B6", 0.75))
    weak = model_limits.weak_slices(metric(), slices)

    assert [one.value for one, _ in weak] == ["OO", "UA"]


def test_of_a_loss_the_larger_is_the_weaker():
    slices = (a_slice("AA", 0.5), a_slice("UA", 0.9))
    weak = model_limits.weak_slices(metric("log_loss"), slices)

    assert [one.value for one, _ in weak] == ["UA"]


def test_a_wide_interval_makes_no_slice_weak():
    slices = (a_slice("AA", 0.55, half=0.2), a_slice("UA", 0.72))

    assert model_limits.weak_slices(metric(), slices) == []


def test_many_slices_need_a_clearer_difference_than_one():
    worse = a_slice("AA", 0.687, half=0.005)
    others = tuple(a_slice(str(at), 0.7, half=0.005) for at in range(60))
    few = model_limits.weak_slices(metric(), (worse, others[0]))

    assert [one.value for one, _ in few] == ["AA"]
    assert model_limits.weak_slices(metric(), (worse, *others)) == []


def test_without_intervals_no_slice_is_weak():
    bare = replace(a_slice("AA", 0.1), low=None, high=None)

    assert model_limits.weak_slices(metric(), (bare, a_slice("UA", 0.7))) == []
    assert model_limits.weak_slices(metric(low=None, high=None), (a_slice("AA", 0.1),)) == []


@pytest.mark.parametrize(
    ("reached", "is_told"),
    [
        (metric(value=0.7, low=0.69, high=0.71), False),
        (metric(value=0.52, low=0.49, high=0.55), True),
        (metric(value=0.4, low=0.39, high=0.41), True),
        (metric(baseline=None), False),
        (metric(baseline=float("nan")), False),
        (metric("log_loss", value=0.6, low=0.5, high=0.69, baseline=0.7), False),
        (metric("log_loss", value=0.6, low=0.5, high=0.75, baseline=0.7), True),
    ],
    ids=["better", "perhaps", "worse", "no guess", "undefined", "less loss", "perhaps less loss"],
)
def test_it_is_told_where_a_guess_may_be_as_good(reached, is_told):
    assert ("baseline" in kinds(metrics=(reached,))) is is_told


def test_leaks_of_the_run_are_known_limits():
    assert ("leak", "carrier knows it.") in found(figures=figures())


def test_few_test_rows_and_few_rows_of_a_class_are_told():
    told = found(figures=figures(), test_rows=60)

    assert [kind for kind, _ in told].count("small test") == 2
    assert any("no (" in sentence and "yes (" in sentence for _, sentence in told)


@pytest.mark.parametrize(
    ("low", "is_told"), [(0.03, True), (0.01, False)], ids=["surely large", "perhaps small"]
)
def test_a_calibration_error_is_told_once_it_surely_is_large(low, is_told):
    error = metric("ece", 0.05, low=low, high=0.07, baseline=None)

    assert ("calibration" in kinds(metrics=(error,))) is is_told


def test_rare_missing_and_constant_columns_are_named():
    inputs = (
        cards.an_input("carrier", InputType.STRING),
        cards.an_input("holes", spread=cards.spread(missing=0.9)),
        cards.an_input("same", spread=cards.spread(distinct=1, missing=0.0)),
    )
    told = dict(found(inputs=inputs))

    assert "carrier (2)" in told["rare category"]
    assert "holes (90 %)" in told["missing values"]
    assert "same" in told["constant"]
    assert "ranges and categories" in told["range"]


def test_a_failed_proof_comes_first_with_the_reason_to_serve_it_all_the_same():
    failed = replace(
        lives.model_version(7), parity=cards.a_parity(passed=False), override="no other way"
    )
    kind, sentence = found(version=failed, figures=figures())[0]

    assert kind == "proof"
    assert sentence.endswith("all the same: no other way")


def test_the_latest_verification_counts():
    passed = ModelVerification(
        id=1, model_version_id=7, parity=cards.a_parity(), who="me", at=cards.AT
    )
    failed = replace(passed, parity=cards.a_parity(passed=False, flips=3))

    assert kinds(verifications=(failed, passed)) == ["proof"]
    assert kinds(verifications=(passed, failed)) == []


def test_figures_on_rows_that_a_file_may_have_learnt_from_are_no_test():
    brought = replace(lives.model_version(7), run_id=None, source="late.onnx, sha256 ab12")

    assert kinds(version=brought) == ["no test"]
    assert kinds(version=brought, metrics=()) == []


def test_a_graph_held_against_itself_is_told():
    lonely = replace(lives.model_version(7), parity=cards.a_parity(against="itself"))

    assert kinds(version=lonely) == ["proof"]
