"""Transformers made of others: each on its own columns, their outputs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import FeatureUnion

from workbench.engines.export.emission import Block, Emission, Transform


def picked(emission: Emission, block: Block, chosen: Sequence[int]) -> Block:
    """The columns of `block` at the places `chosen`."""
    if len(block) > 1 or emission.is_text(block[0]):
        return [block[at] for at in chosen]
    return [emission.tensor(block).columns(chosen).name]


def separate(emission: Emission, block: Block, width: int) -> Block:
    """Each of the `width` columns of `block` by itself, (n, 1)."""
    if len(block) == width:
        return block
    return [emission.tensor(block).column(at).name for at in range(width)]


def _column_transformer(emission: Emission, step: ColumnTransformer, block: Block) -> Block:
    # Columns may be named in many ways; scikit-learn keeps the places it found only here.
    places = step._transformer_to_input_indices  # noqa: SLF001
    weights = step.transformer_weights or {}
    outputs: list[Block] = []
    widths: list[int] = []
    for name, transformer, _ in step.transformers_:
        chosen = [int(at) for at in places[name]]
        if not chosen or (isinstance(transformer, str) and transformer == "drop"):
            continue
        made = emission.outputs(transformer, picked(emission, block, chosen))
        outputs.append(_weighted(emission, made, weights.get(name)))
        width = step.output_indices_[name]
        widths.append(width.stop - width.start)
    return _beside_each_other(emission, outputs, widths)


def _union(emission: Emission, step: FeatureUnion, block: Block) -> str:
    weights = step.transformer_weights or {}
    outputs = [
        _weighted(emission, emission.outputs(transformer, block), weights.get(name))
        for name, transformer in step.transformer_list
        if not (isinstance(transformer, str) and transformer == "drop")
    ]
    return emission.matrix([emission.matrix(one) for one in outputs])


def _frozen(emission: Emission, step: FrozenEstimator, block: Block) -> Block:
    return emission.outputs(step.estimator, block)


def _weighted(emission: Emission, block: Block, weight: float | None) -> Block:
    return block if weight is None else [(emission.tensor(block) * np.float64(weight)).name]


def _beside_each_other(emission: Emission, outputs: list[Block], widths: list[int]) -> Block:
    """Numbers as one matrix; each column by itself where there are texts."""
    values = [value for block in outputs for value in block]
    if not any(map(emission.is_text, values)):
        return [emission.matrix(values)]
    return [
        column
        for block, width in zip(outputs, widths, strict=True)
        for column in separate(emission, block, width)
    ]


TRANSFORMS: dict[type[Any], Transform] = {
    ColumnTransformer: _column_transformer,
    FeatureUnion: _union,
    FrozenEstimator: _frozen,
}
