"""What comes back, as JSON schemas: answers in each form, metadata, errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from storage.records import Signature
from workbench.http.forms.metadata import outputs_of
from workbench.http.pages.openapi.rows import Schema

ERRORS = {
    "400": "The request is no JSON, or does not fit the model: which row, column and value, and what is allowed.",
    "401": "The endpoint asks for a key.",
    "403": "The key does not open this.",
    "404": "There is no such model, version or path.",
    "405": "The path is asked by another method.",
    "408": "The request did not arrive whole in time.",
    "413": "The body is longer than is allowed.",
    "415": "The content type, charset or compression is not taken.",
    "429": "Too many requests wait; `retry-after` says for how many seconds.",
    "500": "The endpoint failed; its log says why.",
    "503": "The models are being loaded, or no answer came in time.",
}
"""Statuses of replies that say what is wrong."""
OF_ASKING = ("400", "404", "405", "408", "413", "415", "429", "500", "503")
"""Those a request with rows may get."""
OF_KEYS = ("401", "403")

ERROR: Schema = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "string", "description": "What is wrong, and what would be right."}
    },
}
TENSOR_METADATA: Schema = {
    "type": "object",
    "required": ["name", "datatype", "shape"],
    "properties": {
        "name": {"type": "string"},
        "datatype": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer"}},
    },
}
MODEL_METADATA: Schema = {
    "type": "object",
    "required": ["name", "versions", "platform", "inputs", "outputs"],
    "properties": {
        "name": {"type": "string"},
        "versions": {"type": "array", "items": {"type": "string"}},
        "platform": {"type": "string"},
        "inputs": {"type": "array", "items": {"$ref": "#/components/schemas/TensorMetadata"}},
        "outputs": {"type": "array", "items": {"$ref": "#/components/schemas/TensorMetadata"}},
        "parameters": {"type": "object"},
    },
}
WARNINGS: Schema = {
    "type": "array",
    "items": {"type": "string"},
    "description": "Values that training never saw; there are none where it is missing.",
}


def friendly(model: str, signature: Signature) -> Schema:
    """The schema of an answer in the friendly form."""
    return {
        "type": "object",
        "required": ["model", "version", "predictions"],
        "properties": {
            "model": {"const": model},
            "version": {"type": "integer", "description": "The one that answered."},
            "predictions": {
                "type": "array",
                "minItems": 1,
                "items": _prediction(signature),
                "description": "One a row, in the order of the rows.",
            },
            "warnings": WARNINGS,
        },
    }


def tensors(model: str, signature: Signature) -> Schema:
    """The schema of an answer of the Open Inference Protocol, in JSON."""
    output = {
        "type": "object",
        "required": ["name", "shape", "datatype"],
        "properties": {
            "name": {"enum": [one.name for one in outputs_of(signature)]},
            "shape": {"type": "array", "items": {"type": "integer"}},
            "datatype": {"enum": ["BYTES", "FP64"]},
            "data": {"type": "array", "items": {"type": ["string", "number", "null"]}},
            "parameters": {"type": "object"},
        },
    }
    return {
        "type": "object",
        "required": ["model_name", "model_version", "outputs"],
        "properties": {
            "model_name": {"const": model},
            "model_version": {"type": "string"},
            "outputs": {"type": "array", "items": output},
            "id": {"type": "string"},
            "parameters": {"type": "object", "properties": {"warnings": WARNINGS}},
        },
    }


def invocations() -> Schema:
    """The schema of an answer as MLflow's scoring server gives it."""
    return {
        "type": "object",
        "required": ["predictions"],
        "properties": {"predictions": {"type": "array"}, "warnings": WARNINGS},
    }


def errors(statuses: Iterable[str]) -> dict[str, Any]:
    """The replies of these statuses."""
    return {status: {"$ref": f"#/components/responses/Error{status}"} for status in statuses}


def components() -> dict[str, Any]:
    """The replies that `errors` refers to."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        f"Error{status}": {"description": words, "content": content}
        for status, words in ERRORS.items()
    }


def _prediction(signature: Signature) -> Schema:
    if not signature.classes:
        return {
            "type": "object",
            "required": ["value"],
            "properties": {"value": {"type": ["number", "null"]}},
        }
    share: Schema = {"type": ["number", "null"]}
    return {
        "type": "object",
        "required": ["label", "probability", "probabilities"],
        "properties": {
            "label": {"enum": list(signature.classes)},
            "probability": {**share, "description": "Of the label."},
            "probabilities": {
                "type": "object",
                "required": list(signature.classes),
                "properties": {name: dict(share) for name in signature.classes},
            },
        },
    }
