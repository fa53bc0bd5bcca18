from __future__ import annotations

import pytest
from sklearn.gaussian_process import GaussianProcessClassifier, GaussianProcessRegressor
from sklearn.gaussian_process import kernels as gp
from sklearn.kernel_ridge import KernelRidge
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.semi_supervised import LabelPropagation, LabelSpreading

from tests.engines.export.proofs import TASKS, proof, scaled
from workbench.errors import ExportRefused

PROCESSES = [
    1.0 * gp.RBF() + gp.WhiteKernel(),
    gp.RBF([1.0] * 5) + gp.ConstantKernel(0.5) + gp.WhiteKernel(),
    gp.Matern(nu=0.5) + gp.WhiteKernel(),
    gp.Matern(nu=1.5) + gp.WhiteKernel(),
    gp.Matern(nu=2.5) + gp.WhiteKernel(),
    gp.RationalQuadratic() + gp.WhiteKernel(),
    gp.ExpSineSquared(periodicity=3.0) * gp.RBF() + gp.WhiteKernel(),
    gp.DotProduct() ** 2 + gp.WhiteKernel(),
    gp.PairwiseKernel(metric="laplacian") + gp.WhiteKernel(),
]


@pytest.mark.parametrize("kernel", PROCESSES, ids=str)
def test_gaussian_processes_keep_the_digits_of_their_kernels(kernel):
    estimator = GaussianProcessRegressor(kernel, optimizer=None, normalize_y=True)
    found = proof(
        "regression", estimator, before=scaled(StandardScaler(), texts=False), train_rows=100
    )

    assert found.max_abs_diff < 1e-10


@pytest.mark.parametrize("task", TASKS)
def test_gaussian_processes_classify_with_the_variance_they_are_left_with(task):
    found = proof(task, GaussianProcessClassifier(1.0 * gp.Matern(nu=1.5)), train_rows=60)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-10


@pytest.mark.parametrize(
    "kernel", ["linear", "rbf", "laplacian", "poly", "polynomial", "sigmoid", "cosine"]
)
def test_kernel_ridges_answer_as_they_do(kernel):
    assert proof("regression", KernelRidge(kernel=kernel)).max_abs_diff < 1e-10


def test_kernels_of_shares_answer_as_they_do():
    estimator = KernelRidge(kernel="chi2", gamma=1.0)
    before = scaled(MinMaxScaler(clip=True))

    assert proof("regression", estimator, before=before).max_abs_diff < 1e-10


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "estimator",
    [LabelPropagation(), LabelSpreading(gamma=0.1), LabelPropagation(kernel="knn")],
    ids=str,
)
def test_labels_spread_to_new_rows(estimator, task):
    found = proof(task, estimator)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-11


@pytest.mark.parametrize(
    ("task", "estimator", "reason"),
    [
        (
            "regression",
            GaussianProcessRegressor(gp.Matern(nu=1.2) + gp.WhiteKernel(), optimizer=None),
            "Bessel",
        ),
        ("regression", KernelRidge(kernel=lambda one, other: one @ other), "function"),
        (
            "multiclass",
            GaussianProcessClassifier(multi_class="one_vs_one", optimizer=None),
            "no probabilities",
        ),
    ],
    ids=["Bessel", "function", "one against one"],
)
def test_kernels_without_an_exact_form_are_refused_with_their_reason(task, estimator, reason):
    with pytest.raises(ExportRefused, match=reason):
        proof(task, estimator, train_rows=60)
