from __future__ import annotations

from dataclasses import replace

from storage.records import Parity
from workbench.core.parity import unanswered
from workbench.core.proof_words import sentence

PASSED = Parity(
    rows=80_000,
    hostile_rows=2000,
    max_abs_diff=2.2e-16,
    p999_abs_diff=0.0,
    flips=0,
    limit=1e-4,
    passed=True,
)


def test_a_proof_is_told_in_one_line():
    assert sentence(PASSED) == ("parity passed: largest difference 2.2e-16, 0 flips on 80 000 rows")


def test_a_graph_that_was_held_against_itself_says_so():
    assert sentence(replace(PASSED, against="itself")).endswith("rows, held against itself")


def test_a_proof_without_an_answer_tells_why():
    found = unanswered("the graph cannot be loaded: it is none.", limit=1e-4)

    assert (found.passed, found.rows) == (False, 0)
    assert sentence(found) == "parity failed: the graph cannot be loaded: it is none"
