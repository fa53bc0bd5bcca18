"""Protobuf's text format read by its grammar, as far as a model's configuration uses it."""

from __future__ import annotations

import re
from typing import Any

_TOKEN = re.compile(r'\s*("(?:[^"\\\n]|\\.)*"|[A-Za-z_][\w.]*|-?\d+|[{}\[\]:,])')
_ESCAPE = re.compile(r"\\([0-7]{3}|.)")


def read(text: str) -> dict[str, list[Any]]:
    """Every field with its values in their order; messages are mappings of the same kind.

    Raises:
        ValueError: It does not follow the grammar.
    """
    tokens, at = [], 0
    while text[at:].strip():
        found = _TOKEN.match(text, at)
        if found is None:
            raise ValueError(f"no token: {text[at : at + 20]!r}")
        tokens.append(found[1])
        at = found.end()
    fields = _message(tokens)
    if tokens:
        raise ValueError(f"left over: {tokens}")
    return fields


def _message(tokens: list[str]) -> dict[str, list[Any]]:
    fields: dict[str, list[Any]] = {}
    while tokens and tokens[0] != "}":
        name = tokens.pop(0)
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise ValueError(f"no field: {name}")
        if tokens[0] == ":":
            tokens.pop(0)
        elif tokens[0] != "{":
            raise ValueError(f"{name} has no value")
        fields.setdefault(name, []).extend(_values(tokens))
    return fields


def _values(tokens: list[str]) -> list[Any]:
    if tokens[0] != "[":
        return [_value(tokens)]
    tokens.pop(0)
    found: list[Any] = []
    while tokens[0] != "]":
        found.append(_value(tokens))
        if tokens[0] == ",":
            tokens.pop(0)
    tokens.pop(0)
    return found


def _value(tokens: list[str]) -> Any:
    token = tokens.pop(0)
    if token == "{":
        fields = _message(tokens)
        if not tokens or tokens.pop(0) != "}":
            raise ValueError("a message has no end")
        return fields
    if token.startswith('"'):
        return _text(token[1:-1])
    if re.fullmatch(r"-?\d+", token):
        return int(token)
    if not re.fullmatch(r"[A-Za-z_]\w*", token):
        raise ValueError(f"no value: {token}")
    return token


def _text(inside: str) -> str:
    def plain(found: re.Match[str]) -> str:
        escaped = found[1]
        return chr(int(escaped, 8)) if escaped.isdigit() else escaped

    return _ESCAPE.sub(plain, inside)
