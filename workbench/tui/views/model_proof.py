"""The proof that a graph answers as its model does: its figures, the rows that differ most, and its repeats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime

from textual.content import Content

from storage.records import ModelVerification, ModelVersion, Parity, WorstRow
from workbench.core import words
from workbench.tui.theme import BAD, GOOD
from workbench.tui.views.models import proof_sign
from workbench.tui.views.parts import Lines, dim, heading, wrapped_facts
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

_VALUES = 3
"""Lines for the values of a row."""
_REPEATS = 20
_LOWEST = -20
"""Power of ten at which the scale of differences begins."""
_LEAST, _WIDEST = 24, 90
"""Cells of the scale."""
_VERIFIED = (
    Column(label="when"),
    Column(label="difference"),
    Column(label="flips", align="right"),
    Column(label="rows", align="right", drop=1),
    Column(label="by", drop=2, most=16),
    Column(label="packages that changed", drop=3, most=60),
)


def proof_lines(
    version: ModelVersion, repeated: Sequence[ModelVerification], now: datetime, width: int
) -> Lines:
    """The proof of registration, then those that were repeated, newest first.

    Args:
        version: Whose proof.
        repeated: Its verifications, newest first.
        now: The time that relative times count from.
        width: Cells of a line.
    """
    newest = repeated[0].parity if repeated else version.parity
    return [
        *_verdict(version.parity, width),
        *wrapped_facts(_figures(version.parity), width),
        *_packages(version.parity, width),
        *_ruler(version.parity, min(width, _WIDEST)),
        Content(""),
        *_repeats(version.parity, repeated, now, width),
        Content(""),
        *_worst(newest.worst, width),
    ]


def _verdict(parity: Parity, width: int) -> Lines:
    sign = Content.styled(*(GOOD if parity.passed else BAD))
    if parity.against == "itself":
        told = "it gives the same answers row by row and in batches; it has no other form to be held against"
    else:
        told = (
            "the graph answers as the model does"
            if parity.passed
            else "the graph answers otherwise"
        )
    first = Content.assemble(heading("proof "), sign, f" {told}")
    reason = wrapped(parity.reason, width) if parity.reason else []
    return [*wrapped(first, width), *(line.stylize("$error") for line in reason)]


def _figures(parity: Parity) -> list[tuple[str, Content | str]]:
    limit = words.number(parity.limit, digits=2)
    flips = words.count(parity.flips)
    pairs: list[tuple[str, Content | str]] = [
        ("largest difference", f"{words.number(parity.max_abs_diff, digits=2)} (limit {limit})"),
        ("99.9 % below", words.number(parity.p999_abs_diff, digits=2)),
        ("labels that flip", Content.styled(flips, "$error") if parity.flips else flips),
        ("rows", f"{words.count(parity.rows)}, {words.count(parity.hostile_rows)} of them hostile"),
    ]
    if parity.kinds:
        told = [f"{kind} {words.count(rows)}" for kind, rows in parity.kinds.items()]
        pairs.append(("of each kind", ", ".join(told)))
    if parity.single_rows:
        pairs.append(("asked one by one", words.plural(parity.single_rows, "row")))
    return pairs


def _ruler(parity: Parity, width: int) -> Lines:
    """The differences on a scale of powers of ten, with the limit that they must stay below."""
    name, room = len("largest difference"), width - len("largest difference") - 2
    found = (parity.p999_abs_diff, parity.max_abs_diff)
    if room < _LEAST or not all(math.isfinite(one) for one in found):
        return []
    places = [_place(one, room) for one in (*found, parity.limit)]
    cells = ["─"] * room
    cells[places[2]] = "┃"
    line = Content("".join(cells)).stylize("$faint")
    line = line.stylize("$warning", places[2], places[2] + 1)
    low, high = min(places[:2]), max(places[:2])
    colour = "$success" if parity.max_abs_diff <= parity.limit else "$error"
    bar = "━" * (high - low) + "●"
    line = Content.assemble(line[:low], (bar, colour), line[high + 1 :])
    marks = [" "] * room
    for power in range(_LOWEST, 1, 4):
        label = f"1e{power}" if power else "1"
        start = max(0, min(room - len(label), _place(10.0**power, room) - len(label) // 2))
        marks[start : start + len(label)] = label
    return [
        Content(""),
        Content.assemble(dim("scale".ljust(name + 2)), line),
        Content.assemble(" " * (name + 2), dim("".join(marks))),
    ]


def _place(value: float, room: int) -> int:
    """The cell of a value on the scale; what is below its end stands at the end."""
    power = math.log10(value) if value > 0 else _LOWEST
    share = (max(_LOWEST, min(0.0, power)) - _LOWEST) / -_LOWEST
    return round(share * (room - 1))


def _packages(parity: Parity, width: int) -> Lines:
    if not parity.packages:
        return []
    told = ", ".join(f"{name} {version}" for name, version in parity.packages.items())
    return [dim(line.plain) for line in wrapped(f"with {told}", width)]


def _worst(worst: Sequence[WorstRow], width: int) -> Lines:
    title = heading("rows that differ most")
    if not worst:
        told = dim("None was kept: the answers are the same, or the proof is of before.")
        return [title, *wrapped(told, width)]
    return [title, *(line for one in worst for line in _row(one, width))]


def _row(one: WorstRow, width: int) -> Lines:
    label = ("  ✕ another label", "$error") if one.flipped else ""
    first = Content.assemble(
        dim(one.kind.ljust(17)),
        words.number(one.difference, digits=2).rjust(8),
        dim(f"  row {words.count(one.row)}"),
        label,
    )
    model, graph = _scores(one)
    answers = Content.assemble(dim("model "), model, dim("   graph "), graph)
    values = Content("  ").join(
        [
            Content.assemble(
                (f"{name} ", "$warning" if name in one.changed else "$muted"), value or "missing"
            )
            for name, value in one.values.items()
        ]
    )
    told = wrapped(values, width - 2)
    kept = told[:_VALUES] if len(told) <= _VALUES else [*told[: _VALUES - 1], dim("…")]
    return [
        *wrapped(first, width),
        *(Content.assemble("  ", line) for line in (*wrapped(answers, width - 2), *kept)),
    ]


def _scores(one: WorstRow) -> tuple[str, str]:
    """Both answers with as many digits as it takes to tell them apart."""
    for digits in range(6, 17):
        model, graph = _text(one.native, digits), _text(one.onnx, digits)
        if model != graph:
            return model, graph
    return _text(one.native, 17), _text(one.onnx, 17)


def _text(scores: Sequence[float | None], digits: int) -> str:
    return " ".join("none" if score is None else f"{score:.{digits}g}" for score in scores)


def _repeats(
    first: Parity, repeated: Sequence[ModelVerification], now: datetime, width: int
) -> Lines:
    title = heading("proved again")
    if not repeated:
        return [
            title,
            *wrapped(dim("Not yet. v proves it again, with the packages of today."), width),
        ]
    rows = [
        Row(
            key=one.id,
            cells=(
                words.ago(one.at, now),
                proof_sign(one.parity),
                words.count(one.parity.flips),
                words.count(one.parity.rows),
                dim(one.who),
                dim(_changed(first.packages, one.parity.packages)),
            ),
        )
        for one in repeated[:_REPEATS]
    ]
    widths = layout.measure(_VERIFIED, rows, width)
    head = [dim(column.label) for column in _VERIFIED]
    return [
        title,
        *(layout.line(_VERIFIED, widths, cells) for cells in (head, *(row.cells for row in rows))),
    ]


def _changed(before: dict[str, str], after: dict[str, str]) -> str:
    """Which packages are others than at registration."""
    if not before or not after:
        return ""
    moved = [
        f"{name} {before.get(name, words.NOTHING)} to {version}"
        for name, version in after.items()
        if before.get(name) != version
    ]
    return ", ".join(moved) or "none"
