"""The parts of the OpenAPI document that do not depend on a model: fixed paths, headers, security."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.http.pages.openapi import answers, requests
from workbench.http.pages.openapi.rows import Schema

JSON = "application/json"
OCTETS = "application/octet-stream"
TEXT = "text/plain"
TAG = "endpoint"

Operation = dict[str, Any]

BINARY: Schema = {
    "description": "JSON, followed by the bytes of the tensors it describes (the binary tensor extension)."
}
HEADER_LENGTH = {
    "name": "Inference-Header-Content-Length",
    "in": "header",
    "required": False,
    "description": "Bytes of the JSON before the binary tensors.",
    "schema": {"type": "integer", "minimum": 0},
}
ANSWER_HEADERS = {
    "x-request-id": {
        "description": "The caller's, or one that was made here.",
        "schema": {"type": "string"},
    },
    "x-model": {
        "description": "Who answered; percent-encoded.",
        "schema": {"type": "string"},
    },
    "x-model-version": {"description": "Which version.", "schema": {"type": "integer"}},
    "x-warnings": {
        "description": "How many warnings there are; missing where there are none.",
        "schema": {"type": "integer", "minimum": 1},
    },
}
SECURITY_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "A key of this endpoint."},
    "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
}
_OBJECT: Schema = {"type": "object"}
SCHEMAS: dict[str, Schema] = {
    "Error": answers.ERROR,
    "TensorMetadata": answers.TENSOR_METADATA,
    "ModelMetadata": answers.MODEL_METADATA,
    "Ready": {
        "type": "object",
        "required": ["name", "ready"],
        "properties": {"name": {"type": "string"}, "ready": {"type": "boolean"}},
    },
    "Server": {
        "type": "object",
        "required": ["name", "version", "extensions"],
        "properties": {
            "name": {"type": "string"},
            "version": {"type": "string"},
            "extensions": {"type": "array", "items": {"type": "string"}},
        },
    },
    "Health": {
        "type": "object",
        "required": ["status", "problems"],
        "properties": {
            "status": {"enum": ["ok", "degraded"]},
            "problems": {"type": "array"},
            "models": _OBJECT,
            "prediction_log": _OBJECT,
        },
    },
    "Figures": {
        "type": "object",
        "required": ["at", "versions"],
        "properties": {
            "at": {"type": "string", "format": "date-time"},
            "versions": {"type": "array", "items": _OBJECT},
            "waiting": {"type": "integer"},
            "connections": {"type": "integer"},
        },
    },
    "Models": {
        "type": "object",
        "required": ["models", "rules", "problems"],
        "properties": {
            "models": {"type": "array", "items": _OBJECT},
            "rules": _OBJECT,
            "problems": {"type": "array", "items": {"type": "string"}},
        },
    },
    "Kept": {
        "type": "object",
        "required": ["model", "kept"],
        "properties": {
            "model": {"type": "string"},
            "kept": {"type": "integer", "description": "How many labels."},
        },
    },
    "Live": {"type": "object", "properties": {"live": {"const": True}}, "required": ["live"]},
    "ServerReady": {
        "type": "object",
        "properties": {"ready": {"type": "boolean"}, "error": {"type": "string"}},
        "required": ["ready"],
    },
}


def operation(
    identifier: str,
    tag: str,
    summary: str,
    schema: Schema,
    errors: Sequence[str] = (),
    *,
    media: str = JSON,
) -> Operation:
    """An operation that answers 200 with a body of `schema`; with any body where that is empty."""
    answer: Operation = {"description": f"{summary}."}
    if schema:
        answer["content"] = {media: {"schema": schema}}
    return {
        "operationId": identifier,
        "tags": [tag],
        "summary": f"{summary}.",
        "responses": {"200": answer, **answers.errors(errors)},
    }


def reference(name: str) -> Schema:
    """Leads to one of the document's schemas."""
    return {"$ref": f"#/components/schemas/{name}"}


def paths() -> dict[str, Any]:
    """The paths that are there whatever is served."""
    text: Schema = {"type": "string"}
    found = {
        "/": operation("page", TAG, "A page for people", text, media="text/html"),
        "/models": operation(
            "models", TAG, "Models, who answers for them, and what they take", reference("Models")
        ),
        "/schema": operation("schema", TAG, "This document", _OBJECT),
        "/schema/openapi.json": operation("schema.file", TAG, "This document", _OBJECT),
        "/figures": operation(
            "figures", TAG, "Requests, percentiles and errors of each version", reference("Figures")
        ),
        "/metrics": operation("metrics", TAG, "Counters for Prometheus", text, media=TEXT),
        "/health": operation("health", TAG, "What is not as it should be", reference("Health")),
        "/version": operation("version", TAG, "The version of the program", text, media=TEXT),
        "/ping": operation("ping", TAG, "Whether the endpoint answers", {}, ("503",)),
        "/v2": operation("server", TAG, "Who answers here", reference("Server")),
        "/v2/health/live": operation("live", TAG, "Whether the process answers", reference("Live")),
        "/v2/health/ready": _ready(),
    }
    return {path: {"get": get} for path, get in found.items()}


def invocations(models: Sequence[str]) -> dict[str, Any]:
    """MLflow's way of asking; nothing where no model is served."""
    if not models:
        return {}
    post = operation(
        "invocations",
        TAG,
        "Answers rows as MLflow's scoring server does",
        answers.invocations(),
        answers.OF_ASKING,
    )
    post["parameters"] = [
        {
            "name": "model",
            "in": "query",
            "required": len(models) > 1,
            "description": "Which model, where several are served.",
            "schema": {"enum": list(models)},
        }
    ]
    post["requestBody"] = {
        "required": True,
        "content": {
            JSON: {"schema": requests.invocations()},
            "text/csv": {"schema": {"type": "string"}},
        },
    }
    return {"/invocations": {"post": post}}


def _ready() -> Operation:
    content = {JSON: {"schema": reference("ServerReady")}}
    found = operation("ready", TAG, "Whether every model that has a champion is answered for", {})
    found["responses"] = {
        "200": {"description": "Every one is.", "content": content},
        "503": {"description": "One is not, and why.", "content": content},
    }
    return found
