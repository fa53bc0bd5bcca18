"""The filter language: `metrics.roc_auc > 0.7 and params.model = 'lgbm'`, or short `auc>0.7 data:v19 -late`.

Grammar (words in any case; conditions that only follow each other are joined by `and`):

    or          and ("or" and)*
    and         not ("and"? not)*
    not         ("not" | "-") not | "(" or ")" | comparison | word
    comparison  field ("=" | "==" | "!=" | "<>" | "<" | "<=" | ">" | ">=" | ":" | "like") value
                field "not"? "in" "(" value ("," value)* ")"
                field "is" "not"? "null"
    field       name | ("metrics" | "params" | "tags") "." name; a name may stand in double quotes
    value       a number, true, false, a word, or a text in single quotes

`:` looks for a part of a text, in any case; a number it compares. NaN equals NaN and is neither more nor less
than anything.
"""

from __future__ import annotations

import re

from storage.records.comparing import as_moment
from storage.records.filters import (
    All,
    Any,
    Anywhere,
    Comparison,
    Condition,
    Field,
    Group,
    Not,
    Operator,
    Value,
)
from workbench.core.filter_matching import Fields, Label, holds
from workbench.core.filter_names import Kind, Names, nearest
from workbench.core.filter_tokens import Token, pointed, tokens, unquoted
from workbench.errors import UsageError

__all__ = ["Fields", "Kind", "Label", "Names", "columns", "holds", "order", "parse"]

MOST = 200
"""Comparisons of a condition, and how deep it nests: what SQLite takes in one statement is limited."""
MOST_VALUES = 2000
GROUPS: dict[str, Group] = {
    "metrics": "metrics",
    "metric": "metrics",
    "params": "params",
    "param": "params",
    "tags": "tags",
    "tag": "tags",
}
SIGNS: dict[str, Operator] = {
    "=": "=",
    "==": "=",
    "!=": "!=",
    "<>": "!=",
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    ":": "has",
    "like": "like",
}
KEYWORDS = frozenset(["and", "or", "not", "in", "is", "null", "like"])
_ORDERED = frozenset(["<", "<=", ">", ">="])
_NUMBER = re.compile(
    r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)(e[+-]?[0-9]+)?|[+-]?inf|nan", re.IGNORECASE
)
_RUN = re.compile(r"r?([0-9]{1,15})", re.IGNORECASE)


def parse(text: str, *, names: Names | None = None) -> Condition:
    """The condition that `text` means; an empty text is one that always holds.

    Args:
        text: What somebody typed.
        names: What there is; None: any name is an attribute, or a metric or param for short.

    Raises:
        UsageError: It cannot be understood; the error points at the place.
    """
    parser = _Parser(text, names)
    found = parser.condition() if parser.has_more else All(conditions=())
    parser.end()
    return found


def order(text: str, *, names: Names | None = None) -> tuple[Field, bool]:
    """What `-roc_auc` sorts by, and whether the largest come first, which the minus says.

    Raises:
        UsageError: Nothing is called so.
    """
    parser = _Parser(text, names)
    found = parser.order()
    parser.end()
    return found


def columns(text: str, *, names: Names | None = None) -> tuple[Field, ...]:
    """The fields that `run, params.C, roc_auc` lists, at least one.

    Raises:
        UsageError: Nothing is called so.
    """
    parser = _Parser(text, names)
    found = parser.columns()
    parser.end()
    return found


class _Parser:
    """Reads a condition from left to right; every refusal points at a token."""

    def __init__(self, text: str, names: Names | None) -> None:
        self._text = text
        self._names = names
        self._tokens = list(tokens(text))
        self._place = 0
        self._depth = 0
        self._comparisons = 0

    @property
    def has_more(self) -> bool:
        return self._place < len(self._tokens)

    def end(self) -> None:
        """Refuses what is left over."""
        if self.has_more:
            raise self._wrong(f"'{self._next.text}' is not expected")

    def condition(self) -> Condition:
        """`a or b or c`."""
        found = [self._joined()]
        while self._take("or"):
            found.append(self._joined())
        return found[0] if len(found) == 1 else Any(conditions=tuple(found))

    def order(self) -> tuple[Field, bool]:
        """`-name`."""
        is_descending = self._take("-")
        return self._named("What to sort by is missing"), is_descending

    def columns(self) -> tuple[Field, ...]:
        """`name, name`."""
        found = [self._named("A column is missing")]
        while self._take(","):
            found.append(self._named("A column is missing"))
        return tuple(found)

    def _named(self, when_missing: str) -> Field:
        token = self._any(when_missing)
        if token.kind not in {"word", "name"}:
            raise self._wrong(f"'{token.text}' is not expected", token)
        return self._field(token)

    def _joined(self) -> Condition:
        """`a and b`, or `a b` for short."""
        found = [self._negated()]
        while self._take("and") or (self.has_more and self._next.keyword not in {"or", ")", ","}):
            found.append(self._negated())
        return found[0] if len(found) == 1 else All(conditions=tuple(found))

    def _negated(self) -> Condition:
        self._depth += 1
        if self._depth > MOST:
            raise self._wrong(f"Conditions nest more than {MOST} deep")
        found = self._inner()
        self._depth -= 1
        return found

    def _inner(self) -> Condition:
        if self._take("not") or self._take("-"):
            return Not(condition=self._negated())
        if self._take("("):
            inner = self.condition()
            if not self._take(")"):
                raise self._wrong("A bracket is not closed")
            return inner
        return self._comparison()

    def _comparison(self) -> Condition:
        token = self._any("A condition is missing")
        self._comparisons += 1
        if self._comparisons > MOST:
            raise self._wrong(f"There are more than {MOST} conditions", token)
        if token.kind == "text":
            return Anywhere(word=unquoted(token.text))
        if token.kind not in {"word", "name"} or token.keyword in KEYWORDS:
            raise self._wrong(f"'{token.text}' is not expected", token)
        if token.text.endswith(".") and token.text[:-1].lower() in GROUPS:
            return self._of(self._field(token))
        following = self._next.keyword if self.has_more else ""
        if following in SIGNS or following in {"in", "is"} or self._is_not_in(following):
            return self._of(self._field(token))
        return Anywhere(word=unquoted(token.text))

    def _of(self, field: Field) -> Condition:
        """The rest of a comparison, from its operator on."""
        if self._take("is"):
            is_negated = self._take("not")
            if not self._take("null"):
                raise self._wrong("After 'is' only 'null' or 'not null' is expected")
            found = Comparison(field=field, operator="is null")
            return Not(condition=found) if is_negated else found
        kind = self._names.kind_of(field) if self._names else "any"
        is_negated = self._take("not")
        if self._take("in"):
            found = Comparison(field=field, operator="in", values=self._values(field, kind))
            return Not(condition=found) if is_negated else found
        operator = self._operator(field, kind)
        value = self._value(field, kind, is_ordered=operator in _ORDERED)
        return Comparison(field=field, operator=operator, values=(value,))

    def _operator(self, field: Field, kind: Kind) -> Operator:
        token = self._any("An operator is missing")
        if token.keyword not in SIGNS:
            raise self._wrong(f"'{token.text}' is no operator", token)
        operator = SIGNS[token.keyword]
        if kind == "text" and operator in _ORDERED:
            raise self._wrong(f"{field} is a text, neither more nor less than another", token)
        if kind not in {"text", "any"} and operator == "like":
            raise self._wrong(f"{field} is no text, and 'like' compares texts", token)
        return "=" if operator == "has" and kind not in {"text", "any"} else operator

    def _is_not_in(self, following: str) -> bool:
        after = self._tokens[self._place + 1 : self._place + 2]
        return following == "not" and bool(after) and after[0].keyword == "in"

    def _field(self, token: Token) -> Field:
        name = unquoted(token.text)
        prefix, dot, rest = name.partition(".") if token.kind == "word" else (name, "", "")
        group = GROUPS.get(prefix.lower())
        if dot and group is not None:
            if not rest and self.has_more and self._next.kind == "name":
                token = self._any("")  # params."a name"
                return self._grouped(token, unquoted(token.text), group)
            if not rest:
                raise self._wrong(f"The name of {group} is missing after '{name}'", token)
            own = Token(kind=token.kind, text=rest, start=token.start + len(prefix) + len(dot))
            return self._grouped(own, rest, group)
        if self._names is None:
            return Field(name=name)
        found = self._names.bare(name)
        if not found:
            raise self._wrong(f"Nothing is called '{name}'", token, self._names.hint(name))
        if len(found) > 1:
            both = " or ".join(map(str, found))
            raise self._wrong(f"Both a metric and a param are '{name}'", token, f"Write {both}.")
        return found[0]

    def _grouped(self, token: Token, name: str, group: Group) -> Field:
        if self._names is None:
            return Field(name=name, group=group)
        found = self._names.grouped(name, group)
        if found is None:
            known = sorted(self._names.of_group(group))
            shown = ", ".join(known[:24]) + (", …" if len(known) > 24 else "")
            advice = self._names.advice(name) or nearest(name, known)
            remedy = f"{advice}Known {group}: {shown}."
            raise self._wrong(f"No {group.removesuffix('s')} is called '{name}'", token, remedy)
        return found

    def _values(self, field: Field, kind: Kind) -> tuple[Value, ...]:
        if not self._take("("):
            raise self._wrong("After 'in' a list in brackets is expected")
        found = [self._value(field, kind)]
        while self._take(","):
            found.append(self._value(field, kind))
        if not self._take(")"):
            raise self._wrong("A bracket is not closed")
        if len(found) > MOST_VALUES:
            raise self._wrong(f"There are more than {MOST_VALUES} values")
        return tuple(found)

    def _value(self, field: Field, kind: Kind, *, is_ordered: bool = False) -> Value:
        sign = "-" if self._take("-") else ""
        token = self._any("A value is missing")
        if token.kind not in {"word", "name", "text"}:
            raise self._wrong(f"'{token.text}' is no value", token)
        text = sign + unquoted(token.text) if token.kind == "word" else unquoted(token.text)
        is_number = _NUMBER.fullmatch(text) is not None
        if kind == "number" or (is_ordered and field.group == "params"):
            if not is_number:
                raise self._wrong(f"{field} is compared as a number, and '{text}' is none", token)
            return float(text)
        if kind == "run":
            found = _RUN.fullmatch(text)
            if found is None:
                raise self._wrong(f"{field} is a run such as r12, and '{text}' is none", token)
            return float(found[1])
        if kind == "moment":
            if as_moment(text) is None:
                raise self._wrong(
                    f"{field} is a time such as '2026-01-31 12:00', and '{text}' is none", token
                )
            return text
        if token.kind != "word":
            return text
        if is_number:
            return float(text)
        return {"true": True, "false": False}.get(text.lower(), text)

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self, keyword: str) -> bool:
        """Steps over the next token if it is this one."""
        is_it = self.has_more and self._next.keyword == keyword
        self._place += is_it
        return is_it

    def _any(self, problem: str) -> Token:
        """Steps over the next token, whatever it is."""
        if not self.has_more:
            raise self._wrong(problem)
        self._place += 1
        return self._tokens[self._place - 1]

    def _wrong(self, problem: str, token: Token | None = None, remedy: str = "") -> UsageError:
        chosen = token or (self._next if self.has_more else None)
        return pointed(problem, self._text, chosen.start if chosen else len(self._text), remedy)
