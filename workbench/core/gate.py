"""The gate: whether a challenger may take the champion's place, judged on the same rows.

With margin = `non_inferiority`, least = `min_gain`, and the gain's 95 % interval from low to high:

    reject   high < least, or high < -margin                  it surely gains less than is asked for
             gain < least and -margin < low and high < margin no gain, and the interval is narrow enough to
                                                              know that both are equally good
    pass     low > -margin and gain >= least                  surely not worse than the margin allows, and
                                                              at least the gain that is asked for
    hold     anything else                                    the interval is too wide to say

The first line that fits decides. A failed guard (parity, leaked rows, calibration) rejects, and so does a
slice that is significantly worse than the margin; both go before the interval.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from storage.records import GateDecision, GateVerdict, SliceGain
from workbench.config import GateConfig, Task
from workbench.core import gains, gate_words, holm, metrics

LEAST_ROWS = 100
"""Rows below which neither a slice nor the whole is judged."""
ALPHA = 0.05
"""Holm-adjusted p up to which a slice counts as worse."""

Labels = NDArray[np.str_] | NDArray[np.object_]
"""What slice each row belongs to, shape (rows,)."""


def decide(  # noqa: PLR0913 - everything the verdict depends on, each by its name
    *,
    truth: metrics.Truth,
    champion: NDArray[np.float64] | None,
    challenger: NDArray[np.float64],
    task: Task,
    metric: str,
    rules: GateConfig,
    slices: Mapping[str, Labels],
    parity_passed: bool,
    leaked_rows: int,
    looks: int,
    seed: int,
) -> GateDecision:
    """Champion against challenger; the same arguments give the same decision.

    Args:
        truth: Of the hold-out's rows; see `metrics` for truth and scores by task.
        champion: Its scores of these rows; None when there is no champion. A first version passes unless
            its parity failed, with a gain of 0.
        challenger: Its scores of the same rows.
        task: What the models do.
        metric: By which they are compared.
        rules: What the challenger must show.
        slices: Columns whose values are judged on their own, where they have 100 rows or more and the
            metric is defined.
        parity_passed: Whether the challenger's graph was proved to answer as its model does.
        leaked_rows: How many of the rows one of the models was trained on.
        looks: How often this hold-out has judged a challenger, this time included. The bounds are those of
            95 % over all the looks (Bonferroni), so that trying again does not win by luck.
        seed: Of the resamples.

    Raises:
        ValueError: The task has no such metric, shapes do not belong together, or looks is below 1.
    """
    guards = _guards(truth, champion, challenger, task=task)
    guards |= {
        "parity_passed": float(parity_passed),
        "leaked_rows": float(leaked_rows),
        "looks": float(looks),
    }
    if champion is None:
        value = metrics.metric(metric, task, truth, challenger)
        return _first_version(metric, value, rows=truth.size, rules=rules, guards=guards)
    contest = gains.Contest(
        task=task, metric=metric, truth=truth, champion=champion, challenger=challenger
    )
    found = gains.measure(contest, resamples=rules.resamples, rng=np.random.default_rng((seed, 0)))
    widened = widened_for(found, looks=looks)
    by_slice = _slice_gains(contest, slices, rules=rules, seed=seed)
    objections = _objections(guards, by_slice, rules=rules, rows=truth.size)
    judged = verdict_of(widened, rules, rows=truth.size)
    test, p_value = gains.significance(contest)
    return GateDecision(
        verdict=GateVerdict.REJECT if objections else judged,
        reasons=(
            *objections,
            gate_words.figures(metric, widened, rows=truth.size, test=test, p_value=p_value),
            *_because(judged, widened, rules, rows=truth.size, is_blocked=bool(objections)),
            *gate_words.repeated(looks),
        ),
        metric=metric,
        rows=truth.size,
        champion_value=found.champion_value,
        challenger_value=found.challenger_value,
        gain=found.gain,
        low=widened.low,
        high=widened.high,
        p_value=p_value,
        test=test,
        slices=by_slice,
        guards=guards,
    )


def verdict_of(gain: gains.Gain, rules: GateConfig, *, rows: int) -> GateVerdict:
    """What the interval alone says; see the table at the top. Too few rows, or no number: hold."""
    margin, least = rules.non_inferiority, rules.min_gain
    if rows < LEAST_ROWS or np.isnan([gain.gain, gain.low, gain.high]).any():
        return GateVerdict.HOLD
    is_equal = -margin < gain.low and gain.high < margin
    if gain.high < max(least, -margin) or (gain.gain < least and is_equal):
        return GateVerdict.REJECT
    if gain.low > -margin and gain.gain >= least:
        return GateVerdict.PASS
    return GateVerdict.HOLD


def widened_for(gain: gains.Gain, *, looks: int) -> gains.Gain:
    """The gain with bounds that hold over `looks` challengers together, stretched as normal ones are.

    Raises:
        ValueError: `looks` is below 1.
    """
    if looks < 1:
        raise ValueError(f"looks is {looks}, this look counts as well")
    factor = float(special.ndtri(1.0 - 0.025 / looks) / special.ndtri(0.975))
    return replace(
        gain,
        low=gain.gain - factor * (gain.gain - gain.low),
        high=gain.gain + factor * (gain.high - gain.gain),
    )


def leaked(hashes_a: NDArray[np.uint64], hashes_b: NDArray[np.uint64]) -> int:
    """How many rows of b are among those of a.

    Args:
        hashes_a: Row hashes, ascending, shape (rows,).
        hashes_b: Row hashes in any order; a hash that occurs twice counts twice.
    """
    if hashes_a.size == 0:
        return 0
    place = np.minimum(np.searchsorted(hashes_a, hashes_b), hashes_a.size - 1)
    return int(np.count_nonzero(hashes_a[place] == hashes_b))


def _first_version(
    metric: str, value: float, *, rows: int, rules: GateConfig, guards: dict[str, float]
) -> GateDecision:
    """Passes unless parity failed: there is nothing to lose against."""
    parity = gate_words.parity(guards)
    return GateDecision(
        verdict=GateVerdict.REJECT if parity else GateVerdict.PASS,
        reasons=(
            *parity,
            gate_words.no_champion(metric, value, rows=rows),
            *gate_words.leak(guards, rows=rows),
            *gate_words.calibration(guards, rules),
        ),
        metric=metric,
        rows=rows,
        champion_value=None,
        challenger_value=value,
        gain=0.0,
        low=0.0,
        high=0.0,
        p_value=None,
        test="none",
        guards=guards,
    )


def _objections(
    guards: dict[str, float], slices: Sequence[SliceGain], *, rules: GateConfig, rows: int
) -> tuple[str, ...]:
    """What rejects the challenger whatever its gain, each in a sentence."""
    return (
        *gate_words.parity(guards),
        *gate_words.leak(guards, rows=rows),
        *gate_words.calibration(guards, rules),
        *[gate_words.worse_slice(one, rules) for one in slices if one.p_adjusted <= ALPHA],
    )


def _because(
    judged: GateVerdict, gain: gains.Gain, rules: GateConfig, *, rows: int, is_blocked: bool
) -> tuple[str, ...]:
    """Why the interval says what it says; nothing where an objection overrules it."""
    if is_blocked and judged is not GateVerdict.REJECT:
        return ()
    return (gate_words.because(judged, gain, rules, is_enough=rows >= LEAST_ROWS),)


def _guards(
    truth: metrics.Truth,
    champion: NDArray[np.float64] | None,
    challenger: NDArray[np.float64],
    *,
    task: Task,
) -> dict[str, float]:
    """Calibration of both and how many decisions change; only what the task has and the rows define."""
    if task == "regression" or truth.size == 0:
        return {}
    found = {"ece": metrics.ece(truth, challenger)}
    if np.isnan(found["ece"]):
        return {}
    if task == "binary":
        found["brier"] = metrics.metric("brier", task, truth, challenger)
    if champion is not None:
        found["ece_champion"] = metrics.ece(truth, champion)
        is_changed = metrics.labels(champion) != metrics.labels(challenger)
        found["churn"] = float(is_changed.mean())
    return found


def _slice_gains(
    contest: gains.Contest, slices: Mapping[str, Labels], *, rules: GateConfig, seed: int
) -> tuple[SliceGain, ...]:
    """The gain in each slice that has rows enough, Holm-adjusted over all of them."""
    named: list[tuple[str, str, int, gains.Gain]] = []
    for column in sorted(slices):
        values, value_of = np.unique(slices[column].astype(np.str_), return_inverse=True)
        for index in np.flatnonzero(np.bincount(value_of) >= LEAST_ROWS):
            part = contest.where(value_of == index)
            value = str(values[index])
            # A stream by name: a further slice changes no interval of the others.
            rng = np.random.default_rng((seed, 1, zlib.crc32(f"{column}={value}".encode())))
            found = gains.measure(part, resamples=rules.resamples, rng=rng)
            named.append((column, value, part.truth.size, found))
    named = [one for one in named if not np.isnan(one[3].gain)]
    p_values = [gains.p_worse(found, margin=rules.non_inferiority) for *_, found in named]
    adjusted = holm.adjusted(np.array(p_values, dtype=np.float64))
    return tuple(
        SliceGain(
            column=column,
            value=value,
            rows=rows,
            gain=found.gain,
            low=found.low,
            high=found.high,
            p_adjusted=p_adjusted,
        )
        for (column, value, rows, found), p_adjusted in zip(named, adjusted.tolist(), strict=True)
    )
