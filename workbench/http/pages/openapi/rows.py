"""What a model takes, as JSON schemas: its columns and its rows."""

from __future__ import annotations

from typing import Any

from storage.records import InputColumn, InputType, Signature
from workbench.core import request_words
from workbench.core.doubts import Rules
from workbench.http.pages.examples import example, example_row

Schema = dict[str, Any]

MOST_CATEGORIES = 1000
"""Categories that are written out where others are refused."""
MOST_HINTS = 50
"""Categories that are written out where others are answered as well."""

_TYPES = {
    InputType.NUMBER: "number",
    InputType.INTEGER: "integer",
    InputType.BOOLEAN: "boolean",
    InputType.STRING: "string",
}


def column(one: InputColumn, rules: Rules) -> Schema:
    """The schema of one value.

    A range and categories are part of it where others are refused; where they are answered, they are told
    in its description, and to programs as `x-range` and `x-categories`.
    """
    schema = _moment(one, rules) if one.is_moment else _plain(one, rules)
    allowed = request_words.allowed(one)
    words = f"{allowed[0].upper()}{allowed[1:]}."
    seen = request_words.range_of(one)
    if seen:
        words += f" Training saw {seen}."
        schema["x-range"] = [one.minimum, one.maximum]
    if one.categories:
        schema["x-categories"] = list(one.categories[:MOST_HINTS])
        words += f" Training saw {len(one.categories)} different ones."
    if one.nullable:
        words += " null where it is missing."
    return {**schema, "description": words, "examples": [example(one)]}


def row(signature: Signature, rules: Rules) -> Schema:
    """The schema of a row by column names."""
    inputs = {one.name: column(one, rules) for one in signature.inputs}
    return {
        "type": "object",
        "required": list(inputs),
        "properties": {**key_columns(signature), **inputs},
        "additionalProperties": rules.extra_column != "reject",
        "examples": [example_row(signature)],
    }


def key_columns(signature: Signature) -> dict[str, Schema]:
    """The schemas of columns that name a row and are no inputs."""
    schema: Schema = {
        "type": ["string", "number", "boolean", "null"],
        "description": "Names the row: it is logged, and no model sees it.",
    }
    return {name: dict(schema) for name in signature.key if name not in signature.names}


def _plain(one: InputColumn, rules: Rules) -> Schema:
    kind = _TYPES[one.type]
    schema: Schema = {"type": [kind, "null"] if one.nullable else kind}
    if rules.out_of_range == "reject":
        schema |= _bounds(one)
    if one.type is not InputType.STRING:
        return schema
    if (
        rules.unknown_category == "reject"
        and one.categories
        and len(one.categories) <= MOST_CATEGORIES
    ):
        return schema | {"enum": [*one.categories, *(("", None) if one.nullable else ())]}
    return schema if one.nullable else schema | {"minLength": 1}


def _moment(one: InputColumn, rules: Rules) -> Schema:
    seconds: Schema = {"type": "number"}
    if rules.out_of_range == "reject":
        seconds |= _bounds(one)
    forms: list[Schema] = [{"type": "string", "format": "date-time"}, seconds]
    return {"anyOf": [*forms, *([{"type": "null"}] if one.nullable else [])]}


def _bounds(one: InputColumn) -> Schema:
    bounds = {"minimum": one.minimum, "maximum": one.maximum}
    return {name: value for name, value in bounds.items() if value is not None}
