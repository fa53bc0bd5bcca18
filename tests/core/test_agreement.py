"""Another version beside the one that answers: how far the answers agree."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.core import agreement

P = np.array([0.1, 0.6, 0.9, 0.5])


def test_two_versions_agree_where_they_name_the_same_class():
    found = agreement.compared(P, np.array([0.2, 0.4, 0.9, 0.5]), requests=2)

    assert (found.requests, found.rows, found.agreeing) == (2, 4, 3)
    assert found.difference == pytest.approx(0.3)
    assert found.largest == pytest.approx(0.2)


def test_of_many_classes_the_likeliest_one_counts():
    answered = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3]])
    other = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5]])
    found = agreement.compared(answered, other, requests=1)

    assert (found.rows, found.agreeing) == (2, 1)
    assert found.largest == pytest.approx(0.2)


def test_values_agree_within_the_limit():
    found = agreement.compared(
        np.array([1.0, 2.0, np.nan, np.inf]),
        np.array([1.05, 2.5, np.nan, np.inf]),
        requests=4,
        limit=0.1,
    )

    assert found.agreeing == 3
    assert found.difference == pytest.approx(0.55)


def test_a_value_that_one_lacks_is_no_agreement_and_no_difference():
    found = agreement.compared(np.array([1.0]), np.array([np.nan]), requests=1, limit=0.1)

    assert (found.agreeing, found.difference, found.largest) == (0, 0.0, 0.0)


def test_scores_of_other_shapes_cannot_be_compared():
    with pytest.raises(ValueError, match="cannot be compared"):
        agreement.compared(P, P[:2], requests=1)
