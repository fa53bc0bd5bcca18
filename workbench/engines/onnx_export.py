"""A trained model as one ONNX graph: raw columns in, label and probabilities or a value out.

Every input has the shape (None, 1): double for numbers and booleans (NaN is missing), string for
texts ("" is missing). A classification gives `label`, the class name (n,), and `probabilities`,
double (n, classes); a regression gives `value`, double (n, 1).
"""

from __future__ import annotations

from sklearn.pipeline import Pipeline

from storage.records import Signature
from workbench.engines import (
    onnx_converted,
    onnx_ensemble,
    onnx_estimators,
    onnx_forests,
    onnx_preprocessing,
    onnx_trees,
)
from workbench.engines.native import BoosterModel, NativeModel, PipelineModel
from workbench.engines.onnx_graph import Graph, finish_scores


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
        return onnx_trees.export(model)
    return _by_steps(model) or _converted_whole(model)


def _by_steps(model: PipelineModel) -> bytes | None:
    """Known preprocessing in double before the estimator; None when a step before it is not known."""
    if not isinstance(model.pipeline, Pipeline):
        return None
    *before, estimator = (step for _, step in model.pipeline.steps)
    is_known = onnx_estimators.is_known(estimator) or onnx_forests.is_known(estimator)
    ml_opset = onnx_ensemble.ML_OPSET if is_known else onnx_converted.ML_OPSET
    graph = Graph(model.signature, ml_opset=ml_opset)
    try:
        features = onnx_preprocessing.emit(graph, before, model.signature)
    except onnx_preprocessing.Unsupported:
        return None
    if onnx_forests.is_known(estimator):
        scores = onnx_forests.emit(graph, estimator, features)
    elif is_known:
        scores = onnx_estimators.emit(graph, estimator, features)
    else:
        scores = onnx_converted.emit_estimator(graph, estimator, features, model.signature)
    return finish_scores(graph, model.signature, scores)


def _converted_whole(model: PipelineModel) -> bytes:
    graph = Graph(model.signature, ml_opset=onnx_converted.ML_OPSET)
    return finish_scores(graph, model.signature, onnx_converted.emit_pipeline(graph, model))
