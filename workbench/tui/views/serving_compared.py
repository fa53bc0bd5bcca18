"""Versions that take part held against the champion: latency, errors, scores, and how often a shadow agrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.content import Content

from workbench.core import rollout, words
from workbench.tui import charts
from workbench.tui.format import fit, fit_content
from workbench.tui.traffic import ModelTraffic, VersionTraffic
from workbench.tui.views.parts import Lines, dim
from workbench.tui.views.serving_charts import styles
from workbench.tui.views.serving_words import ENDS, bare_milliseconds, percentile_name
from workbench.tui.widgets.cells import as_content, wrapped

_NAME = 11


def comparison_title(traffic: ModelTraffic) -> str:
    """What stands over the comparison."""
    champion = traffic.champion
    if champion is None or not traffic.others:
        return "Canary and shadow"
    return f"Against {champion.name}"


def comparison_lines(
    traffic: ModelTraffic,
    first: VersionTraffic | None,
    width: int,
    *,
    shifts: Mapping[int, float],
) -> Lines:
    """How versions do beside the champion: requests, latency, errors, scores, agreement.

    Args:
        traffic: The model.
        first: Who is compared first: a canary or a shadow; None: nobody takes part beside the champion.
        width: Cells.
        shifts: How far the scores of a version are from the champion's, by its number.
    """
    champion = traffic.champion
    if champion is None or first is None:
        return _how_to_begin(width)
    colours = styles(traffic)
    lines: Lines = []
    for one in (first, *(other for other in traffic.others if other is not first)):
        lines += [Content("")] if lines else []
        lines += _compared(champion, one, colours, width, shifts.get(one.place.number))
    return lines


def _compared(
    champion: VersionTraffic,
    other: VersionTraffic,
    colours: Mapping[int, str],
    width: int,
    shift: float | None,
) -> Lines:
    role = "shadow" if other.place.is_shadow else "canary"
    heads = (
        Content.styled(champion.name, colours[champion.place.number]),
        Content.styled(other.name, colours[other.place.number]),
    )
    rows: list[_Row] = [(role, *heads, Content(""))]
    # A shadow is asked when nobody waits: its latency is no caller's.
    if not other.place.is_shadow:
        rows += [
            _row_of_counts("requests", champion.requests, other.requests),
            *(_row_of_ms(champion, other, share) for share in ENDS),
            _row_of_errors(champion, other),
        ]
    lines = _columns(rows, width)
    if shift is not None:
        lines.append(_fact("shift", f"PSI {words.short(shift)}", width))
    return [*lines, *_agreement(other, width)] if other.place.is_shadow else lines


def _agreement(other: VersionTraffic, width: int) -> Lines:
    shadow = other.shadow
    if not shadow.rows:
        return [dim("No copy was compared yet.")]
    share, mean = shadow.agreeing / shadow.rows, shadow.difference / shadow.rows
    drawn = charts.rule(share, max(4, min(12, width - 24)), style="$success")
    apart = f"{words.number(mean)}, at most {words.number(shadow.largest)}"
    lines = [
        Content.assemble((fit("agree", _NAME), "$muted"), drawn, f" {words.percent(share)}"),
        _fact("difference", apart, width),
        _fact("compared", words.plural(shadow.rows, "row"), width),
    ]
    if shadow.dropped or shadow.failed:
        lost = f"{words.count(shadow.dropped)} left out, {words.count(shadow.failed)} failed"
        lines.append(Content.assemble((fit("copies", _NAME), "$muted"), (lost, "$warning")))
    return lines


def _how_to_begin(width: int) -> Lines:
    said = (
        "The champion answers alone.",
        "",
        "C gives the selected version a share of the requests.",
        "S sends it copies, which are compared and answer nobody.",
    )
    return [dim(line.plain) for text in said for line in wrapped(text, width) or [Content("")]]


_Row = tuple[str, Content | str, Content | str, Content]


def _row_of_counts(name: str, first: int, second: int) -> _Row:
    return name, words.count(first), words.count(second), Content("")


def _row_of_ms(champion: VersionTraffic, other: VersionTraffic, share: float) -> _Row:
    first, second = champion.latency.get(share), other.latency.get(share)
    name = f"{percentile_name(share)}, ms"
    return name, bare_milliseconds(first), bare_milliseconds(second), _ratio(first, second)


def _row_of_errors(champion: VersionTraffic, other: VersionTraffic) -> _Row:
    first, second = champion.error_share, other.error_share
    sign = Content("")
    if first is not None and second is not None:
        (errors, asked), (its_errors, its_asked) = _errors(champion), _errors(other)
        is_worse = rollout.is_worse(errors, asked, its_errors, its_asked)
        sign = Content.styled(
            "▲ worse" if is_worse else "✓ no worse", "$error" if is_worse else "$success"
        )
    return "errors", words.percent(first, 2), words.percent(second, 2), sign


def _errors(one: VersionTraffic) -> tuple[int, int]:
    errors = one.client_errors + one.server_errors
    return errors, one.requests + errors


def _ratio(first: float | None, second: float | None) -> Content:
    if not first or second is None:
        return Content("")
    times = second / first
    if 0.95 <= times <= 1.05:
        return Content.styled("✓ same", "$success")
    is_slower = times > 1
    return Content.styled(
        f"{'▲' if is_slower else '▼'} {words.fixed(times, 2)}x",
        "$warning" if is_slower else "$success",
    )


def _columns(rows: Sequence[_Row], width: int) -> Lines:
    cell = max(7, min(11, (width - _NAME - 9) // 2))
    room = width - _NAME - 2 * cell - 2
    return [
        Content.assemble(
            (fit(title, _NAME), "$muted"),
            fit_content(as_content(first), cell, "right"),
            fit_content(as_content(second), cell, "right"),
            "  ",
            # Where there is no room for words the glyph says it.
            sign if sign.cell_length <= room else sign[:1],
        )
        for title, first, second, sign in rows
    ]


def _fact(name: str, value: str, width: int) -> Content:
    return Content.assemble(
        (fit(name, _NAME), "$muted"), fit(value, max(4, width - _NAME)).rstrip()
    )
