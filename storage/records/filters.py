"""A condition on records, as a tree: what `--where` and `/` are understood as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "like", "has", "in", "is null"]
"""`like` takes % and _; `has` looks for a part of a text, whatever its case."""
Value = str | float | bool
Group = Literal["", "metrics", "params", "tags"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """What a comparison asks: an attribute, or a metric, a param or a tag by its name."""

    name: str
    group: Group = ""

    def __str__(self) -> str:
        return f"{self.group}.{self.name}" if self.group else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A field beside one value, or several for `in`; `is null` has none."""

    field: Field
    operator: Operator
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Anywhere:
    """A word that any of a record's texts has."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """What the condition does not hold for; a missing value is not what it is compared with."""

    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every condition holds; true without any."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Any:
    """At least one condition holds."""

    conditions: tuple[Condition, ...]


Condition = Comparison | Anywhere | Not | All | Any
