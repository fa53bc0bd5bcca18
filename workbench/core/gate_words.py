"""What the gate's figures mean, in full sentences; each function gives one sentence or none."""

from __future__ import annotations

import math

from storage.records import GateVerdict, SliceGain
from workbench.config import GateConfig
from workbench.core import metrics, words
from workbench.core.gains import Gain
from workbench.core.guards import Latency
from workbench.core.units import Units


def rows(count: int, drawn: Units | None) -> str:
    """How many rows, and the units they are drawn in: `1 500 rows in 31 days`."""
    if drawn is None:
        return words.plural(count, "row")
    return f"{words.plural(count, 'row')} in {words.plural(drawn.count, drawn.noun)}"


def figures(metric: str, gain: Gain, *, rows: str, test: str, p_value: float | None) -> str:
    """The two values, the gain, its interval and its test."""
    if math.isnan(gain.gain):
        return f"{metric} is undefined on these {rows}."
    direction = "" if metrics.larger_is_better(metric) else " (smaller is better)"
    tested = test if p_value is None else f"{test}, p {words.p_value(p_value)}"
    return (
        f"{metric}{direction} is {_value(gain.challenger_value)} against the champion's "
        f"{_value(gain.champion_value)} on {rows}: gain {words.signed(gain.gain)}, "
        f"95 % interval {words.gain_interval(gain.low, gain.high)} ({tested})."
    )


def because(verdict: GateVerdict, gain: Gain, rules: GateConfig) -> str:
    """Why the interval alone led to `verdict`."""
    if verdict is GateVerdict.PASS:
        return (
            f"The gain is at least {rules.min_gain:g} and its lower bound is above "
            f"{_loss(rules)}, the loss that is allowed."
        )
    if verdict is GateVerdict.REJECT:
        return _rejected(gain, rules)
    return _held(gain, rules)


def _rejected(gain: Gain, rules: GateConfig) -> str:
    if gain.high < 0.0:
        return f"It is clearly worse: even the upper bound {words.signed(gain.high)} is below 0."
    if gain.high < rules.min_gain:
        return (
            f"It gains too little: even the upper bound {words.signed(gain.high)} is below the "
            f"{rules.min_gain:g} that is asked for."
        )
    return (
        "It is as good as the champion and no better: the interval lies within "
        f"{rules.non_inferiority:g} on both sides of 0, and the gain is below "
        f"{rules.min_gain:g}."
    )


def _held(gain: Gain, rules: GateConfig) -> str:
    if gain.gain < rules.min_gain:
        return (
            f"The gain is below the {rules.min_gain:g} that is asked for, but the interval still "
            f"reaches {words.signed(gain.high)}: too wide to say."
        )
    return (
        f"The lower bound {words.signed(gain.low)} does not exclude a loss beyond {_loss(rules)}: "
        "the interval is too wide to say."
    )


def no_number(guards: dict[str, float], *, rows: int) -> str:
    """Why the gain or its interval is no number."""
    unscored_rows = int(guards.get("unscored_rows_champion", 0.0))
    if unscored_rows:
        return (
            f"The champion gives {words.count(unscored_rows)} of {words.plural(rows, 'row')} no finite "
            "score, so nothing can be compared."
        )
    return (
        "Nothing can be said without a number; a hold-out with rows of every class would give one."
    )


def few_rows(least: int) -> str:
    """That the hold-out is too small."""
    return f"At least {least} rows are needed before the gate says anything."


def few_units(count: int, noun: str, *, least: int) -> str:
    """That too few units can be drawn from, however many rows they have."""
    return (
        f"Rows of one {noun} may depend on each other, and there {'is' if count == 1 else 'are'} "
        f"{words.plural(count, noun)}: at least {least} are needed before the gate says anything."
    )


def hardly_different(gain: Gain, noun: str, *, least: int) -> str:
    """That the models answer alike nearly everywhere."""
    if gain.differing == 0:
        return "Champion and challenger do the same on all of them: there is nothing to decide."
    return (
        f"Champion and challenger differ in {words.plural(gain.differing, noun)} of "
        f"{words.count(gain.units)}: at least {least} are needed before the gate says anything."
    )


def repeated(looks: int) -> tuple[str, ...]:
    """That the interval was widened, when the hold-out has been used before."""
    if looks == 1:
        return ()
    sentence = (
        f"This hold-out has judged {looks} challengers, this one included: "
        "the interval is widened to hold over all of them."
    )
    return (sentence,)


def parity(guards: dict[str, float]) -> tuple[str, ...]:
    """That the graph and the model differ."""
    if guards["parity_passed"]:
        return ()
    return ("Parity failed: the ONNX graph does not answer as the trained model does.",)


def leak(guards: dict[str, float], *, rows: int) -> tuple[str, ...]:
    """How many of the rows were trained on."""
    leaked_rows = int(guards["leaked_rows"])
    if leaked_rows == 0:
        return ()
    sentence = (
        f"The hold-out leaks: {words.count(leaked_rows)} of its {words.count(rows)} rows were trained on, "
        "so its figures flatter."
    )
    return (sentence,)


def unscored(guards: dict[str, float], *, rows: int) -> tuple[str, ...]:
    """That the challenger has no answer to some rows."""
    unscored_rows = int(guards.get("unscored_rows", 0.0))
    if unscored_rows == 0:
        return ()
    return (
        f"It gives {words.count(unscored_rows)} of {words.plural(rows, 'row')} no finite score.",
    )


def calibration(guards: dict[str, float], rules: GateConfig) -> tuple[str, ...]:
    """How far the calibration error is over its limit, by more than chance."""
    error, by_chance = guards.get("ece"), guards.get("ece_by_chance", 0.0)
    if rules.max_ece is None or error is None or not error - by_chance > rules.max_ece:
        return ()
    sentence = (
        f"The calibration error (ECE) {words.number(error)} is above the allowed {rules.max_ece:g}; "
        f"chance explains {words.number(by_chance)} of it."
    )
    return (sentence,)


def churn(guards: dict[str, float], rules: GateConfig) -> tuple[str, ...]:
    """That more labels change than may."""
    changed = guards.get("churn")
    if rules.max_churn is None or changed is None or not changed > rules.max_churn:
        return ()
    allowed = words.share(rules.max_churn)
    return (f"It changes the label of {words.share(changed)} of the rows, allowed is {allowed}.",)


def golden(guards: dict[str, float]) -> tuple[str, ...]:
    """How many golden rows are answered otherwise than was declared."""
    changed, of = int(guards.get("golden_changed", 0.0)), int(guards.get("golden_rows", 0.0))
    if changed == 0:
        return ()
    return (
        f"It answers {words.count(changed)} of {words.plural(of, 'golden row')} otherwise than declared.",
    )


def slow(latency: Latency | None, rules: GateConfig) -> tuple[str, ...]:
    """By how much the challenger is slower than is allowed."""
    if (
        latency is None
        or rules.max_latency_ratio is None
        or not latency.is_above(rules.max_latency_ratio)
    ):
        return ()
    sentence = (
        f"It is slower: 95 % of its answers come within {words.number(latency.challenger_ms)} ms, the "
        f"champion's within {words.number(latency.champion_ms)} ms; at least "
        f"{words.number(latency.ratio_low)} times as long, allowed is {rules.max_latency_ratio:g}."
    )
    return (sentence,)


def worse_slice(found: SliceGain, rules: GateConfig) -> str:
    """Where the challenger is worse than the margin allows."""
    return (
        f"It is worse where {found.column} is {found.value}: gain {words.signed(found.gain)} on "
        f"{words.count(found.rows)} rows, 95 % interval {words.gain_interval(found.low, found.high)}, allowed is "
        f"{_loss(rules)} (Holm-adjusted p {words.p_value(found.p_adjusted)})."
    )


def no_champion(metric: str, value: float, *, rows: int) -> str:
    """That nothing was compared."""
    known = f"is undefined on these {words.count(rows)} rows"
    if not math.isnan(value):
        known = f"is {_value(value)} on {words.count(rows)} rows"
    return f"There is no champion yet, so nothing was compared; {metric} {known}."


def _value(value: float) -> str:
    """A metric with a digit more than its gain has: a small gain between two values must be seen."""
    return words.number(value, digits=4)


def _loss(rules: GateConfig) -> str:
    """The loss that is allowed, as a gain: `-0.002`, or `0`."""
    return f"{-rules.non_inferiority:g}" if rules.non_inferiority else "0"
