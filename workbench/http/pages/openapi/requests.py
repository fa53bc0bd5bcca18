"""What may be asked, as JSON schemas: requests in each form, and labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from storage.records import InputColumn, Signature
from workbench.core.doubts import Rules
from workbench.http.forms import datatypes
from workbench.http.forms.metadata import outputs_of
from workbench.http.pages.examples import example, example_row
from workbench.http.pages.openapi.rows import Schema, column, key_columns


def friendly(signature: Signature, rules: Rules, each: Schema, *, most_rows: int) -> Schema:
    """The schema of a friendly request whose rows have the schema `each`."""
    columns: Schema = {
        "type": "object",
        "required": list(signature.names),
        "properties": {
            name: {"type": "array", "minItems": 1, "maxItems": most_rows, "items": schema}
            for name, schema in {
                **key_columns(signature),
                **{one.name: column(one, rules) for one in signature.inputs},
            }.items()
        },
        "additionalProperties": rules.extra_column != "reject",
    }
    rows = {"type": "array", "minItems": 1, "maxItems": most_rows, "items": each}
    return {
        "oneOf": [
            _with("rows", rows, "One or many rows, all with the same columns."),
            _with("row", each, "One row."),
            _with("columns", columns, "Columns of one length."),
        ],
        "examples": [{"rows": [example_row(signature)]}],
    }


def tensors(signature: Signature, rules: Rules) -> Schema:
    """The schema of an inference request of the Open Inference Protocol, in JSON."""
    allowed = datatypes.allowed(signature)
    one_each = [
        _tensor(one.name, allowed[one.name], column(one, rules)) for one in signature.inputs
    ]
    keys = [
        _tensor(name, datatypes.KEYS, schema) for name, schema in key_columns(signature).items()
    ]
    matrix = [_matrix(signature)] if datatypes.is_matrix(signature) else []
    return {
        "type": "object",
        "required": ["inputs"],
        "properties": {
            "id": {"type": "string", "description": "Comes back with the answer."},
            "parameters": {"type": "object"},
            "inputs": {
                "type": "array",
                "minItems": 1,
                "items": {"anyOf": [*one_each, *keys, *matrix]},
            },
            "outputs": {
                "type": "array",
                "description": "Those that are wanted; all where it is missing.",
                "items": {
                    "type": "object",
                    "required": ["name"],
                    "properties": {"name": {"enum": [one.name for one in outputs_of(signature)]}},
                },
            },
        },
        "examples": [{"inputs": [_example_tensor(one) for one in signature.inputs]}],
    }


def invocations() -> Schema:
    """The schema of a request as MLflow's scoring server takes it; the model checks its rows."""
    rows: Schema = {"type": "array", "minItems": 1}
    split = {
        "type": "object",
        "required": ["data"],
        "properties": {
            "columns": {"type": "array", "items": {"type": ["string", "integer"]}},
            "data": {**rows, "items": {"type": "array"}},
        },
    }
    return {
        "type": "object",
        "oneOf": [
            _with("dataframe_split", split, "As pandas writes a frame with orient='split'."),
            _with("dataframe_records", {**rows, "items": {"type": "object"}}, "A row each."),
            _with("instances", rows, "Rows by name, or as lists in the model's order."),
            _with("inputs", {"type": ["array", "object"]}, "Likewise, or columns by name."),
        ],
        "properties": {
            "params": {
                "type": "object",
                "properties": {"predict_method": {"enum": ["predict", "predict_proba"]}},
            }
        },
    }


def labels(signature: Signature, fields: Sequence[str], *, most_rows: int) -> Schema:
    """The schema of labels that are sent: what turned out to be true of rows.

    Args:
        signature: What the model takes and gives.
        fields: What a row has: the key columns, and last the label and its time.
        most_rows: How many may be sent at once.
    """
    *key, label, at = fields
    row: Schema = {
        "type": "object",
        "required": [*key, label],
        "properties": {
            **{name: {"type": ["string", "number", "boolean"]} for name in key},
            label: _label(signature),
            at: {
                "description": "When it came to be known; now, where it is missing.",
                "anyOf": [{"type": "string", "format": "date-time"}, {"type": "null"}],
            },
        },
        "additionalProperties": False,
    }
    rows = {"type": "array", "minItems": 1, "maxItems": most_rows, "items": row}
    example = {
        **dict.fromkeys(key, "a1"),
        label: signature.classes[-1] if signature.classes else 1.5,
    }
    return {
        "type": "object",
        "required": ["rows"],
        "properties": {"rows": rows},
        "additionalProperties": False,
        "examples": [{"rows": [example]}],
    }


def _with(name: str, schema: Mapping[str, Any], words: str) -> Schema:
    return {
        "type": "object",
        "required": [name],
        "properties": {name: {**schema, "description": words} if "$ref" not in schema else schema},
        "description": words,
    }


def _tensor(name: str, allowed: tuple[str, ...], values: Schema) -> Schema:
    return {
        "type": "object",
        "title": f"Tensor {name}",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"const": name},
            "shape": {
                "type": "array",
                "items": {"type": "integer", "minimum": 1},
                "minItems": 1,
                "maxItems": 2,
                "description": "[n] or [n, 1].",
            },
            "datatype": {"enum": list(allowed)},
            "data": {"type": "array", "minItems": 1, "items": values},
            "parameters": {"type": "object"},
        },
    }


def _matrix(signature: Signature) -> Schema:
    width = len(signature.inputs)
    return {
        "type": "object",
        "title": "All inputs side by side",
        "required": ["name", "shape", "datatype", "data"],
        "properties": {
            "name": {"type": "string"},
            "shape": {
                "type": "array",
                "prefixItems": [{"type": "integer", "minimum": 1}, {"const": width}],
                "minItems": 2,
                "maxItems": 2,
            },
            "datatype": {"enum": list(datatypes.NUMBERS)},
            "data": {"type": "array", "minItems": 1, "description": "Flat, or a list a row."},
            "parameters": {"type": "object"},
        },
    }


def _example_tensor(one: InputColumn) -> Schema:
    value = example(one)
    datatype = "BYTES" if isinstance(value, str) else datatypes.PREFERRED[one.type]
    return {"name": one.name, "shape": [1], "datatype": datatype, "data": [value]}


def _label(signature: Signature) -> Schema:
    if not signature.classes:
        return {"type": "number", "description": "The value."}
    return {
        "description": f"One of {', '.join(signature.classes)}.",
        "anyOf": [{"enum": list(signature.classes)}, {"type": ["integer", "boolean"]}],
    }
