"""All of scikit-learn's transformers: as exact ONNX nodes in double, or refused by name."""

from __future__ import annotations

from typing import Any

from workbench.engines.export import composing
from workbench.engines.export.emission import Transform
from workbench.engines.export.transformers import (
    clustering,
    discretising,
    encoding,
    expanding,
    functions,
    imputing,
    projecting,
    refusing,
    scaling,
    surroundings,
)

TRANSFORMS: dict[type[Any], Transform] = {
    **composing.TRANSFORMS,
    **scaling.TRANSFORMS,
    **encoding.TRANSFORMS,
    **imputing.TRANSFORMS,
    **discretising.TRANSFORMS,
    **functions.TRANSFORMS,
    **expanding.TRANSFORMS,
    **projecting.TRANSFORMS,
    **clustering.TRANSFORMS,
    **surroundings.TRANSFORMS,
    **refusing.TRANSFORMS,
}
