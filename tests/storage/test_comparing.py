"""What shadows answered is compared with what was answered to the same rows of the same requests."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from numpy.testing import assert_allclose

from storage.blobs import Blobs
from storage.frames import Frames
from storage.predictions.comparing import shadow_agreement
from storage.tables import EPOCH
from tests.storage.logged import T0, batch, write
from workbench.core import agreement


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "predictions"


@pytest.fixture
def frames(tmp_path):
    made = Frames(Blobs(tmp_path / "blobs", tmp_path / "staging"), tmp_path / "staging")
    yield made
    made.close()


def pair(answered, other, *, requests=("a",), at=T0, version=1, **more):
    """What a version answered, and v9 as its shadow."""
    size = len(answered) // len(requests)
    common = {"requests": list(requests), "rows": [size] * len(requests), "at": at, **more}
    return (
        batch({}, answered, version=version, **common),
        batch({}, other, version=9, role="shadow", **common),
    )


def compared(frames, folder, **options):
    return shadow_agreement(frames, folder, "late", **options)


def test_without_a_log_nothing_is_compared(frames, folder):
    assert compared(frames, folder) == ()


def test_rows_that_only_one_version_has_answered_are_left_out(frames, folder):
    answer, shadow = pair([0.1], [0.9])
    write(folder, answer, pair([0.2], [0.3], requests=["b"])[1], batch({}, [0.5]))
    assert compared(frames, folder) == ()

    write(folder, shadow)
    (found,) = compared(frames, folder)
    assert (found.version, found.answered_by, found.rows, found.agreeing) == (9, 1, 1, 0)


def test_an_id_that_is_sent_again_is_another_request(frames, folder):
    write(folder, *pair([0.1], [0.2]), *pair([0.1], [0.9], at=T0 + 1))
    (found,) = compared(frames, folder)

    assert (found.requests, found.rows, found.share) == (2, 2, 0.5)
    assert found.last_at - found.first_at == timedelta(microseconds=1)


def test_a_shadow_is_compared_with_each_version_that_answered(frames, folder):
    write(folder, *pair([0.1], [0.2]), *pair([0.3], [0.9], requests=["b"], version=2))

    assert [(one.answered_by, one.agreeing) for one in compared(frames, folder)] == [(2, 0), (1, 1)]


def test_only_what_came_since_then_counts(frames, folder):
    write(folder, *pair([0.1], [0.2]), *pair([0.1], [0.9], requests=["b"], at=T0 + 5))
    (found,) = compared(frames, folder, since=EPOCH + timedelta(microseconds=T0 + 5))

    assert (found.rows, found.agreeing) == (1, 0)


@pytest.mark.parametrize(
    ("width", "limit"), [(1, None), (3, None), (1, 0.05)], ids=["two", "three", "values"]
)
def test_the_log_says_what_the_endpoint_has_counted(frames, folder, width, limit):
    chance = np.random.default_rng(7)
    answered = chance.random((600, width))
    other = answered + chance.normal(0, 0.1, answered.shape)
    if width == 1:
        answered, other = answered[:, 0], other[:, 0]
        answered[5] = other[6] = answered[7] = other[7] = np.nan
    write(folder, *pair(answered, other, requests=[f"r{n}" for n in range(200)]))
    counted = agreement.compared(answered, other, requests=200, limit=limit)
    (found,) = compared(frames, folder, limits={9: limit} if limit else None)

    assert (found.requests, found.rows, found.agreeing) == (200, 600, counted.agreeing)
    assert_allclose(found.largest_difference, counted.largest)
    missing = 3 if width == 1 else 0
    assert_allclose(found.mean_difference * (600 - missing), counted.difference)
