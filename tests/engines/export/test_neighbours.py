from __future__ import annotations

import numpy as np
import pytest
from sklearn import neighbors as nn
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tests.engines.export.proofs import TASKS, proof, scaled
from workbench.errors import ExportRefused

FEW = scaled(StandardScaler(), texts=False)
SEARCHES = ["brute", "kd_tree", "ball_tree"]


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("search", SEARCHES)
def test_the_nearest_rows_are_those_the_search_finds(search, weights, task):
    estimator = nn.KNeighborsClassifier(algorithm=search, weights=weights)
    found = proof(task, estimator, before=FEW)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-9


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_the_values_of_the_nearest_rows_count(weights, search):
    estimator = nn.KNeighborsRegressor(algorithm=search, weights=weights)

    assert proof("regression", estimator, before=FEW).max_abs_diff < 1e-9


@pytest.mark.parametrize("count", [1, 3, 6])
@pytest.mark.parametrize("search", SEARCHES)
def test_of_rows_that_repeat_those_are_kept_that_the_search_keeps(search, count):
    estimator = nn.KNeighborsClassifier(count, algorithm=search, leaf_size=5)
    found = proof("multiclass", estimator, before=[*FEW, FunctionTransformer(np.round)])

    assert found.flips == 0
    assert found.max_abs_diff == 0.0


@pytest.mark.parametrize(
    "settings",
    [{"p": 1}, {"p": 3}, {"metric": "chebyshev"}, {"metric": "cosine"}, {"n_neighbors": 1}],
    ids=str,
)
def test_every_usual_metric_has_a_graph(settings):
    found = proof("multiclass", nn.KNeighborsClassifier(**settings), before=FEW)

    assert found.flips == 0


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("search", SEARCHES)
def test_everything_within_a_radius_counts(search, weights, task):
    estimator = nn.RadiusNeighborsClassifier(
        radius=3.0, outlier_label="most_frequent", algorithm=search, weights=weights
    )
    found = proof(task, estimator, before=FEW)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-9


@pytest.mark.parametrize("weights", ["uniform", "distance"])
def test_a_row_without_neighbours_has_no_value(weights):
    estimator = nn.RadiusNeighborsRegressor(radius=0.8, weights=weights)

    assert proof("regression", estimator, before=FEW).max_abs_diff < 1e-9


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize(
    "estimator",
    [
        nn.NearestCentroid(),
        nn.NearestCentroid(metric="manhattan"),
        nn.NearestCentroid(priors="empirical", shrink_threshold=0.2),
    ],
    ids=str,
)
def test_the_nearest_centroid_is_that_of_the_class(estimator, task):
    found = proof(task, estimator)

    assert found.flips == 0
    assert found.max_abs_diff < 1e-11


def test_a_metric_that_is_not_known_is_refused_by_its_name():
    with pytest.raises(ExportRefused, match="canberra"):
        proof("binary", nn.KNeighborsClassifier(metric="canberra"))
