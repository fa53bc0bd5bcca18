"""A trained model as one ONNX graph: raw columns in, label and probabilities or a value out.

Every input has the shape (None, 1): double for numbers and booleans (NaN is missing), string for
texts ("" is missing). A classification gives `label`, the class name (n,), and `probabilities`,
double (n, classes); a regression gives `value`, double (n, 1).
"""

from __future__ import annotations

from typing import Any

from storage.records import Signature
from workbench.engines.export.boosters import boosters
from workbench.engines.export.emission import Emission, Emitters, over_matrix
from workbench.engines.export.graphs import Graph, finish_scores
from workbench.engines.export.predictors import (
    bayes,
    calibration,
    committees,
    dummies,
    forests,
    histograms,
    isotonic,
    linear,
    machines,
    multiclass,
    neighbours,
    networks,
    outliers,
    processes,
    wrappers,
)
from workbench.engines.export.transformers import inverses, preprocessing
from workbench.engines.native import BoosterModel, NativeModel

_LEAVES = (
    linear,
    networks,
    bayes,
    dummies,
    forests,
    isotonic,
    machines,
    processes,
    neighbours,
    outliers,
)
_COMPOSED = (histograms, wrappers, committees, multiclass, calibration)


def _table(name: str) -> dict[type, Any]:
    """All that the modules have in their tables called `name`."""
    leaves = [getattr(module, name, {}) for module in _LEAVES]
    composed = [getattr(module, name, {}) for module in _COMPOSED]
    merged = over_matrix({kind: emit for table in leaves for kind, emit in table.items()})
    return merged | {kind: emit for table in composed for kind, emit in table.items()}


EMITTERS = Emitters(
    scores=_table("SCORES"),
    decisions=_table("DECISIONS"),
    labels=_table("LABELS"),
    transforms=preprocessing.TRANSFORMS,
    inverses=inverses.INVERSES,
)


def export(model: NativeModel, signature: Signature) -> bytes:
    """The serialised ONNX model that answers as `model` does; parity must still be proved.

    Args:
        model: A trained model.
        signature: Its signature, which may name key columns the model does not know.

    Raises:
        ExportRefused: It has no ONNX form, or none that would be right.
        ValueError: `signature` takes other inputs than the model.
    """
    if signature.inputs != model.signature.inputs:
        raise ValueError("The signature takes other inputs than the model.")
    if isinstance(model, BoosterModel):
        return boosters.export(model)
    graph = Graph(model.signature)
    columns = [column.graph_name for column in model.signature.inputs]
    scores = Emission(graph, EMITTERS).scores(model.pipeline, columns)
    return finish_scores(graph, model.signature, scores)
