"""Whatever scikit-learn pipelines skl2onnx converts; parity decides whether it converted them right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnxruntime as ort
from onnx import ModelProto, TensorProto
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, StringTensorType
from sklearn.pipeline import Pipeline

from storage.records import InputType, Signature
from workbench.engines.estimators import first_line
from workbench.engines.export.emission import Emission
from workbench.engines.export.graphs import ML, OPSET, Graph
from workbench.engines.native import PipelineModel
from workbench.errors import ExportRefused

ML_OPSET = 3
"""The newest version of ai.onnx.ml that skl2onnx writes without failing."""

SILENTLY_WRONG = {
    "GaussianProcessRegressor": "its kernel loses too many digits",
    "TunedThresholdClassifierCV": "its threshold would be dropped",
    "FixedThresholdClassifier": "its threshold would be dropped",
    "LinearDiscriminantAnalysis": "its probabilities are off behind this preprocessing",
}
"""Estimators whose conversion succeeds and answers something else."""


def emit_pipeline(graph: Graph, model: PipelineModel) -> str:
    """The whole pipeline of `model`: probabilities (n, classes) or values (n, 1), double.

    Raises:
        ExportRefused: The pipeline cannot be converted, or is known to be converted wrongly.
    """
    inputs = model.signature.inputs
    kinds = {column.name: column.type is InputType.STRING for column in inputs}
    part, is_double = _converted(
        model.pipeline,
        lambda number: [
            (name, (StringTensorType if is_text else number)([None, 1]))
            for name, is_text in kinds.items()
        ],
        model.signature,
    )
    values = [
        column.graph_name
        if is_double or column.type is InputType.STRING
        else graph.node("Cast", column.graph_name, to=TensorProto.FLOAT)
        for column in inputs
    ]
    return _embedded(graph, part, values, model.signature)


def emit_estimator(emission: Emission, estimator: Any, features: str) -> str:
    """A fitted `estimator` alone, over `features`, (n, features), double; as `emit_pipeline`.

    Raises:
        ExportRefused: The estimator cannot be converted, or is known to be converted wrongly.
    """
    graph = emission.graph
    part, is_double = _converted(
        estimator,
        lambda number: [("features", number([None, estimator.n_features_in_]))],
        graph.signature,
    )
    value = features if is_double else graph.node("Cast", features, to=TensorProto.FLOAT)
    return _embedded(graph, part, [value], graph.signature)


def _converted(
    estimator: Any, types: Callable[[type], list[tuple[str, Any]]], signature: Signature
) -> tuple[ModelProto, bool]:
    """The converted estimator and whether it takes double; double is tried first."""
    _check(estimator)
    is_classification = signature.task != "regression"
    reasons = []
    for number in (DoubleTensorType, FloatTensorType):
        try:
            part = to_onnx(
                estimator,
                initial_types=types(number),
                target_opset={"": OPSET, ML: ML_OPSET},
                options={"zipmap": False} if is_classification else None,
            )
            _check_types_fit(part)
        except Exception as error:  # noqa: BLE001 - converters fail in every way there is
            reasons.append(first_line(error))
        else:
            return part, number is DoubleTensorType
    final = estimator[-1] if isinstance(estimator, Pipeline) else estimator
    raise ExportRefused(
        f"{type(final).__name__} has no ONNX form: {reasons[-1][:300]}.",
        "Choose another estimator; LightGBM, forests and linear models have one.",
    )


def _check_types_fit(part: ModelProto) -> None:
    # Some conversions show only in the runtime that the types of their nodes do not fit.
    options = ort.SessionOptions()
    options.log_severity_level = 4
    ort.InferenceSession(part.SerializeToString(), options, providers=["CPUExecutionProvider"])


def _embedded(graph: Graph, part: ModelProto, values: list[str], signature: Signature) -> str:
    if len(part.graph.input) != len(values):
        raise ExportRefused("The converted pipeline takes other columns than the model.")
    # The converter may rewrite the names of inputs, and keeps their order.
    feeds = {one.name: value for one, value in zip(part.graph.input, values, strict=True)}
    scores = list(graph.embed(part, feeds).values())[-1]
    scores = graph.node("Cast", scores, to=TensorProto.DOUBLE)
    width = max(len(signature.classes), 1)
    return graph.node("Reshape", scores, graph.constant(np.array([-1, width], np.int64)))


def _check(pipeline: Any) -> None:
    parts = [pipeline, *pipeline.get_params(deep=True).values()]
    for part in parts:
        name = type(part).__name__
        is_isotonic = name == "CalibratedClassifierCV" and part.method == "isotonic"
        if name in SILENTLY_WRONG or is_isotonic:
            reason = SILENTLY_WRONG.get(name, "isotonic calibration is interpolated differently")
            raise ExportRefused(
                f"{name} would be converted to ONNX wrongly: {reason}.",
                "Choose another estimator.",
            )
