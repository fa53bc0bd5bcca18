"""A trained model as one ONNX graph: raw columns in, label and probabilities or a value out.

Every input has the shape (None, 1): double for numbers and booleans (NaN is missing), string for
texts ("" is missing). A classification gives `label`, the class name (n,), and `probabilities`,
double (n, classes); a regression gives `value`, double (n, 1).
"""

from __future__ import annotations

from sklearn.pipeline import Pipeline

from storage.records import Signature
from workbench.engines.export import boosters, converted, forests, linear, preprocessing
from workbench.engines.export.emission import Emission, Emitters, Unsupported
from workbench.engines.export.ensembles import ML_OPSET
from workbench.engines.export.graphs import Graph, finish_scores
from workbench.engines.native import BoosterModel, NativeModel, PipelineModel

EMITTERS = Emitters(
    scores={**linear.SCORES, **forests.SCORES},
    decisions={},
    transforms=preprocessing.TRANSFORMS,
    others=converted.emit_estimator,
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
    return _by_steps(model) or _converted_whole(model)


def _by_steps(model: PipelineModel) -> bytes | None:
    """Known preprocessing in double before the estimator; None when a step before it is not known."""
    if not isinstance(model.pipeline, Pipeline):
        return None
    *before, estimator = (step for _, step in model.pipeline.steps)
    is_known = type(estimator) in EMITTERS.scores
    graph = Graph(model.signature, ml_opset=ML_OPSET if is_known else converted.ML_OPSET)
    emission = Emission(graph, EMITTERS)
    try:
        features = preprocessing.emit(emission, before, model.signature)
    except Unsupported:
        return None
    return finish_scores(graph, model.signature, emission.scores(estimator, features))


def _converted_whole(model: PipelineModel) -> bytes:
    graph = Graph(model.signature, ml_opset=converted.ML_OPSET)
    return finish_scores(graph, model.signature, converted.emit_pipeline(graph, model))
