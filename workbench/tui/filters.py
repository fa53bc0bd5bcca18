"""The small query behind `/`: which rows of a list to keep."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from storage.records import Scalar

Fields = Mapping[str, Scalar]
"""What can be asked of one row, by name."""
_TERM = re.compile(r"(?P<minus>-?)(?P<name>[^\s:<>=]+)(?P<sign>>=|<=|[:<>=])(?P<value>\S+)")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One word of a query."""

    name: str
    """Which field it asks; empty: any of them."""
    sign: str
    value: str
    is_negated: bool

    def keeps(self, fields: Fields) -> bool:
        """Whether a row passes this word."""
        return self._holds(fields) != self.is_negated

    def _holds(self, fields: Fields) -> bool:
        if not self.name:
            return any(self.value in str(value).lower() for value in fields.values())
        found = next((v for name, v in fields.items() if name.lower() == self.name), None)
        if found is None:
            return False
        if self.sign in _COMPARE:
            return _compared(found, self.sign, self.value)
        text = str(found).lower()
        return text == self.value if self.sign == "=" else self.value in text


def parse(query: str) -> tuple[Term, ...]:
    """The words of a query; all of them have to hold.

    `late` keeps rows that say late anywhere, `state:failed` those whose state holds failed, `recipe=lgbm` those
    that are just that, `auc>0.7` compares numbers, and a minus in front turns a word around.
    """
    return tuple(_term(word) for word in query.lower().split())


def keeps(terms: tuple[Term, ...], fields: Fields) -> bool:
    """Whether a row passes all words."""
    return all(term.keeps(fields) for term in terms)


def _term(word: str) -> Term:
    found = _TERM.fullmatch(word)
    if found is None:
        bare = word.removeprefix("-") or word
        return Term(name="", sign=":", value=bare, is_negated=bare != word)
    return Term(
        name=found["name"],
        sign=found["sign"],
        value=found["value"],
        is_negated=bool(found["minus"]),
    )


def _compared(found: Scalar, sign: str, value: str) -> bool:
    if not isinstance(found, int | float):
        return False
    try:
        return _COMPARE[sign](float(found), float(value))
    except ValueError:
        return False
