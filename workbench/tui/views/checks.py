"""What the checks of versions say: each result, its bad rows, and what came of it version by version."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from textual.content import Content

from storage.records import CheckHistory, CheckResult, CheckTimeline, OnFail, Version, VersionState
from workbench.core import words
from workbench.tui.format import fit
from workbench.tui.theme import BAD, CAUTION, GOOD, Mark
from workbench.tui.views.parts import Lines, dim, heading
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

DOTS = 8
"""Versions whose outcomes stand beside a check."""
_FEW = 5
"""Bad rows of a check among others."""
_MOST = 24
"""Cells of a value of a bad row."""


def check_rows(
    results: Sequence[CheckResult], past: Mapping[str, Sequence[CheckResult | None]] | None = None
) -> list[Row]:
    """Check results, failed ones first.

    Args:
        results: Of one version.
        past: By check, what it found in the versions up to this one, oldest first.
    """
    ordered = sorted(results, key=lambda one: one.passed)
    return [
        Row(
            key=one.check,
            cells=(
                Content.styled(*_mark(one)),
                one.check,
                words.count(one.rows_failed) if one.rows_failed else "",
                words.metric(one.value) if one.value is not None else "",
                dim(one.limit),
                dots((past or {}).get(one.check, ())),
            ),
        )
        for one in ordered
    ]


def past_of(timeline: CheckTimeline, *, until: int) -> dict[str, list[CheckResult | None]]:
    """By check, what it found in the versions up to one of them, oldest first."""
    many = sum(version.number <= until for version in timeline.versions)
    return {one.check: list(one.results[:many]) for one in timeline.checks}


def dots(results: Sequence[CheckResult | None]) -> Content:
    """Outcomes oldest first, a sign each."""
    shown = results[-DOTS:]
    return Content.assemble(*(_sign(one) for one in shown))


def check_lines(result: CheckResult, width: int, *, most: int | None = None) -> Lines:
    """A check result in full, with the rows that fail as a table.

    Args:
        result: What was found.
        width: Cells of a line.
        most: Rows at most; None: all that were kept.
    """
    mark = _mark(result)
    outcome = "passed" if result.passed else f"failed ({result.on_fail.value})"
    lines = wrapped(Content.assemble(mark, f" {outcome}: {result.sentence}"), width)
    if not result.examples:
        return lines
    rows = [json.loads(text) for text in result.examples[:most]]
    some = result.rows_failed > len(rows)
    told = f"{words.count(len(rows))} of {words.count(result.rows_failed)}" if some else "all"
    return [*lines, Content(""), heading(f"rows that fail, {told}"), *_table(result, rows, width)]


def results_lines(results: Sequence[CheckResult], width: int) -> Lines:
    """All results of a version, failed ones first, with rows that fail."""
    if not results:
        return [dim("workbench.toml names no check of this dataset.")]
    failed = [one for one in results if not one.passed]
    passed = [one for one in results if one.passed]
    told = f"{len(passed)} of {words.plural(len(results), 'check')} passed"
    lines: Lines = [heading(told), Content("")]
    for one in failed:
        lines += [*check_lines(one, width, most=_FEW), Content("")]
    for one in passed:
        lines += wrapped(Content.assemble(GOOD, f" {one.sentence}"), width)
    return lines


def history_columns(timeline: CheckTimeline) -> tuple[Column, ...]:
    """A column a version, oldest first; the oldest have to go first where there is no room."""
    versions = timeline.versions
    return (
        Column(label="check", stretches=True, least=20),
        Column(label="failed", align="right"),
        *(
            Column(label=f"v{one.number}", align="right", drop=len(versions) - place)
            for place, one in enumerate(versions)
        ),
    )


def history_rows(timeline: CheckTimeline) -> list[Row]:
    """Checks with what each found, version by version."""
    return [
        Row(key=one.check, cells=(one.check, _failures(one), *map(_cell, one.results)))
        for one in timeline.checks
    ]


def history_lines(one: CheckHistory, versions: Sequence[Version], width: int) -> Lines:
    """A check over versions in full, newest first."""
    lines: Lines = []
    for version, result in reversed(list(zip(versions, one.results, strict=True))):
        told = dim("did not run") if result is None else Content(_sentence(result))
        sign = dim("·") if result is None else Content.styled(*_mark(result))
        state = "" if version.state is VersionState.CURRENT else f" {version.state.value}"
        name = f" v{version.number}{state} "
        lines += [
            Content.assemble(sign, fit(name, 19), line) for line in wrapped(told, width - 20)[:1]
        ]
    return lines


def _sentence(result: CheckResult) -> str:
    measured = "" if result.value is None else f", measured {words.metric(result.value)}"
    failed = f"{words.count(result.rows_failed)} of {words.plural(result.rows, 'row')}"
    return f"{failed} failed{measured}, allowed is {result.limit}"


def _table(result: CheckResult, rows: Sequence[Any], width: int) -> Lines:
    """Rows in columns, that of the check and the key first; what has no room is left out."""
    if not all(isinstance(row, dict) for row in rows):
        return [line for text in result.examples for line in wrapped(text, width)]
    names = list(dict.fromkeys(name for row in rows for name in row))
    names.sort(key=lambda name: name != result.column)
    lines, room = [Content("")] * (len(rows) + 1), width
    for name in names:
        texts = [_shown(row.get(name)) for row in rows]
        wide = min(_MOST, max(cell_len(one) for one in [name, *texts]))
        gap = "" if room == width else "  "
        if wide + len(gap) > room:
            break
        room -= wide + len(gap)
        is_checked = name == result.column
        head = Content.styled(fit(name, wide), "bold $primary" if is_checked else "$muted")
        cells = [head, *(Content(fit(text, wide)) for text in texts)]
        lines = [Content.assemble(line, gap, cell) for line, cell in zip(lines, cells, strict=True)]
    return lines


def _shown(value: Any) -> str:
    text = "null" if value is None else str(value)
    return "".join(sign if sign.isprintable() else "·" for sign in text[:80])


def _mark(result: CheckResult) -> Mark:
    failed = BAD if result.on_fail is OnFail.BLOCK else CAUTION
    return GOOD if result.passed else failed


def _sign(result: CheckResult | None) -> tuple[str, str]:
    return ("·", "$faint") if result is None else _mark(result)


def _cell(result: CheckResult | None) -> Content:
    """An outcome: its sign, and the share of the rows that failed."""
    if result is None:
        return Content.styled("·", "$faint")
    sign, colour = _mark(result)
    if result.passed or not result.rows_failed:
        return Content.styled(sign, colour)
    share = words.percent(result.rows_failed / max(1, result.rows), 1).replace(" ", "")
    return Content.styled(f"{share} {sign}", colour)


def _failures(one: CheckHistory) -> Content:
    ran = [result for result in one.results if result is not None]
    failed = sum(not result.passed for result in ran)
    if not failed:
        return dim(f"0/{len(ran)}")
    return Content.styled(f"{failed}/{len(ran)}", "$warning")
