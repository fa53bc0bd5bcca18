"""What the endpoint said about a row that somebody tried, as lines."""

from __future__ import annotations

from collections.abc import Mapping

from textual.content import Content

from workbench.core import words
from workbench.tui import charts
from workbench.tui.asking import Answered
from workbench.tui.format import fit
from workbench.tui.views.parts import Lines, dim, heading
from workbench.tui.views.serving_words import milliseconds
from workbench.tui.widgets.cells import wrapped

MOST_CLASSES = 12
"""Classes whose probabilities are drawn, the likeliest first."""


def answer_lines(found: Answered, width: int) -> Lines:
    """A label with its probabilities, or a value; who answered and how fast; or why nobody did."""
    lines = _refusal(found, width) if found.problem else _answer(found, width)
    told = [f"{found.model}@v{found.version}"] if found.version is not None else []
    told += [milliseconds(found.took_ms), f"status {found.status}"]
    lines += [Content(""), dim("   ".join(told))]
    if found.request:
        lines += [dim(f"request {found.request}")]
    return lines


def curl(address: str, model: str, body: str) -> str:
    """The line that asks the same from a shell."""
    import shlex  # noqa: PLC0415 - only somebody who copies needs it
    from urllib.parse import quote  # noqa: PLC0415

    url = shlex.quote(f"{address}/predict/{quote(model)}")
    return f"curl -s {url} -H 'content-type: application/json' -d {shlex.quote(body)}"


def _refusal(found: Answered, width: int) -> Lines:
    first, *rest = wrapped(found.problem, max(10, width - 2))
    return [
        Content.assemble(("✕ ", "$error"), first),
        *(Content.assemble("  ", line) for line in rest),
    ]


def _answer(found: Answered, width: int) -> Lines:
    if found.value is not None:
        lines: Lines = [
            Content.assemble(("● ", "$success"), heading(words.number(found.value, digits=6)))
        ]
    else:
        lines = [Content.assemble(("● ", "$success"), heading(found.label)), Content("")]
        lines += _probabilities(found.probabilities, width)
    for warning in found.warnings:
        first, *rest = wrapped(warning, max(10, width - 2))
        lines += [Content(""), Content.assemble(("▲ ", "$warning"), first)]
        lines += [Content.assemble("  ", line) for line in rest]
    return lines


def _probabilities(by_class: Mapping[str, float], width: int) -> Lines:
    ordered = sorted(by_class.items(), key=lambda pair: -pair[1])
    shown = dict(ordered[:MOST_CLASSES])
    name = max(4, min(max(map(len, shown), default=0), width // 3))
    room = max(4, width - name - 9)
    lines = [
        Content.assemble(
            fit(label, name),
            " ",
            charts.bar(share, room),
            (f"{words.short(share, 4):>7}", "$muted"),
        )
        for label, share in by_class.items()
        if label in shown
    ]
    more = len(by_class) - len(shown)
    return [*lines, dim(f"{more} more classes")] if more else lines
