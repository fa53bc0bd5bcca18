from __future__ import annotations

import warnings

import pytest
from sklearn.metrics.pairwise import linear_kernel
from sklearn.svm import SVC, SVR, NuSVC, NuSVR

from tests.engines.export.proofs import TASKS, proof
from workbench.errors import ExportRefused

KERNELS = ["linear", "rbf", "poly", "sigmoid"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "estimator",
    [
        *(SVC(kernel=kernel) for kernel in KERNELS),
        SVC(break_ties=True),
        SVC(decision_function_shape="ovo"),
        SVC(gamma=100.0, C=1e4),
        NuSVC(),
    ],
    ids=str,
)
def test_support_vectors_vote_as_libsvm_counts(estimator, task):
    found = proof(task, estimator)

    assert found.flips == 0
    assert found.max_abs_diff == 0.0


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("kind", [SVC, NuSVC])
def test_probabilities_of_pairs_are_coupled_step_by_step_as_libsvm_does_it(kind, task):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        found = proof(task, kind(probability=True, random_state=0))

    assert found.flips == 0
    assert found.max_abs_diff < 1e-12


@pytest.mark.parametrize("kind", [SVR, NuSVR])
@pytest.mark.parametrize("kernel", KERNELS)
def test_support_vectors_give_values(kernel, kind):
    assert proof("regression", kind(kernel=kernel)).max_abs_diff < 1e-10


def test_a_kernel_of_the_users_own_is_refused_with_its_reason():
    with pytest.raises(ExportRefused, match="its kernel function is not known"):
        proof("binary", SVC(kernel=linear_kernel))
