"""Counters of one process: what is counted where, from which thread, in which ten seconds."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.records import Degradation, FiguresRecord, ProcessFigures, ShadowFigures
from storage.records.figures import SCORE_BINS, STEP_US, STEPS
from tests.core.answered import START, Batch
from workbench.core.figures import Figures
from workbench.core.figures_merging import merged, summed
from workbench.core.figures_summary import summary


def look(figures, at_us=START, slot=0):
    """What was counted at a moment."""
    return figures.snapshot(ProcessFigures(slot=slot, pid=1, at=at_us, started_at=START))


def only(record):
    """The one version that was counted."""
    (one,) = record.versions
    return one


@pytest.fixture
def figures():
    """Figures of a process that has loaded version 7 of `late`."""
    made = Figures()
    made.loaded("late", 7, 0.25, at_us=START)
    return made


def test_a_batch_counts_its_requests_rows_and_one_call(figures):
    figures.answered(Batch(latency_us=[100, 200, 300], rows=[1, 5, 10]))

    one = only(look(figures))
    assert (one.requests, one.rows, one.calls) == (3, 16, 1)
    assert (one.latency_us, one.latency_max_us) == (600, 300)
    assert one.request_rows == {0: 1, 3: 1, 4: 1}
    assert one.call_rows == {4: 1}


def test_versions_and_roles_are_counted_apart(figures):
    figures.answered(Batch())
    figures.answered(Batch(version=8))
    figures.answered(Batch(version=8, role="shadow"))

    found = {(one.version, one.role): one.requests for one in look(figures).versions}
    assert found == {(7, "answer"): 1, (8, "answer"): 1, (8, "shadow"): 1}


def test_errors_are_counted_by_status_and_by_reason(figures):
    figures.refused("late", 7, 400, START)
    figures.refused("late", 7, 400, START, reason="unknown_category")
    figures.refused("late", 7, 500, START)

    record = look(figures)
    assert only(record).errors == {400: 2, 500: 1}
    assert record.rejected == {"invalid": 1, "unknown_category": 1, "failed": 1}
    assert (only(record).steps[0].client_errors, only(record).steps[0].server_errors) == (2, 1)


def test_names_that_callers_make_up_are_one(figures):
    for number in range(1000):
        figures.refused(f"made-up-{number}", number, 404, START)

    found = {(one.model, one.version): one.errors for one in look(figures).versions}
    assert found == {("late", 7): {}, ("", 0): {404: 1000}}


def test_versions_that_callers_make_up_are_none(figures):
    for number in range(1000, 2000):
        figures.refused("late", number, 404, START)

    found = {(one.model, one.version): one.errors for one in look(figures).versions}
    assert found == {("late", 7): {}, ("late", 0): {404: 1000}}


def test_calls_from_other_threads_are_counted_at_the_next_look(figures):
    threads = [
        threading.Thread(target=lambda: [figures.answered(Batch()) for _ in range(500)])
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for _ in range(500):
        figures.answered(Batch())
    for thread in threads:
        thread.join()

    assert only(look(figures)).requests == 2500


def test_what_a_thread_loaded_is_known_to_the_next_refusal():
    figures = Figures()
    thread = threading.Thread(target=lambda: figures.loaded("late", 7, 0.25, at_us=START))
    thread.start()
    thread.join()
    figures.refused("late", 7, 400, START)

    assert only(look(figures)).errors == {400: 1}


def test_steps_hold_ten_seconds_each(figures):
    for number in range(3):
        figures.answered(Batch(latency_us=[100] * (number + 1), at_us=START + number * STEP_US))

    steps = only(look(figures, START + 2 * STEP_US)).steps
    assert [step.requests for step in steps] == [1, 2, 3]
    assert [step.at for step in steps] == [START, START + STEP_US, START + 2 * STEP_US]


def test_totals_keep_what_steps_forget(figures):
    figures.answered(Batch())
    figures.refused("late", 7, 400, START)

    one = only(look(figures, START + STEPS * STEP_US))
    assert one.steps == ()
    assert (one.requests, one.errors, sum(one.latency.values())) == (1, {400: 1}, 1)


def test_a_request_of_the_step_before_is_counted_in_this_one(figures):
    figures.answered(Batch(at_us=START + STEP_US))
    figures.answered(Batch(at_us=START + STEP_US - 1))

    assert [step.requests for step in only(look(figures, START + STEP_US)).steps] == [2]


@pytest.mark.parametrize("hours", [-24, 24], ids=["back", "forth"])
def test_a_clock_that_is_set_loses_no_total(figures, hours):
    figures.answered(Batch())
    jumped = START + hours * 3_600_000_000
    figures.answered(Batch(at_us=jumped))

    one = only(look(figures, jumped))
    assert one.requests == 2
    assert [step.at for step in one.steps] == [jumped]


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(st.integers(0, 40 * STEP_US), st.lists(st.integers(0, 10**7), min_size=1)),
        min_size=1,
        max_size=10,
    )
)
def test_within_a_quarter_of_an_hour_steps_add_up_to_the_totals(asked):
    figures = Figures()
    for after, latencies_us in sorted(asked):
        figures.answered(Batch(latency_us=latencies_us, at_us=START + after))
    one = only(look(figures, START + 40 * STEP_US))

    assert sum(step.requests for step in one.steps) == one.requests
    assert summed(step.latency for step in one.steps) == one.latency


def test_scores_are_binned_and_nan_is_none(figures):
    figures.answered(Batch(latency_us=[1], rows=[4], scores=np.array([0.0, 1.0, 0.52, np.nan])))

    assert only(look(figures)).steps[0].scores == {0: 1, SCORE_BINS - 1: 1, 10: 1}


def test_many_rows_are_binned_as_few_are():
    scores = np.random.default_rng(7).random(3000) * 1.2 - 0.1
    few, many = Figures(), Figures()
    for part in scores.reshape(-1, 100):
        few.answered(Batch(rows=[100], scores=part))
    many.answered(Batch(rows=[3000], scores=scores))

    assert only(look(few)).steps[0].scores == only(look(many)).steps[0].scores


def test_of_several_classes_the_largest_probability_counts(figures):
    figures.answered(Batch(scores=np.array([[0.1, 0.7, 0.2]])))

    assert only(look(figures)).steps[0].scores == {14: 1}


def test_values_are_binned_over_the_range_of_the_sample():
    figures = Figures()
    figures.loaded("price", 1, 0.1, at_us=START, scores=(100.0, 300.0))
    figures.answered(Batch(model="price", version=1, rows=[3], scores=np.array([99.0, 200, 301])))

    assert only(look(figures)).steps[0].scores == {0: 1, 10: 1, SCORE_BINS - 1: 1}


def test_shadows_add_up(figures):
    more = ShadowFigures(requests=2, rows=4, agreeing=3, difference=0.5, largest=0.25)
    figures.shadowed("late", 8, more)
    figures.shadowed("late", 8, replace(more, largest=0.125))
    figures.shadow_dropped("late", 8, 5)
    figures.shadow_failed("late", 8, 1)

    found = next(one.shadow for one in look(figures).versions if one.role == "shadow")
    assert found == ShadowFigures(
        requests=4, rows=8, agreeing=6, difference=1.0, largest=0.25, dropped=5, failed=1
    )
    assert figures.shadow_failures == 1


def test_loads_failures_and_warnings_are_counted(figures):
    figures.loaded("late", 7, 0.5, at_us=START)
    figures.load_failed("late", 8)
    figures.warned("late", 7, "unknown_category", 3)

    seven, eight = look(figures).versions
    assert (seven.loads, seven.load_s, seven.warnings) == (2, 0.5, {"unknown_category": 3})
    assert (eight.loads, eight.load_failures) == (0, 1)


def counted():
    """Figures in which something of everything was counted."""
    made = Figures()
    made.loaded("late", 7, 0.25, at_us=START)
    made.answered(Batch(latency_us=[100, 2000], rows=[1, 3]))
    made.answered(Batch(latency_us=[50], at_us=START + STEP_US))
    made.refused("late", 7, 400, START + STEP_US)
    made.turned_away("connections")
    made.warned("late", 7, "out_of_range")
    made.shadowed("late", 7, ShadowFigures(requests=1, rows=1, agreeing=1))
    made.log_dropped_rows = 3
    return made


def test_a_process_goes_on_where_the_one_before_it_ended():
    before = look(counted(), START + STEP_US)
    after = Figures()
    after.resume(before)

    assert look(after, START + STEP_US).versions == before.versions
    assert look(after).rejected == before.rejected
    assert look(after).log_dropped_rows == 3


def test_what_a_process_adds_to_the_one_before_it_is_added():
    after = Figures()
    after.resume(look(counted(), START + STEP_US))
    again = counted()
    twice = merged([look(again, START + STEP_US), look(counted(), START + STEP_US, slot=1)])
    for batch in (Batch(latency_us=[100, 2000], rows=[1, 3]), Batch(latency_us=[50])):
        after.answered(replace(batch, at_us=START + STEP_US, at=[]))

    late = next(one for one in look(after, START + STEP_US).versions if one.role == "answer")
    both = next(one for one in twice.versions if one.role == "answer")
    assert (late.requests, late.rows, late.latency) == (both.requests, both.rows, both.latency)


def test_processes_add_up():
    one, other = (look(counted(), START + STEP_US, slot=slot) for slot in (0, 1))
    found = merged([other, one])

    answer = next(each for each in found.versions if each.role == "answer")
    assert (answer.requests, answer.rows, answer.errors) == (6, 10, {400: 2})
    assert [step.requests for step in answer.steps] == [4, 2]
    assert [process.slot for process in found.processes] == [0, 1]
    assert found.rejected == {"connections": 2, "invalid": 2}
    assert found.log_dropped_rows == 6


def test_merging_one_process_changes_nothing():
    record = look(counted(), START + STEP_US)

    assert merged([record]) == replace(
        record, versions=tuple(sorted(record.versions, key=lambda one: (one.version, one.role)))
    )


def test_merging_none_is_nothing():
    assert merged([]) == FiguresRecord()


def test_a_problem_of_several_processes_is_one_since_its_first():
    records = [
        FiguresRecord(problems=(Degradation(kind="disk", text="full", since=since),))
        for since in (30, 10, 20)
    ]

    assert merged(records).problems == (Degradation(kind="disk", text="full", since=10),)


def test_a_summary_says_how_often_how_fast_and_how_well(figures):
    for second in range(20):
        figures.answered(Batch(latency_us=[1000] * 50, at_us=START + second * 1_000_000))
    figures.refused("late", 7, 400, START + 19_000_000)
    at_us = START + 20_000_000

    found = summary(only(look(figures, at_us)), at_us=at_us)
    assert found.requests_per_s == pytest.approx(50)
    assert found.p50_us == pytest.approx(1000, rel=0.15)
    assert (found.client_errors, found.server_errors, found.agreeing) == (1, 0, None)
    assert found.trend[-3:] == (500, 501, 0)


def test_without_requests_in_the_last_quarter_percentiles_are_those_since_the_start(figures):
    figures.answered(Batch(latency_us=[1000]))
    at_us = START + 3_600_000_000

    found = summary(only(look(figures, at_us)), at_us=at_us)
    assert found.p50_us == pytest.approx(1000, rel=0.15)
    assert (found.requests_per_s, sum(found.trend)) == (0, 0)
