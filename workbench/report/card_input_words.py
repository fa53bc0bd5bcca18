"""What there is to say of an input column and of the example row, in words."""

from __future__ import annotations

from storage.records import InputColumn, InputType
from workbench.core import words
from workbench.core.model_cards import CardInput, Example

_TYPES = {
    InputType.NUMBER: "number",
    InputType.INTEGER: "whole number",
    InputType.BOOLEAN: "true or false",
    InputType.STRING: "text",
}
_SHOWN_VALUES = 3
_LONG = 1e12


def type_of(column: InputColumn) -> str:
    """What may be sent for a column."""
    name = "moment" if column.is_moment else _TYPES[column.type]
    return f"{name}, or null" if column.nullable else name


def seen(one: CardInput) -> str:
    """What training saw in a column: its range, or how many values and the most frequent ones."""
    column, spread = one.column, one.spread
    if column.minimum is not None and column.maximum is not None:
        if column.is_moment:
            return f"{words.event_time(column.minimum)} to {words.event_time(column.maximum)}"
        told = f"{_bound(column.minimum)} to {_bound(column.maximum)}"
        quarters = dict(spread.quantiles) if spread else {}
        if 0.25 in quarters and 0.75 in quarters:
            low, high = (plain_number(quarters[at], 3) for at in (0.25, 0.75))
            told += f", half of it {low} to {high}" if low != high else f", half of it {low}"
        return told
    if spread is not None and spread.values:
        shown = [f"{v.value} {words.percent(v.share, 0)}" for v in spread.values[:_SHOWN_VALUES]]
        amount = spread.distinct if spread.distinct is not None else len(column.categories)
        return (
            f"{words.plural(amount, 'value')}: {words.listed(shown, total=max(amount, len(shown)))}"
        )
    if column.categories:
        amount = len(column.categories)
        return f"{words.plural(amount, 'value')}: {words.listed(column.categories, most=_SHOWN_VALUES)}"
    return ""


def _bound(value: float) -> str:
    is_count = float(value).is_integer() and abs(value) < _LONG
    return words.count(int(value)) if is_count else plain_number(value, 6)


def plain_number(value: float, digits: int) -> str:
    """A number without zeros that say nothing: `21.02`, `4`."""
    text = words.number(value, digits=digits)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def missing(one: CardInput) -> str:
    """The share of the training rows without a value."""
    return "" if one.spread is None else words.percent(one.spread.missing)


def example(one: CardInput) -> str:
    """The value of the example row as it would be sent."""
    if one.example is None:
        return "null"
    return str(one.example).lower() if isinstance(one.example, bool) else str(one.example)


def answer(found: Example) -> str:
    """What the model answers to the example row."""
    if not found.probabilities:
        return f"{words.number(found.value, digits=6)}"
    spread = ", ".join(
        f"{name} {words.number(share, digits=4)}" for name, share in found.probabilities.items()
    )
    return f"{found.label} (probabilities: {spread})"
