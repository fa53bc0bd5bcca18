"""What a search may try: whether a value lies in it, where it begins, and its best params as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from storage.records import Scalar, SearchParam


def contains(param: SearchParam, value: Scalar) -> bool:
    """Whether a search may try `value`."""
    if param.choices:
        return any(type(one) is type(value) and one == value for one in param.choices)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if not param.low <= value <= param.high or (param.is_whole and value != int(value)):
        return False
    steps = 0.0 if param.step is None else (value - param.low) / param.step
    return abs(steps - round(steps)) < 1e-9


def beginning(space: Sequence[SearchParam], params: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """The params of a recipe that a search may try, so that its first trial is what there is today.

    Args:
        space: What the search may try.
        params: The recipe's.
    """
    return {
        param.name: params[param.name]
        for param in space
        if param.name in params and contains(param, params[param.name])
    }


def as_toml(params: Mapping[str, Scalar]) -> str:
    """Params as they stand in workbench.toml: `params = { learning_rate = 0.05 }`."""
    pairs = [f"{_key(name)} = {_value(value)}" for name, value in params.items()]
    return f"params = {{ {', '.join(pairs)} }}"


def _key(name: str) -> str:
    is_bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if is_bare else _value(name)


def _value(value: Scalar) -> str:
    # Text, numbers and truth are written in TOML as in JSON, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
