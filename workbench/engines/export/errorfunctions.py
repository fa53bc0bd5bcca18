"""The error function and its complement in double, which ONNX runtimes know in single precision only.

Source: Moshier, Cephes Mathematical Library (1989), ndtr.c, which scipy uses.
"""

from __future__ import annotations

import numpy as np

from workbench.engines.export.tensors import Tensor

_NEAR_OVER = (
    9.60497373987051638749e0,
    9.00260197203842689217e1,
    2.23200534594684319226e3,
    7.00332514112805075473e3,
    5.55923013010394962768e4,
)
_NEAR_UNDER = (
    1.0,
    3.35617141647503099647e1,
    5.21357949780152679795e2,
    4.59432382970980127987e3,
    2.26290000613890934246e4,
    4.92673942608635921086e4,
)
_MIDDLE_OVER = (
    2.46196981473530512524e-10,
    5.64189564831068821977e-1,
    7.46321056442269912687e0,
    4.86371970985681366614e1,
    1.96520832956077098242e2,
    5.26445194995477358631e2,
    9.34528527171957607540e2,
    1.02755188689515710272e3,
    5.57535335369399327526e2,
)
_MIDDLE_UNDER = (
    1.0,
    1.32281951154744992508e1,
    8.67072140885989742329e1,
    3.54937778887819891062e2,
    9.75708501743205489753e2,
    1.82390916687909736289e3,
    2.24633760818710981792e3,
    1.65666309194161350182e3,
    5.57535340817727675546e2,
)
_FAR_OVER = (
    5.64189583547755073984e-1,
    1.27536670759978104416e0,
    5.01905042251180477414e0,
    6.16021097993053585195e0,
    7.40974269950448939160e0,
    2.97886665372100240670e0,
)
_FAR_UNDER = (
    1.0,
    2.26052863220117276590e0,
    9.39603524938001434673e0,
    1.20489539808096656605e1,
    1.70814450747565897222e1,
    9.60896809063285878198e0,
    3.36907645100081516050e0,
)


def erf(value: Tensor) -> Tensor:
    """The error function."""
    size = value.of("Abs")
    is_near = size <= 1.0
    near = is_near.where(value, 0.0)
    far = 1.0 - _complement(is_near.where(1.0, size))
    return is_near.where(_near(near), value.of("Sign") * far)


def normal_shares(value: Tensor) -> Tensor:
    """The probability that a normal variable lies below `value`."""
    scaled = value * float(np.sqrt(0.5))
    size = scaled.of("Abs")
    is_near = size < 1.0
    near = _near(is_near.where(scaled, 0.0)) * 0.5 + 0.5
    tail = _complement(is_near.where(1.0, size)) * 0.5
    return is_near.where(near, (scaled > 0.0).where(1.0 - tail, tail))


def _near(value: Tensor) -> Tensor:
    """The error function of numbers between -1 and 1."""
    square = value * value
    return value * _polynomial(square, _NEAR_OVER) / _polynomial(square, _NEAR_UNDER)


def _complement(size: Tensor) -> Tensor:
    """1 - erf of numbers from 1."""
    bounded = (size > 40.0).where(40.0, size)
    is_far = bounded >= 8.0
    over = is_far.where(_polynomial(bounded, _FAR_OVER), _polynomial(bounded, _MIDDLE_OVER))
    under = is_far.where(_polynomial(bounded, _FAR_UNDER), _polynomial(bounded, _MIDDLE_UNDER))
    return (-(bounded * bounded)).of("Exp") * over / under


def _polynomial(value: Tensor, coefficients: tuple[float, ...]) -> Tensor:
    """Coefficients from the highest power down."""
    total = value * coefficients[0] + coefficients[1]
    for coefficient in coefficients[2:]:
        total = total * value + coefficient
    return total
