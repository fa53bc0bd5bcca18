"""What the gate's figures mean, in full sentences; each function gives one sentence or none."""

from __future__ import annotations

import math

from storage.records import GateVerdict, SliceGain
from workbench.config import GateConfig
from workbench.core import metrics
from workbench.core.gains import Gain


def figures(metric: str, gain: Gain, *, rows: int, test: str, p_value: float | None) -> str:
    """The two values, the gain, its interval and its test."""
    if math.isnan(gain.gain):
        return f"{metric} is undefined on these {_count(rows)} rows."
    direction = "" if metrics.larger_is_better(metric) else " (smaller is better)"
    tested = test if p_value is None else f"{test}, {_p(p_value)}"
    return (
        f"{metric}{direction} is {gain.challenger_value:.4g} against the champion's "
        f"{gain.champion_value:.4g} on {_count(rows)} rows: gain {gain.gain:+.3g}, "
        f"95 % interval {_interval(gain.low, gain.high)} ({tested})."
    )


def because(verdict: GateVerdict, gain: Gain, rules: GateConfig, *, is_enough: bool) -> str:
    """Why the interval alone led to `verdict`."""
    if verdict is GateVerdict.PASS:
        return (
            f"The gain is at least {rules.min_gain:.3g} and its lower bound is above "
            f"{_loss(rules)}, the loss that is allowed."
        )
    if verdict is GateVerdict.REJECT:
        return _rejected(gain, rules)
    return _held(gain, rules, is_enough=is_enough)


def _rejected(gain: Gain, rules: GateConfig) -> str:
    if gain.high < 0.0:
        return f"It is clearly worse: even the upper bound {gain.high:+.3g} is below 0."
    if gain.high < rules.min_gain:
        return (
            f"It gains too little: even the upper bound {gain.high:+.3g} is below the "
            f"{rules.min_gain:.3g} that is asked for."
        )
    return (
        "It is as good as the champion and no better: the interval lies within "
        f"{rules.non_inferiority:.3g} on both sides of 0, and the gain is below "
        f"{rules.min_gain:.3g}."
    )


def _held(gain: Gain, rules: GateConfig, *, is_enough: bool) -> str:
    if math.isnan(gain.gain) or math.isnan(gain.low):
        return "Nothing can be said without a number; a hold-out with rows of every class would give one."
    if not is_enough:
        return "At least 100 rows are needed before the gate says anything."
    if gain.gain < rules.min_gain:
        return (
            f"The gain is below the {rules.min_gain:.3g} that is asked for, but the interval still "
            f"reaches {gain.high:+.3g}: too wide to say."
        )
    return (
        f"The lower bound {gain.low:+.3g} does not exclude a loss beyond {_loss(rules)}: "
        "the interval is too wide to say."
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
        f"The hold-out leaks: {_count(leaked_rows)} of its {_count(rows)} rows were trained on, "
        "so its figures flatter."
    )
    return (sentence,)


def calibration(guards: dict[str, float], rules: GateConfig) -> tuple[str, ...]:
    """How far the calibration error is over its limit."""
    error = guards.get("ece")
    if rules.max_ece is None or error is None or not error > rules.max_ece:
        return ()
    return (f"The calibration error (ECE) {error:.3g} is above the allowed {rules.max_ece:.3g}.",)


def worse_slice(found: SliceGain, rules: GateConfig) -> str:
    """Where the challenger is worse than the margin allows."""
    return (
        f"It is worse where {found.column} is {found.value}: gain {found.gain:+.3g} on "
        f"{_count(found.rows)} rows, 95 % interval {_interval(found.low, found.high)}, allowed is "
        f"{_loss(rules)} (Holm-adjusted {_p(found.p_adjusted)})."
    )


def no_champion(metric: str, value: float, *, rows: int) -> str:
    """That nothing was compared."""
    known = f"is undefined on these {_count(rows)} rows"
    if not math.isnan(value):
        known = f"is {value:.4g} on {_count(rows)} rows"
    return f"There is no champion yet, so nothing was compared; {metric} {known}."


def _interval(low: float, high: float) -> str:
    return f"{low:+.3g} to {high:+.3g}"


def _loss(rules: GateConfig) -> str:
    """The loss that is allowed, as a gain: `-0.002`, or `0`."""
    return f"{-rules.non_inferiority:.3g}" if rules.non_inferiority else "0"


def _p(value: float) -> str:
    return "p < 0.0001" if value < 0.0001 else f"p = {value:.2g}"


def _count(rows: int) -> str:
    return f"{rows:,}".replace(",", " ")
