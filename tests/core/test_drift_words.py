"""The sentence of a comparison."""

from __future__ import annotations

import pytest

from storage.records import ColumnDrift, ColumnKind, Comparison, DriftVerdict
from workbench.core import drift_words


def _column(name: str, effect: float, limit: float, verdict: DriftVerdict) -> ColumnDrift:
    return ColumnDrift(
        name=name,
        kind=ColumnKind.NUMERIC,
        verdict=verdict,
        effect=effect,
        p_value=0.0,
        p_adjusted=0.0,
        limit=limit,
        limit_source="default",
        rows=27_768,
        psi=0.0,
        wasserstein=0.0,
        jensen_shannon=0.0,
        null_share_reference=0.0,
        null_share=0.0,
        new_value_share=0.0,
    )


def _comparison(*columns: ColumnDrift, verdict: DriftVerdict, rows: int = 27_768) -> Comparison:
    return Comparison(verdict=verdict, rows=rows, reference_rows=80_000, columns=columns)


TAIL = "27 768 rows against training rows of late v1"
DRIFT, WARN, STABLE = DriftVerdict.DRIFT, DriftVerdict.WARN, DriftVerdict.STABLE


@pytest.mark.parametrize(
    ("comparison", "expected"),
    [
        (
            _comparison(
                _column("dewp", 0.28, 0.22, DRIFT),
                _column("temp", 0.31, 0.24, DRIFT),
                verdict=DRIFT,
            ),
            f"temp and dewp drifted (effects .31 and .28, limits .24 and .22); {TAIL}",
        ),
        (
            _comparison(_column("age", 1.0, 0.1, DRIFT), verdict=DRIFT),
            f"age drifted (effect 1.00, limit .10); {TAIL}",
        ),
        (
            _comparison(
                *[_column(name, 0.3, 0.1, DRIFT) for name in "abcde"],
                verdict=DRIFT,
            ),
            f"a, b, c and 2 more drifted (effects .30, .30 and .30, limits .10, .10 and .10); {TAIL}",
        ),
        (
            _comparison(
                _column("age", 0.07, 0.1, WARN), _column("x", 0.0, 0.1, STABLE), verdict=WARN
            ),
            f"no column drifted, but age moved (effect .07, limit .10); {TAIL}",
        ),
        (
            _comparison(
                _column("age", 0.03, 0.1, STABLE),
                _column("x", 0.04, 0.9, STABLE),
                verdict=STABLE,
            ),
            f"no column drifted (nearest its limit: age, effect .03, limit .10); {TAIL}",
        ),
        (
            _comparison(verdict=DriftVerdict.INSUFFICIENT, rows=312),
            (
                "insufficient data: 312 rows against 80 000 (training rows of late v1); "
                "at least 1 000 are needed on both sides"
            ),
        ),
        (
            _comparison(verdict=DriftVerdict.INSUFFICIENT),
            (
                "nothing to compare: no column is on both sides; "
                "27 768 rows against 80 000 (training rows of late v1)"
            ),
        ),
    ],
    ids=["two", "one", "five", "warned", "stable", "insufficient", "no columns"],
)
def test_a_comparison_is_one_line(comparison, expected):
    assert drift_words.sentence(comparison, reference="training rows of late v1") == expected
