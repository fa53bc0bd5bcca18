"""Kernels of Gaussian processes between rows and known points, (n, points), alone and combined."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.gaussian_process import kernels as gp

from workbench.engines.export.emission import Unsupported
from workbench.engines.export.nearness import distances, kernels
from workbench.engines.export.tensors import Numbers, Tensor, numbers, repeated


def process(rows: Tensor, points: Numbers, kernel: Any) -> Tensor:
    """A fitted kernel of `sklearn.gaussian_process.kernels`.

    Raises:
        Unsupported: It is of a kind that is not known.
    """
    emit = _PROCESS.get(type(kernel))
    if emit is None:
        raise Unsupported(f"its kernel {type(kernel).__name__} is not known")
    return emit(rows, points, kernel)


def variance(rows: Tensor, kernel: Any) -> Tensor:
    """The kernel between each row and itself, (n, 1).

    Raises:
        Unsupported: It is of a kind that is not known.
    """
    if isinstance(kernel, gp.Sum):
        return variance(rows, kernel.k1) + variance(rows, kernel.k2)
    if isinstance(kernel, gp.Product):
        return variance(rows, kernel.k1) * variance(rows, kernel.k2)
    if isinstance(kernel, gp.Exponentiation):
        return variance(rows, kernel.kernel).of("Pow", float(kernel.exponent))
    if isinstance(kernel, gp.DotProduct):
        return (rows * rows).sum() + float(kernel.sigma_0) ** 2
    return repeated(rows, [_own_variance(kernel)])


def _own_variance(kernel: Any) -> float:
    """The kernel between any row and itself."""
    if isinstance(kernel, gp.ConstantKernel):
        return float(kernel.constant_value)
    if isinstance(kernel, gp.WhiteKernel):
        return float(kernel.noise_level)
    if isinstance(kernel, gp.RBF | gp.Matern | gp.RationalQuadratic | gp.ExpSineSquared):
        return 1.0
    raise Unsupported(f"its kernel {type(kernel).__name__} is not known")


def _sum(rows: Tensor, points: Numbers, kernel: gp.Sum) -> Tensor:
    return process(rows, points, kernel.k1) + process(rows, points, kernel.k2)


def _product(rows: Tensor, points: Numbers, kernel: gp.Product) -> Tensor:
    return process(rows, points, kernel.k1) * process(rows, points, kernel.k2)


def _power(rows: Tensor, points: Numbers, kernel: gp.Exponentiation) -> Tensor:
    return process(rows, points, kernel.kernel).of("Pow", float(kernel.exponent))


def _constant(rows: Tensor, points: Numbers, kernel: gp.ConstantKernel) -> Tensor:
    return repeated(rows, np.full(len(points), float(kernel.constant_value)))


def _white(rows: Tensor, points: Numbers, _kernel: gp.WhiteKernel) -> Tensor:
    return repeated(rows, np.zeros(len(points)))


def _rbf(rows: Tensor, points: Numbers, kernel: gp.RBF) -> Tensor:
    scale = numbers(kernel.length_scale)
    return (distances.squared(rows / scale, points / scale) * -0.5).of("Exp")


def _matern(rows: Tensor, points: Numbers, kernel: gp.Matern) -> Tensor:
    scale = numbers(kernel.length_scale)
    distance = distances.squared(rows / scale, points / scale).of("Sqrt")
    if kernel.nu == 0.5:
        return (-distance).of("Exp")
    if kernel.nu == 1.5:
        root = distance * float(np.sqrt(3))
        return (root + 1.0) * (-root).of("Exp")
    if kernel.nu == 2.5:
        root = distance * float(np.sqrt(5))
        return ((root + 1.0) + root * root / 3.0) * (-root).of("Exp")
    if np.isinf(kernel.nu):
        return (-(distance * distance) / 2.0).of("Exp")
    raise Unsupported(f"its Matern kernel of nu {kernel.nu:g} needs a Bessel function")


def _rational(rows: Tensor, points: Numbers, kernel: gp.RationalQuadratic) -> Tensor:
    width = 2 * float(kernel.alpha) * float(kernel.length_scale) ** 2
    return (distances.squared(rows, points) / width + 1.0).of("Pow", -float(kernel.alpha))


def _periodic(rows: Tensor, points: Numbers, kernel: gp.ExpSineSquared) -> Tensor:
    distance = distances.squared(rows, points).of("Sqrt")
    sine = (distance * float(np.pi / kernel.periodicity)).of("Sin") / float(kernel.length_scale)
    return (sine * sine * -2.0).of("Exp")


def _dot_product(rows: Tensor, points: Numbers, kernel: gp.DotProduct) -> Tensor:
    return rows @ points.T + float(kernel.sigma_0) ** 2


def _pairwise(rows: Tensor, points: Numbers, kernel: gp.PairwiseKernel) -> Tensor:
    if kernel.pairwise_kernels_kwargs:
        raise Unsupported("its kernel has settings that are not known")
    return kernels.named(rows, points, kernel.metric, kernels.Settings(gamma=kernel.gamma))


_PROCESS: dict[type, Callable[[Tensor, Numbers, Any], Tensor]] = {
    gp.Sum: _sum,
    gp.Product: _product,
    gp.Exponentiation: _power,
    gp.ConstantKernel: _constant,
    gp.WhiteKernel: _white,
    gp.RBF: _rbf,
    gp.Matern: _matern,
    gp.RationalQuadratic: _rational,
    gp.ExpSineSquared: _periodic,
    gp.DotProduct: _dot_product,
    gp.PairwiseKernel: _pairwise,
}
