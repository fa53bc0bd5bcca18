"""The gate: whether a challenger may take the champion's place, judged on the same rows.

With margin = `non_inferiority`, least = `min_gain`, and the gain's 95 % interval from low to high:

    hold     fewer than 100 rows or 8 units, or the            these rows cannot say anything
             models differ in fewer than 10 units (of 8 or 9:
             not in all), or the gain is no number
    reject   high < least, or high < -margin                   it surely gains less than is asked for
             gain < least and -margin < low and high < margin  no gain, and the interval is narrow enough
                                                               to know that both are equally good
    pass     low > -margin and gain >= least                   surely not worse than the margin allows,
                                                               and at least the gain that is asked for
    hold     anything else                                     the interval is too wide to say

The first line that fits decides. A failed guard (parity, leaked rows, rows without a score, calibration,
churn, golden rows, latency) rejects, and so does a slice that is significantly worse than the margin; both go
before the table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.records import GateDecision, GateVerdict, SliceGain
from workbench.config import GateConfig, Task
from workbench.core import gains, gate_words, guards, metrics, units
from workbench.core.gate_slices import (
    LEAST_DIFFERING,
    LEAST_ROWS,
    Labels,
    differs_enough,
    slice_gains,
)

ALPHA = 0.05
"""Holm-adjusted p up to which a slice counts as worse."""
TAIL = 0.025
"""How likely each bound is to be missed at the first look at a hold-out."""


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
    drawn: units.Units | None = None,
    golden: guards.Golden | None = None,
    latency: guards.Latency | None = None,
) -> GateDecision:
    """Champion against challenger; the same arguments give the same decision.

    Args:
        truth: Of the hold-out's rows; see `metrics` for truth and scores by task.
        champion: Its scores of these rows; None when there is no champion. A first version passes unless
            its parity failed or it gives a row no score, with a gain of 0.
        challenger: Its scores of the same rows.
        task: What the models do.
        metric: By which they are compared.
        rules: What the challenger must show.
        slices: Columns whose values are judged on their own, where they have 100 rows or more and the
            metric is defined.
        parity_passed: Whether the challenger's graph was proved to answer as its model does.
        leaked_rows: How many of the rows one of the models was trained on.
        looks: How often this hold-out has judged a challenger, this time included; see `at_look`.
        seed: Of the resamples.
        drawn: What rows depend on each other and are drawn together; None: each row by itself.
        golden: What came of the rows whose answer is declared; None: none are.
        latency: How long single rows take both; None: nobody measured it.

    Raises:
        ValueError: The task has no such metric, shapes do not belong together, or looks is below 1.
    """
    found_guards = guards.figures(truth, champion, challenger, task=task)
    found_guards |= {
        "parity_passed": float(parity_passed),
        "leaked_rows": float(leaked_rows),
        "looks": float(looks),
        **_measured(golden, latency),
    }
    if champion is None:
        value = metrics.metric(metric, task, truth, challenger)
        return _first_version(metric, value, rows=truth.size, rules=rules, guards=found_guards)
    contest = gains.Contest(
        task=task,
        metric=metric,
        truth=truth,
        champion=champion,
        challenger=challenger,
        units=drawn,
    )
    rng = np.random.default_rng((seed, 0))
    found = at_look(gains.measure(contest, resamples=rules.resamples, rng=rng), looks=looks)
    by_slice = slice_gains(contest, slices, rules=rules, seed=seed)
    objections = _objections(found_guards, by_slice, latency, rules=rules, rows=truth.size)
    judged = verdict_of(found, rules, rows=truth.size)
    test, p_value = gains.significance(contest)
    rows = gate_words.rows(truth.size, drawn)
    return GateDecision(
        verdict=GateVerdict.REJECT if objections else judged,
        reasons=(
            *objections,
            gate_words.figures(metric, found, rows=rows, test=test, p_value=p_value),
            *_because(
                judged,
                found,
                rules,
                shortage=_shortage(found, truth.size, found_guards, drawn),
                is_blocked=bool(objections),
            ),
            *gate_words.repeated(looks),
        ),
        metric=metric,
        rows=truth.size,
        champion_value=found.champion_value,
        challenger_value=found.challenger_value,
        gain=found.gain,
        low=found.low,
        high=found.high,
        p_value=p_value,
        test=test,
        slices=by_slice,
        guards=found_guards,
    )


def verdict_of(gain: gains.Gain, rules: GateConfig, *, rows: int) -> GateVerdict:
    """What the gain and its interval alone say; see the table at the top. No number: hold."""
    margin, least = rules.non_inferiority, rules.min_gain
    if not is_enough(gain, rows=rows) or np.isnan([gain.gain, gain.low, gain.high]).any():
        return GateVerdict.HOLD
    is_equal = -margin < gain.low and gain.high < margin
    if gain.high < max(least, -margin) or (gain.gain < least and is_equal):
        return GateVerdict.REJECT
    if gain.low > -margin and gain.gain >= least:
        return GateVerdict.PASS
    return GateVerdict.HOLD


def is_enough(gain: gains.Gain, *, rows: int) -> bool:
    """Whether there are rows, units, and units in which the models differ, enough for any verdict."""
    return rows >= LEAST_ROWS and gain.units >= units.LEAST and differs_enough(gain)


def at_look(gain: gains.Gain, *, looks: int) -> gains.Gain:
    """The gain with bounds for a hold-out that is looked at for the `looks`-th time.

    Each bound of the k-th look is missed with probability .025 / k². The first look is an ordinary 95 %
    interval, and over any number of looks a bound is missed at all with .025 * pi² / 6 = .041 at most. (With
    .025 / k at the k-th look, the sum would grow without limit.)

    Raises:
        ValueError: `looks` is below 1.

    Source: the inequality of Bonferroni, and Euler's sum of 1 / k².
    """
    if looks < 1:
        raise ValueError(f"looks is {looks}, this look counts as well")
    return gains.at_level(gain, tail=TAIL / looks**2)


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


def _measured(golden: guards.Golden | None, latency: guards.Latency | None) -> dict[str, float]:
    """The figures of the guards that not every gate has."""
    found: dict[str, float] = {}
    if golden is not None:
        found |= {"golden_rows": float(golden.rows), "golden_changed": float(golden.changed)}
    if latency is not None:
        found |= {"p95_ms": latency.challenger_ms, "p95_ms_champion": latency.champion_ms}
    return found


def _first_version(
    metric: str, value: float, *, rows: int, rules: GateConfig, guards: dict[str, float]
) -> GateDecision:
    """Passes unless parity failed or a row has no score: there is nothing to lose against."""
    faults = (
        *gate_words.parity(guards),
        *gate_words.unscored(guards, rows=rows),
        *gate_words.golden(guards),
    )
    return GateDecision(
        verdict=GateVerdict.REJECT if faults else GateVerdict.PASS,
        reasons=(
            *faults,
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
    figures: dict[str, float],
    slices: Sequence[SliceGain],
    latency: guards.Latency | None,
    *,
    rules: GateConfig,
    rows: int,
) -> tuple[str, ...]:
    """What rejects the challenger whatever its gain, each in a sentence."""
    return (
        *gate_words.parity(figures),
        *gate_words.unscored(figures, rows=rows),
        *gate_words.leak(figures, rows=rows),
        *gate_words.calibration(figures, rules),
        *gate_words.churn(figures, rules),
        *gate_words.golden(figures),
        *gate_words.slow(latency, rules),
        *[gate_words.worse_slice(one, rules) for one in slices if one.p_adjusted <= ALPHA],
    )


def _because(
    judged: GateVerdict,
    gain: gains.Gain,
    rules: GateConfig,
    *,
    shortage: str | None,
    is_blocked: bool,
) -> tuple[str, ...]:
    """Why the interval says what it says; nothing where an objection overrules it."""
    if is_blocked and judged is not GateVerdict.REJECT:
        return ()
    return (shortage or gate_words.because(judged, gain, rules),)


def _shortage(
    gain: gains.Gain, rows: int, guards: dict[str, float], drawn: units.Units | None
) -> str | None:
    """What the hold-out lacks for any verdict, in a sentence; None where it lacks nothing."""
    if np.isnan([gain.gain, gain.low]).any():
        return gate_words.no_number(guards, rows=rows)
    if rows < LEAST_ROWS:
        return gate_words.few_rows(LEAST_ROWS)
    noun = "row" if drawn is None else drawn.noun
    if gain.units < units.LEAST:
        return gate_words.few_units(gain.units, noun, least=units.LEAST)
    if not differs_enough(gain):
        return gate_words.hardly_different(gain, noun, least=min(LEAST_DIFFERING, gain.units))
    return None
