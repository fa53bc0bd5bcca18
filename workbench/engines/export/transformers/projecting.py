"""scikit-learn's decompositions and projections: rows in fewer, or more, directions, in double."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn import cross_decomposition as cross
from sklearn import decomposition as dec
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.kernel_approximation import (
    AdditiveChi2Sampler,
    Nystroem,
    PolynomialCountSketch,
    RBFSampler,
    SkewedChi2Sampler,
)
from sklearn.neighbors import NeighborhoodComponentsAnalysis
from sklearn.neural_network import BernoulliRBM
from sklearn.random_projection import GaussianRandomProjection, SparseRandomProjection

from workbench.engines.export.emission import Block, Emission, Transform, Unsupported
from workbench.engines.export.nearness.kernels import Settings, in_chunks, named
from workbench.engines.export.tensors import Tensor, numbers, side_by_side

Project = Callable[[Tensor, Any], Tensor]


def _components(matrix: Tensor, step: Any) -> Tensor:
    return matrix @ numbers(step.components_).T


def _principal(matrix: Tensor, step: dec.PCA | dec.IncrementalPCA) -> Tensor:
    weights = numbers(step.components_).T
    found = matrix @ weights - numbers(step.mean_).reshape(1, -1) @ weights
    if not step.whiten:
        return found
    scale = np.sqrt(numbers(step.explained_variance_))
    return found / np.maximum(scale, np.finfo(np.float64).eps)


def _factors(matrix: Tensor, step: dec.FactorAnalysis) -> Tensor:
    weights = numbers(step.components_)
    weighted = weights / numbers(step.noise_variance_)
    spread = np.linalg.inv(np.eye(len(weights)) + weighted @ weights.T)
    return (matrix - numbers(step.mean_)) @ weighted.T @ spread


def _independent(matrix: Tensor, step: dec.FastICA) -> Tensor:
    return _components(matrix - numbers(step.mean_) if step.whiten else matrix, step)


def _sparse_principal(matrix: Tensor, step: dec.SparsePCA) -> Tensor:
    """A ridge regression of each row on the components, which is linear in the row."""
    weights = numbers(step.components_)
    gram = weights @ weights.T + step.ridge_alpha * np.eye(len(weights))
    return (matrix - numbers(step.mean_)) @ numbers(np.linalg.solve(gram, weights)).T


def _kernel_principal(matrix: Tensor, step: dec.KernelPCA) -> Tensor:
    if step.kernel == "precomputed":
        return along_kernel(matrix, step)
    kept = numbers(step.X_fit_)

    settings = Settings(gamma=step.gamma_, degree=step.degree, coef0=step.coef0)

    def _found(rows: Tensor) -> Tensor:
        return along_kernel(named(rows, kept, step.kernel, settings), step)

    return in_chunks(matrix, kept, _found)


def along_kernel(values: Tensor, step: dec.KernelPCA) -> Tensor:
    """The directions that a fitted KernelPCA finds in kernels between rows and those of training."""
    lengths, vectors = numbers(step.eigenvalues_), numbers(step.eigenvectors_)
    weights = np.zeros_like(vectors)
    weights[:, lengths != 0] = vectors[:, lengths != 0] / np.sqrt(lengths[lengths != 0])
    # scikit-learn keeps what centres the kernel in a private place, and nowhere else.
    centre = step._centerer  # noqa: SLF001
    columns = numbers(centre.K_fit_rows_)
    means = values.sum() / float(len(columns))
    return (values - columns - means + float(centre.K_fit_all_)) @ weights


def _nystroem(matrix: Tensor, step: Nystroem) -> Tensor:
    # What the kernel is called with is decided in a private place, and nowhere else.
    params = step._get_kernel_params()  # noqa: SLF001
    settings = Settings(**{name: one for name, one in params.items() if one is not None})
    kept, weights = numbers(step.components_), numbers(step.normalization_).T

    def _found(rows: Tensor) -> Tensor:
        return named(rows, kept, step.kernel, settings) @ weights

    return in_chunks(matrix, kept, _found)


def _discriminants(matrix: Tensor, step: LinearDiscriminantAnalysis) -> Tensor:
    if step.solver == "svd":
        matrix = matrix - numbers(step.xbar_)
    # How many directions it keeps stands in a private place, and nowhere else.
    return matrix @ numbers(step.scalings_)[:, : step._max_components]  # noqa: SLF001


def _least_squares(matrix: Tensor, step: Any) -> Tensor:
    directions = step.x_weights_ if isinstance(step, cross.PLSSVD) else step.x_rotations_
    # What centres and scales the rows stands in private places, and nowhere else.
    mean, spread = numbers(step._x_mean), numbers(step._x_std)  # noqa: SLF001
    return ((matrix - mean) / spread) @ numbers(directions)


def _boltzmann(matrix: Tensor, step: BernoulliRBM) -> Tensor:
    return (_components(matrix, step) + numbers(step.intercept_hidden_)).sigmoid()


def _random_features(matrix: Tensor, step: RBFSampler) -> Tensor:
    return _waves(matrix, step) * float((2.0 / step.n_components) ** 0.5)


def _skewed_chi2(matrix: Tensor, step: SkewedChi2Sampler) -> Tensor:
    logarithms = (matrix + float(step.skewedness)).of("Log")
    return _waves(logarithms, step) * float(np.sqrt(2.0) / np.sqrt(step.n_components))


def _waves(matrix: Tensor, step: Any) -> Tensor:
    return (matrix @ numbers(step.random_weights_) + numbers(step.random_offset_)).of("Cos")


def _additive_chi2(matrix: Tensor, step: AdditiveChi2Sampler) -> Tensor:
    interval = step.sample_interval
    interval = {1: 0.8, 2: 0.5, 3: 0.4}[step.sample_steps] if interval is None else float(interval)
    is_zero = matrix.equals(0.0)
    safe = is_zero.where(1.0, matrix)
    parts = [(matrix * interval).of("Sqrt")]
    logarithms = safe.of("Log") * interval
    for order in range(1, step.sample_steps):
        factor = (safe * (2 * interval / np.cosh(np.pi * order * interval))).of("Sqrt")
        angles = logarithms * float(order)
        parts += [is_zero.where(0.0, factor * angles.of(wave)) for wave in ("Cos", "Sin")]
    return side_by_side(*parts)


def _count_sketch(matrix: Tensor, step: PolynomialCountSketch) -> Tensor:
    """The product of the Fourier transforms of several sketches, transformed back."""
    size = step.n_components
    angles = 2 * np.pi * (np.outer(np.arange(size), np.arange(size)) % size) / size
    real: Tensor | None = None
    imaginary: Tensor | None = None
    for places, signs in zip(step.indexHash_, step.bitHash_, strict=True):
        sketch = np.zeros((len(places), size))
        sketch[np.arange(len(places)), places] = signs
        width = len(places) - (step.coef0 != 0)
        values = (matrix * float(np.sqrt(step.gamma))) @ sketch[:width]
        if step.coef0 != 0:
            values = values + np.sqrt(step.coef0) * sketch[width]
        next_real, next_imaginary = values @ np.cos(angles), values @ -np.sin(angles)
        if real is None or imaginary is None:
            real, imaginary = next_real, next_imaginary
        else:
            real, imaginary = (
                real * next_real - imaginary * next_imaginary,
                real * next_imaginary + imaginary * next_real,
            )
    assert real is not None
    assert imaginary is not None
    cosines, sines = numbers(np.cos(angles)), numbers(np.sin(angles))
    return (real @ cosines - imaginary @ sines) / float(size)


def _dictionary(matrix: Tensor, step: Any) -> Tensor:
    algorithm = step.transform_algorithm
    if algorithm != "threshold":
        raise Unsupported(f"it codes each row by a search of its own ({algorithm})")
    alpha = 1.0 if step.transform_alpha is None else float(step.transform_alpha)
    words = getattr(step, "components_", None)
    words = step.dictionary if words is None else words
    found = matrix @ numbers(words).T
    rest = found.of("Abs") - alpha
    code = found.of("Sign") * (rest > 0.0).where(rest, 0.0)
    if not step.split_sign:
        return code
    return side_by_side((code > 0.0).where(code, 0.0), (code < 0.0).where(-code, 0.0))


def _over_numbers(project: Project) -> Transform:
    def _emit(emission: Emission, step: Any, block: Block) -> str:
        return project(emission.tensor(block), step).name

    return _emit


_LINEAR = (
    dec.TruncatedSVD,
    NeighborhoodComponentsAnalysis,
    GaussianRandomProjection,
    SparseRandomProjection,
)
_LEAST_SQUARES = (cross.PLSRegression, cross.PLSCanonical, cross.CCA, cross.PLSSVD)
TRANSFORMS: dict[type[Any], Transform] = {
    kind: _over_numbers(project)
    for kind, project in {
        **dict.fromkeys(_LINEAR, _components),
        **dict.fromkeys(_LEAST_SQUARES, _least_squares),
        **dict.fromkeys((dec.PCA, dec.IncrementalPCA), _principal),
        **dict.fromkeys((dec.SparsePCA, dec.MiniBatchSparsePCA), _sparse_principal),
        **dict.fromkeys(
            (dec.DictionaryLearning, dec.MiniBatchDictionaryLearning, dec.SparseCoder), _dictionary
        ),
        dec.FactorAnalysis: _factors,
        dec.FastICA: _independent,
        dec.KernelPCA: _kernel_principal,
        LinearDiscriminantAnalysis: _discriminants,
        BernoulliRBM: _boltzmann,
        Nystroem: _nystroem,
        RBFSampler: _random_features,
        SkewedChi2Sampler: _skewed_chi2,
        AdditiveChi2Sampler: _additive_chi2,
        PolynomialCountSketch: _count_sketch,
    }.items()
}
