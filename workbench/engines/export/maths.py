"""Functions that ONNX lacks, or that it computes with fewer digits than numpy and scipy do."""

from __future__ import annotations

from workbench.engines.export.tensors import Operand, Tensor


def bounded(value: Tensor, low: Operand, high: Operand) -> Tensor:
    """`value` between `low` and `high`; NaN stays what it is."""
    raised = (value < low).where(low, value)
    return (raised > high).where(high, raised)


def is_nan(value: Tensor) -> Tensor:
    """Where `value` is NaN, as booleans."""
    return value.of("IsNaN")


def log1p(value: Tensor) -> Tensor:
    """log(1 + value), with all digits where `value` is small.

    Source: Goldberg, What every computer scientist should know about floating-point arithmetic (1991), theorem 4.
    """
    raised = value + 1.0
    logarithm = raised.of("Log")
    is_small = value.of("Abs") < 1.0
    safe = is_small.where(value, 0.5)
    near = safe + 1.0
    is_one = near.equals(1.0)
    corrected = near.of("Log") * (safe / is_one.where(1.0, near - 1.0))
    return is_small.where(is_one.where(safe, corrected), logarithm)


def expm1(value: Tensor) -> Tensor:
    """exp(value) - 1, with all digits where `value` is small.

    Source: Higham, Accuracy and Stability of Numerical Algorithms (2002), section 1.14.1.
    """
    is_small = value.of("Abs") < 0.5
    safe = is_small.where(value, 0.25)
    power = safe.of("Exp")
    is_one = power.equals(1.0)
    logarithm = is_one.where(1.0, power.of("Log"))
    corrected = (power - 1.0) * (safe / logarithm)
    return is_small.where(is_one.where(safe, corrected), value.of("Exp") - 1.0)


def remainder(value: Tensor, divisor: float) -> Tensor:
    """`value` modulo a positive `divisor`, never negative, as numpy's `%`."""
    rest = value.of("Mod", divisor, fmod=1)
    return (rest < 0.0).where(rest + divisor, rest)


def hyperbolic_cosine(value: Tensor) -> Tensor:
    """The hyperbolic cosine."""
    return (value.of("Exp") + (-value).of("Exp")) * 0.5


def hyperbolic_sine(value: Tensor) -> Tensor:
    """The hyperbolic sine."""
    less = expm1(value)
    return (less - expm1(-value)) * 0.5


def normal_quantiles(shares: Tensor) -> Tensor:
    """The value below which a normal variable lies with a probability of `shares`.

    Args:
        shares: Between 1.4e-11 and 1 - 1.4e-11.

    Source: Wichura, Algorithm AS 241: The percentage points of the normal distribution (1988).
    """
    shift = shares - 0.5
    is_central = shift.of("Abs") <= 0.425
    near = is_central.where(shift, 0.0)
    square = 0.180625 - near * near
    central = shift * (_polynomial(square, _CENTRAL_OVER) / _polynomial(square, _CENTRAL_UNDER))
    tail = (shift < 0.0).where(shares, 1.0 - shares)
    depth = (-tail.of("Log")).of("Sqrt") - 1.6
    outer = _polynomial(depth, _TAIL_OVER) / _polynomial(depth, _TAIL_UNDER)
    return is_central.where(central, (shift < 0.0).where(-outer, outer))


def _polynomial(value: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """Coefficients from the highest power down."""
    total = value * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * value + coefficient
    return total


_CENTRAL_OVER = (
    2509.0809287301227,
    33430.57558358813,
    67265.7709270087,
    45921.95393154987,
    13731.69376550946,
    1971.5909503065513,
    133.14166789178438,
    3.3871328727963665,
)
_CENTRAL_UNDER = (
    5226.495278852854,
    28729.085735721943,
    39307.89580009271,
    21213.794301586597,
    5394.196021424751,
    687.1870074920579,
    42.31333070160091,
    1.0,
)
_TAIL_OVER = (
    0.0007745450142783414,
    0.022723844989269184,
    0.2417807251774506,
    1.2704582524523684,
    3.6478483247632045,
    5.769497221460691,
    4.630337846156546,
    1.4234371107496835,
)
_TAIL_UNDER = (
    1.0507500716444169e-09,
    0.0005475938084995345,
    0.015198666563616457,
    0.14810397642748008,
    0.6897673349851,
    1.6763848301838038,
    2.053191626637759,
    1.0,
)
