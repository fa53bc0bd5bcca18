"""Clusters and trees as transformers: distances to centres, leaves reached, in double."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import TensorProto
from sklearn import cluster
from sklearn.ensemble import RandomTreesEmbedding

from workbench.engines.export.emission import Block, Emission, Transform
from workbench.engines.export.ensembles import Ensemble
from workbench.engines.export.nearness.distances import squared_by_products
from workbench.engines.export.nearness.kernels import in_chunks
from workbench.engines.export.tensors import Tensor, side_by_side
from workbench.engines.export.trees import add_tree, grown


def _distances(emission: Emission, step: Any, block: Block) -> str:
    centres = step.subcluster_centers_ if isinstance(step, cluster.Birch) else step.cluster_centers_
    centres = np.asarray(centres, np.float64)
    return in_chunks(
        emission.tensor(block),
        centres,
        lambda rows: squared_by_products(rows, centres).of("Sqrt"),
    ).name


def _leaves(emission: Emission, step: RandomTreesEmbedding, block: Block) -> str:
    """1 for the leaf that a row reaches in each tree, in trees that compare float32 numbers."""
    ensemble = Ensemble()
    widths = []
    for at, (member, leaves) in enumerate(
        zip(step.estimators_, step.one_hot_encoder_.categories_, strict=True)
    ):
        # A leaf that no training row reached has no output.
        places = np.full(member.tree_.node_count, float(len(leaves)))
        places[leaves] = np.arange(len(leaves))
        add_tree(ensemble, grown(member.tree_, places), at)
        widths.append(len(leaves))
    rounded = emission.tensor(block).float32()
    found = ensemble.emit(emission.graph, rounded.name, targets=len(widths))
    reached = Tensor(emission.graph, found).of("Cast", to=TensorProto.INT64)
    return side_by_side(
        *(reached.column(at).one_hot(width) for at, width in enumerate(widths))
    ).name


TRANSFORMS: dict[type[Any], Transform] = {RandomTreesEmbedding: _leaves} | dict.fromkeys(
    (cluster.KMeans, cluster.MiniBatchKMeans, cluster.BisectingKMeans, cluster.Birch), _distances
)
