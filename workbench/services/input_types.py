"""What DuckDB calls the types of a model's inputs."""

from __future__ import annotations

from collections.abc import Iterable

from storage.records import InputType, ModelVersion

_TYPES = {
    InputType.NUMBER: "DOUBLE",
    InputType.INTEGER: "BIGINT",
    InputType.BOOLEAN: "BOOLEAN",
    InputType.STRING: "VARCHAR",
}


def types_of(versions: Iterable[ModelVersion]) -> dict[str, str]:
    """DuckDB types of all inputs of these versions; a column that changed its type is text."""
    found: dict[str, str] = {}
    for version in versions:
        for column in version.signature.inputs:
            type_ = _TYPES[column.type]
            known = found.setdefault(column.name, type_)
            if known != type_:
                is_number = {known, type_} == {"BIGINT", "DOUBLE"}
                found[column.name] = "DOUBLE" if is_number else "VARCHAR"
    return found
