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
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from storage.records import Scalar
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
from workbench.core.sql_tokens import place, pointing
from workbench.errors import UsageError

Fields = Mapping[str, Scalar]
"""What can be asked of one record, by name: `state`, `metrics.roc_auc`."""
GROUPS = {
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
_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<text>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")*")
    |(?P<sign>==|!=|<>|<=|>=|[=<>:(),])
    |(?P<minus>-(?=[^\s\d.]))
    |(?P<word>[^\s'"=<>:!(),]+)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Token:
    kind: str
    text: str
    start: int

    @property
    def keyword(self) -> str:
        """The word it is, for comparing with the words of the language; empty for others."""
        return self.text.lower() if self.kind in {"word", "sign", "minus"} else ""


def parse(text: str, *, known: Collection[str] | None = None) -> Condition:
    """The condition that `text` means; an empty text is one that always holds.

    Args:
        text: What somebody typed.
        known: The attributes there are; None: any name is one, or a metric or param for short.

    Raises:
        UsageError: It cannot be understood; the error points at the place.
    """
    parser = _Parser(text, known)
    found = parser.condition() if parser.has_more else All(conditions=())
    parser.end()
    return found


def holds(condition: Condition, fields: Fields) -> bool:
    """Whether a condition holds for one record; what a record does not have, nothing holds for."""
    match condition:
        case Anywhere(word=word):
            return any(word.lower() in str(value).lower() for value in fields.values())
        case Not(condition=inner):
            return not holds(inner, fields)
        case All(conditions=inner):
            return all(holds(one, fields) for one in inner)
        case Any(conditions=inner):
            return any(holds(one, fields) for one in inner)
        case Comparison(field=field):
            return _compared(condition, _found(field, fields))


def _found(field: Field, fields: Fields) -> Scalar:
    """A record's value: by its full name, or by the short one of a metric or param."""
    wanted = str(field).lower()
    names = [name for name in fields if name.lower() == wanted]
    if not names and not field.group:
        names = [name for name in fields if name.lower().rpartition(".")[2] == wanted]
    return fields[names[0]] if names else None


def _compared(asked: Comparison, value: Scalar) -> bool:
    if asked.operator == "is null":
        return value is None
    return value is not None and any(
        _TESTS[asked.operator](value, wanted) for wanted in asked.values
    )


def _has(value: Scalar, wanted: Value) -> bool:
    return str(wanted).lower() in str(value).lower()


def _is_like(value: Scalar, wanted: Value) -> bool:
    return re.fullmatch(_pattern(str(wanted)), str(value), re.DOTALL) is not None


def _ordered(is_so: Callable[[float, float], bool]) -> Callable[[Scalar, Value], bool]:
    """A comparison of numbers; a text is neither more nor less than anything."""

    def compare(value: Scalar, wanted: Value) -> bool:
        number, bound = _number(value), _number(wanted)
        return number is not None and bound is not None and is_so(number, bound)

    return compare


def _is_equal(value: Scalar, wanted: Value) -> bool:
    number, other = _number(value), _number(wanted)
    if number is not None and other is not None:
        return number == other
    return str(value).lower() == str(wanted).lower()


def _number(value: Scalar) -> float | None:
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value)
    return None


def _pattern(like: str) -> str:
    """A LIKE pattern as a regular expression."""
    return "".join({"%": ".*", "_": "."}.get(one, re.escape(one)) for one in like)


_TESTS: dict[str, Callable[[Scalar, Value], bool]] = {
    "=": _is_equal,
    "in": _is_equal,
    "!=": lambda value, wanted: not _is_equal(value, wanted),
    "has": _has,
    "like": _is_like,
    "<": _ordered(operator.lt),
    "<=": _ordered(operator.le),
    ">": _ordered(operator.gt),
    ">=": _ordered(operator.ge),
}


class _Parser:
    """Reads a condition from left to right; every refusal points at a token."""

    def __init__(self, text: str, known: Collection[str] | None) -> None:
        self._text = text
        self._known = known
        self._tokens = list(_tokens(text))
        self._place = 0

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

    def _joined(self) -> Condition:
        """`a and b`, or `a b` for short."""
        found = [self._negated()]
        while self._take("and") or (self.has_more and self._next.keyword not in {"or", ")", ","}):
            found.append(self._negated())
        return found[0] if len(found) == 1 else All(conditions=tuple(found))

    def _negated(self) -> Condition:
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
        if token.kind == "text":
            return Anywhere(word=_unquoted(token.text))
        if token.kind not in {"word", "name"}:
            raise self._wrong(f"'{token.text}' is not expected", token)
        if token.text.endswith(".") and token.text[:-1].lower() in GROUPS:
            return self._of(self._field(token))
        following = self._next.keyword if self.has_more else ""
        if following in SIGNS or following in {"in", "is"} or self._is_not_in(following):
            return self._of(self._field(token))
        return Anywhere(word=_unquoted(token.text))

    def _of(self, field: Field) -> Condition:
        """The rest of a comparison, from its operator on."""
        if self._take("is"):
            is_negated = self._take("not")
            if not self._take("null"):
                raise self._wrong("After 'is' only 'null' or 'not null' is expected")
            found = Comparison(field=field, operator="is null")
            return Not(condition=found) if is_negated else found
        is_negated = self._take("not")
        if self._take("in"):
            found = Comparison(field=field, operator="in", values=self._values())
            return Not(condition=found) if is_negated else found
        sign = SIGNS[self._any("An operator is missing").keyword]
        value = self._value()
        return Comparison(field=field, operator=sign, values=(value,))

    def _is_not_in(self, following: str) -> bool:
        after = self._tokens[self._place + 1 : self._place + 2]
        return following == "not" and bool(after) and after[0].keyword == "in"

    def _field(self, token: _Token) -> Field:
        name = _unquoted(token.text)
        group, dot, rest = name.partition(".") if token.kind == "word" else (name, "", "")
        if dot and not rest and self.has_more and self._next.kind == "name":
            rest = _unquoted(self._any("").text)  # params."a name"
        if dot and group.lower() in GROUPS:
            return Field(name=rest, group=cast("Group", GROUPS[group.lower()]))
        if self._known is not None and name.lower() not in self._known:
            raise self._unknown(token, name)
        return Field(name=name.lower() if self._known is not None else name)

    def _unknown(self, token: _Token, name: str) -> UsageError:
        known = sorted(self._known or ())
        near = difflib.get_close_matches(name.lower(), known, n=1)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        return self._wrong(
            f"Nothing is called '{name}'",
            token,
            f"{hint}Known: {', '.join(known)}, and metrics.NAME, params.NAME, tags.NAME.",
        )

    def _values(self) -> tuple[Value, ...]:
        if not self._take("("):
            raise self._wrong("After 'in' a list in brackets is expected")
        found = [self._value()]
        while self._take(","):
            found.append(self._value())
        if not self._take(")"):
            raise self._wrong("A bracket is not closed")
        return tuple(found)

    def _value(self) -> Value:
        sign = "-" if self._take("-") else ""
        token = self._any("A value is missing")
        if token.kind not in {"word", "name", "text"}:
            raise self._wrong(f"'{token.text}' is no value", token)
        if token.kind != "word":
            return _unquoted(token.text)
        text = sign + token.text
        if _NUMBER.fullmatch(text):
            return float(text)
        return {"true": True, "false": False}.get(text.lower(), text)

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self, keyword: str) -> bool:
        """Steps over the next token if it is this one."""
        is_it = self.has_more and self._next.keyword == keyword
        self._place += is_it
        return is_it

    def _any(self, problem: str) -> _Token:
        """Steps over the next token, whatever it is."""
        if not self.has_more:
            raise self._wrong(problem)
        self._place += 1
        return self._tokens[self._place - 1]

    def _wrong(self, problem: str, token: _Token | None = None, remedy: str = "") -> UsageError:
        chosen = token or (self._next if self.has_more else None)
        return _pointed(problem, self._text, chosen.start if chosen else len(self._text), remedy)


def _tokens(text: str) -> Iterator[_Token]:
    place_ = 0
    while place_ < len(text):
        found = _TOKEN.match(text, place_)
        if found is None:
            what = (
                "A quote is not closed"
                if text[place_] in "'\""
                else f"'{text[place_]}' is not expected"
            )
            raise _pointed(what, text, place_)
        if found.lastgroup != "space":
            yield _Token(kind=found.lastgroup or "", text=found[0], start=place_)
        place_ = found.end()


def _pointed(problem: str, text: str, position: int, remedy: str = "") -> UsageError:
    """What is wrong, and where."""
    advice = remedy or "Write conditions such as: metrics.auc > 0.7 and state = 'finished'"
    return UsageError(
        f"{problem} ({place(text, position)}).", f"{pointing(text, position)}\n{advice}"
    )


def _unquoted(text: str) -> str:
    """A word as it is, a quoted one without its quotes."""
    quote = text[:1]
    return text[1:-1].replace(quote * 2, quote) if quote in {"'", '"'} and len(text) > 1 else text
