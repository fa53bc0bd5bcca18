"""What a model version takes and gives, column by column, and the lines that ask it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from storage.records import CHAMPION, InputColumn, Scalar
from workbench.core import words
from workbench.tui import charts
from workbench.tui.views.parts import Lines, dim, heading, wrapped_facts
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

if TYPE_CHECKING:
    from workbench.core.model_cards import Call, CardInput, Example, ModelCard
    from workbench.tui.model_seen import ModelSeen

_CATEGORIES = 5
"""Categories that are written out."""
_BARS = 24
_BAR = 10
_INPUTS = (
    Column(label="column", most=28),
    Column(label="type"),
    Column(label="missing", drop=1),
    Column(label="example", align="right", most=18, drop=2),
    Column(label="in training", width=_BARS, drop=3),
    Column(label="", most=52, drop=4),
    Column(label="importance", width=_BAR, drop=5),
    Column(label="", align="right", drop=6),
)


def input_lines(card: ModelCard, width: int) -> Lines:
    """The columns that a version takes, with what they were in training, and what it gives."""
    signature = card.version.signature
    key = f"{', '.join(signature.key)}: logged, not asked" if signature.key else "none"
    top = max((one.importance or 0.0 for one in card.inputs), default=0.0) or 1.0
    rows = [Row(key=one.column.name, cells=_cells(one, top)) for one in card.inputs]
    widths = layout.measure(_INPUTS, rows, width)
    head = [dim(column.label) for column in _INPUTS]
    pairs: list[tuple[str, Content | str]] = [("gives", _gives(card)), ("names of a row", key)]
    if card.example is not None:
        pairs.append(("of the example", _answer(card.example)))
    return [
        *wrapped_facts(pairs, width),
        Content(""),
        *(layout.line(_INPUTS, widths, cells) for cells in (head, *(row.cells for row in rows))),
    ]


def call_lines(seen: ModelSeen, width: int) -> Lines:
    """The ways of asking a version, and what stands in the way of the endpoint."""
    version = seen.version
    said: list[str] = []
    if CHAMPION not in version.aliases:
        said.append(f"{version.label} is not served: the endpoint answers with the champion.")
    if not seen.is_answered:
        said.append(
            "No endpoint is running: `workbench up` starts all, `workbench serve` it alone."
        )
    lines = [line.stylize("$warning") for text in said for line in wrapped(f"▲ {text}", width)]
    for place, call in enumerate(seen.calls):
        lines += [Content("")] if lines else []
        lines += _call(call, width, is_copied=place == 0)
    return lines


def _call(call: Call, width: int, *, is_copied: bool) -> Lines:
    title = Content.assemble(heading(call.title), dim("  y copies it" if is_copied else ""))
    told = [part for line in call.text.splitlines() for part in wrapped(line, width - 2)]
    return [title, *(Content.assemble(("▎ ", "$line"), line) for line in told)]


def _gives(card: ModelCard) -> str:
    classes = card.version.signature.classes
    if not classes:
        return "a number"
    return f"a label and a probability of each of {words.listed(list(classes), most=8)}"


def _answer(example: Example) -> str:
    if example.value is not None:
        return words.number(example.value, digits=6)
    shares = [f"{name} {words.percent(share)}" for name, share in example.probabilities.items()]
    return f"{example.label}: {words.listed(shares, most=8)}"


def _cells(one: CardInput, top: float) -> tuple[Content | str, ...]:
    column, share = one.column, one.importance
    return (
        column.name,
        dim(column.type.value),
        _missing(one),
        _text(one.example),
        _spread(one),
        dim(_seen(column)),
        "" if share is None else charts.rule(share / top, _BAR, style="$series-1"),
        "" if share is None else words.percent(share),
    )


def _missing(one: CardInput) -> Content:
    """Whether a value may be missing, and how often it was in training."""
    if not one.column.nullable:
        return dim("refused")
    share = one.spread.missing if one.spread else 0.0
    return Content(words.percent(share)) if share else dim("taken")


def _spread(one: CardInput) -> Content | str:
    """The values of training: a histogram, or the shares of the most frequent values."""
    if one.spread is None:
        return ""
    if one.spread.bars:
        heights = [bar.share for bar in one.spread.bars]
        return charts.sparkline(heights, _BARS, low=0.0)
    shares = [value.share for value in one.spread.values]
    return charts.sparkline(shares, _BARS, low=0.0, style="$series-2")


def _seen(one: InputColumn) -> str:
    if one.categories:
        total = len(one.categories)
        return words.listed(list(one.categories[:_CATEGORIES]), most=_CATEGORIES, total=total)
    if one.minimum is None or one.maximum is None:
        return ""
    return f"{_number(one.minimum)} to {_number(one.maximum)}"


def _number(value: float) -> str:
    return words.count(int(value)) if value.is_integer() else words.number(value)


def _text(value: Scalar) -> Content | str:
    if value is None:
        return dim("missing")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    return _number(float(value))
