"""What the checks found that whoever uses a model should know: weak slices, leaks, small tests and the like."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from storage.records import InputType, ModelVerification, ModelVersion
from workbench.core import holm, words
from workbench.core.metric_order import is_lower_better
from workbench.core.model_cards import RARE_ROWS, CardInput, CardMetric, Limit
from workbench.core.proof_words import sentence as proof
from workbench.core.run_figures import RunFigures
from workbench.core.slices import Slice

ALPHA = 0.05
FEW_ROWS = 1000
"""Test rows below which every figure is rough."""
FEW_OF_A_CLASS = 100
CALIBRATION = 0.02
"""Calibration error that is told of once it surely is larger."""
MANY_MISSING = 0.5
MOST = 6
"""Slices or columns that are named."""
_HALF_WIDTH = 1.959964
"""Half of a 95 % interval in standard errors."""


def limits(
    version: ModelVersion,
    *,
    metrics: Sequence[CardMetric],
    figures: RunFigures | None,
    inputs: Sequence[CardInput],
    test_rows: int | None,
    verifications: Sequence[ModelVerification],
) -> tuple[Limit, ...]:
    """All that was found, the weightiest first.

    Args:
        version: Whose proof is looked at.
        metrics: On the test rows, the one that judges marked.
        figures: What its run kept; None: nothing, so that slices and leaks are not known.
        inputs: Its columns with the spread of their training values.
        test_rows: How many there were; None: nobody knows.
        verifications: Proofs repeated since, newest first.
    """
    by_key = {one.key: one for one in metrics}
    primary = next((one for one in metrics if one.is_primary), None)
    return (
        *_proofs(version, verifications),
        *(Limit(kind="leak", sentence=one.sentence) for one in (figures.leaks if figures else ())),
        *_no_test(version, metrics),
        *_baseline(primary),
        *_weak_slices(primary, figures, test_rows),
        *_small_test(figures, test_rows),
        *_calibration(by_key.get("ece")),
        *_columns(inputs),
        *_ranges(inputs),
    )


def _proofs(version: ModelVersion, verifications: Sequence[ModelVerification]) -> Iterator[Limit]:
    parity = version.parity
    if not parity.passed:
        told = f"It did not prove to answer as the model that was trained: {proof(parity)}."
        if version.override:
            told += f" It was made champion all the same: {version.override}"
        yield Limit(kind="proof", sentence=told)
    if parity.against == "itself":
        yield Limit(
            kind="proof",
            sentence="There is no other form of it that it could be held against: it was only "
            "shown to answer a row alone as it does among others.",
        )
    if verifications and not verifications[0].parity.passed:
        latest = verifications[0]
        yield Limit(
            kind="proof",
            sentence=f"It did not answer the same when it was verified on {latest.at:%Y-%m-%d}: "
            f"{proof(latest.parity)}.",
        )


def _no_test(version: ModelVersion, metrics: Sequence[CardMetric]) -> Iterator[Limit]:
    if version.run_id is None and metrics:
        data = words.versioned(version.dataset, version.version)
        yield Limit(
            kind="no test",
            sentence=f"It was measured on the rows of {data}, of which it may have learnt: its figures may "
            "flatter it.",
        )


def beats(metric: CardMetric) -> bool | None:
    """Whether a model surely beats a guess; None where there is no guess to compare with."""
    if metric.baseline is None or math.isnan(metric.baseline) or math.isnan(metric.value):
        return None
    sign = -1.0 if is_lower_better(metric.key) else 1.0
    ends = [metric.value, *(one for one in (metric.low, metric.high) if one is not None)]
    return min(sign * end for end in ends) > sign * metric.baseline


def _baseline(primary: CardMetric | None) -> Iterator[Limit]:
    if primary is not None and beats(primary) is False:
        yield Limit(
            kind="baseline",
            sentence=f"It is not surely better than a guess: {primary.key} "
            f"{words.metric(primary.value)} against {words.metric(primary.baseline)}.",
        )


def weak_slices(whole: CardMetric, slices: Sequence[Slice]) -> list[tuple[Slice, float]]:
    """Slices that are significantly worse than all test rows together, each with its adjusted p.

    One-sided on the standard errors of both intervals, Holm-adjusted over all slices. The slice is a
    part of the whole, and the two are taken as independent: that makes the test stricter, never laxer.

    Args:
        whole: The metric on all test rows; without an interval nothing is significant.
        slices: The same metric on parts of them.
    """
    error = _standard_error(whole.low, whole.high)
    sign = -1.0 if is_lower_better(whole.key) else 1.0
    tested = [(one, _standard_error(one.low, one.high)) for one in slices]
    measured = [(one, own) for one, own in tested if own is not None and own > 0]
    if error is None or not measured:
        return []
    p_values = [
        _lower_tail(sign * (one.metric - whole.value) / math.hypot(own, error))
        for one, own in measured
    ]
    adjusted = holm.adjusted(np.array(p_values, np.float64)).tolist()
    found = [
        (one, p)
        for (one, _), p in zip(measured, adjusted, strict=True)
        if p <= ALPHA and not _is_whole(one, slices)
    ]
    return sorted(found, key=lambda pair: (pair[1], sign * pair[0].metric))


def _is_whole(one: Slice, slices: Sequence[Slice]) -> bool:
    """Whether it is the only slice of its column."""
    return sum(1 for other in slices if other.column == one.column) == 1


def _weak_slices(
    primary: CardMetric | None, figures: RunFigures | None, test_rows: int | None
) -> Iterator[Limit]:
    if primary is None or figures is None or figures.metric != primary.key:
        return
    weak = weak_slices(primary, figures.slices)
    for one, p in weak[:MOST]:
        share = f", {words.share(one.rows / test_rows)} of the test" if test_rows else ""
        yield Limit(
            kind="weak slice",
            sentence=f"Weaker where {one.column} is {one.value}: {primary.key} "
            f"{words.metric(one.metric)} ({words.interval(one.low, one.high)}) against "
            f"{words.metric(primary.value)}, on {words.plural(one.rows, 'row')}{share} "
            f"(p {words.p_value(p)}, adjusted over {words.plural(len(figures.slices), 'slice')}).",
        )
    if len(weak) > MOST:
        more = words.plural(len(weak) - MOST, "more slice")
        yield Limit(kind="weak slice", sentence=f"And {more} that do worse than the whole.")


def _standard_error(low: float | None, high: float | None) -> float | None:
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return None
    return (high - low) / (2 * _HALF_WIDTH)


def _lower_tail(z: float) -> float:
    """Probability of a standard normal value at or below `z`."""
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _small_test(figures: RunFigures | None, test_rows: int | None) -> Iterator[Limit]:
    if test_rows is not None and test_rows < FEW_ROWS:
        yield Limit(
            kind="small test",
            sentence=f"It was tested on {words.plural(test_rows, 'row')} only: its figures are rough.",
        )
    table = figures.confusion if figures else None
    if table is None:
        return
    few = [
        f"{name} ({words.count(sum(row))})"
        for name, row in zip(table.classes, table.rows, strict=True)
        if sum(row) < FEW_OF_A_CLASS
    ]
    if few:
        yield Limit(
            kind="small test",
            sentence=f"Fewer than {FEW_OF_A_CLASS} test rows are {words.listed(few, most=MOST)}: how well "
            "it finds them is hardly known.",
        )


def _calibration(error: CardMetric | None) -> Iterator[Limit]:
    if error is None or math.isnan(error.value):
        return
    least = error.value if error.low is None else error.low
    if least > CALIBRATION:
        yield Limit(
            kind="calibration",
            sentence=f"What it says and what comes true differ by {words.number(error.value)} on the mean"
            + (f" ({words.interval(error.low, error.high)})" if error.low is not None else "")
            + ": read its probabilities as a ranking.",
        )


def _columns(inputs: Sequence[CardInput]) -> Iterator[Limit]:
    seen = [(one.column.name, one.spread) for one in inputs if one.spread is not None]
    rare = [f"{name} ({words.count(one.rare)})" for name, one in seen if one.rare]
    if rare:
        yield Limit(
            kind="rare category",
            sentence=f"Values that fewer than {RARE_ROWS} training rows have: {words.listed(rare, most=MOST)}. "
            "What it says of them is hardly learnt.",
        )
    holes = [
        f"{name} ({words.percent(one.missing, 0)})"
        for name, one in seen
        if one.missing > MANY_MISSING
    ]
    if holes:
        yield Limit(
            kind="missing values",
            sentence=f"Mostly missing in training: {words.listed(holes, most=MOST)}.",
        )
    constant = [name for name, one in seen if one.distinct == 1 and one.missing == 0]
    if constant:
        yield Limit(
            kind="constant",
            sentence=f"The same in every training row: {words.listed(constant, most=MOST)}. "
            "Another value there is new to it.",
        )


def _ranges(inputs: Sequence[CardInput]) -> Iterator[Limit]:
    numbers = [one for one in inputs if one.column.minimum is not None]
    names = [one for one in inputs if one.column.type is InputType.STRING]
    known = [word for word, some in (("ranges", numbers), ("categories", names)) if some]
    if known:
        yield Limit(
            kind="range",
            sentence=f"Nothing was measured outside the {' and '.join(known)} that stand under "
            "“What it takes”: it answers there too, and nobody knows how well.",
        )
