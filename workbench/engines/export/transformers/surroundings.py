"""scikit-learn's transformers that tell where a row lies among the training rows, in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.isotonic import IsotonicRegression
from sklearn.neighbors import KNeighborsTransformer, RadiusNeighborsTransformer

from workbench.engines.export.emission import Block, Emission, Transform
from workbench.engines.export.nearness.neighbourhoods import nearest, search, within
from workbench.engines.export.tensors import Tensor, repeated


def _nearest_rows(emission: Emission, step: KNeighborsTransformer, block: Block) -> str:
    """The distance of each training row that is near, or 1; 0 for the others."""
    is_distance = step.mode == "distance"
    near = nearest(emission.tensor(block), search(step), step.n_neighbors + is_distance)
    values = near.distances if is_distance else near.distances * 0.0 + 1.0
    empty = repeated(near.distances, np.zeros(step.n_samples_fit_))
    return empty.of("ScatterElements", near.places, values, axis=1).name


def _rows_within(emission: Emission, step: RadiusNeighborsTransformer, block: Block) -> str:
    found = search(step)
    is_distance = step.mode == "distance"

    def _told(is_near: Tensor, distances: Tensor) -> Tensor:
        return (is_near > 0.5).where(distances, 0.0) if is_distance else is_near

    told = within(emission.tensor(block), found, step.radius, _told)
    return told.columns(np.argsort(found.places)).name


def _as_predicted(emission: Emission, step: IsotonicRegression, block: Block) -> str:
    return emission.scores(step, block)


TRANSFORMS: dict[type[Any], Transform] = {
    KNeighborsTransformer: _nearest_rows,
    RadiusNeighborsTransformer: _rows_within,
    IsotonicRegression: _as_predicted,
}
