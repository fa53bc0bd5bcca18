"""The first page of a model version: where it comes from, whether it may be served, how it does."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from storage.records import CHAMPION, AliasMove
from workbench.core import words
from workbench.tui import charts
from workbench.tui.format import fit_content
from workbench.tui.theme import BAD, GOOD, state_word
from workbench.tui.views import gate, models, panels
from workbench.tui.views.charts import calibration, class_curves, looks, residuals
from workbench.tui.views.parts import (
    Lines,
    dim,
    evaluation_series,
    heading,
    window_name,
    wrapped_facts,
)
from workbench.tui.widgets import columns as layout
from workbench.tui.widgets.cells import wrapped
from workbench.tui.widgets.columns import Column, Row

if TYPE_CHECKING:
    from workbench.core.model_cards import CardMetric, ModelCard
    from workbench.tui.model_seen import ModelSeen

_BLOCK = 52
"""Cells of a block, so that two stand side by side on a wide screen."""
_GAP = 4
_IMPORTANT = 8
_SERVICE = 10
"""Lines of the chart of realised performance."""
_CURVE = 13
"""Lines of a curve."""
_METRICS = (
    Column(label="", most=20),
    Column(label="", align="right"),
    Column(label="", drop=1),
    Column(label="", drop=2),
)


def overview_lines(seen: ModelSeen, now: datetime, width: int) -> Lines:
    """Where a version comes from, whether it may be served, how it does, and how its aliases moved."""
    card = seen.card
    wide = (width - _GAP) // 2 if width >= 2 * _BLOCK + _GAP else width
    blocks = [
        _metrics(card, wide),
        _importances(card, wide),
        *_curves(card, wide),
        _service(card, wide),
    ]
    drawn = [(wide, [fit_content(line, wide) for line in block]) for block in blocks if block]
    top = [(wide, _head(card, now, wide)), (wide, _limits(card, wide))]
    return [
        *_noted(card, width),
        *panels.side_by_side([one for one in top if one[1]], width, gap=_GAP),
        Content(""),
        *panels.side_by_side(drawn, width, gap=_GAP),
        *_moves(seen.moves, now, width),
        *_unknown(card, width),
    ]


def _head(card: ModelCard, now: datetime, width: int) -> Lines:
    version = card.version
    pairs: list[tuple[str, Content | str]] = []
    if card.description:
        pairs.append(("what it is", card.description))
    if card.intended_use:
        pairs.append(("intended for", card.intended_use))
    pairs += [
        ("made of", _origin(card)),
        ("trained on", version.train or words.versioned(version.dataset, version.version)),
        ("rows", _rows(card) or words.NOTHING),
        ("made", f"by {version.created_by}, {words.ago(version.created_at, now)}"),
        ("task", _task(card)),
        ("proof", _proof(card, now)),
    ]
    if card.reviews:
        pairs.append(("gate", _verdict(card)))
    if card.reproduce:
        pairs.append(("made again", dim(card.reproduce)))
    if version.tags:
        told = "  ".join(f"{key}={value}" for key, value in sorted(version.tags.items()))
        pairs.append(("tags", told))
    return wrapped_facts(pairs, width)


def _noted(card: ModelCard, width: int) -> Lines:
    """What somebody wrote down, and why somebody serves it in spite of its proof."""
    version = card.version
    noted = [part for line in version.note.splitlines() for part in wrapped(line, width - 2)]
    told = f"▲ champion in spite of its failed proof: {version.override}"
    warned = wrapped(told, width) if version.override is not None else []
    lines = [
        *(line.stylize("$warning") for line in warned),
        *(Content.assemble(("▎ ", "$primary"), line) for line in noted),
    ]
    return [*lines, Content("")] if lines else []


def _origin(card: ModelCard) -> Content | str:
    version, run = card.version, card.run
    if run is None:
        return Content.assemble("a file  ", dim(version.source))
    names = dict.fromkeys(part for part in (run.name, run.recipe) if part)
    estimator = run.model.rpartition(".")[2]
    return Content.assemble(run.label, dim(f"  {' '.join(names)}, {estimator}"))


def _rows(card: ModelCard) -> str:
    counts = ((card.training_rows, "to learn from"), (card.test_rows, "to test"))
    return ", ".join(f"{words.count(rows)} {what}" for rows, what in counts if rows is not None)


def _task(card: ModelCard) -> str:
    signature = card.version.signature
    taken = words.plural(len(signature.inputs), "column")
    classes = signature.classes
    given = f" to {words.listed(list(classes), most=4)}" if classes else " to a number"
    return f"{signature.task}: {taken}{given}"


def _proof(card: ModelCard, now: datetime) -> Content:
    parity = card.version.parity
    rows = dim(f" on {words.plural(parity.rows, 'row')}")
    told = Content.assemble(models.proof_sign(parity), rows)
    if not card.verifications:
        return told
    last = card.verifications[0]
    sign = Content.styled(*(GOOD if last.parity.passed else BAD))
    return Content.assemble(told, dim(", again "), sign, dim(f" {words.ago(last.at, now)}"))


def _verdict(card: ModelCard) -> Content:
    review = card.reviews[0]
    rival = f"v{review.champion}" if review.champion else "no champion"
    told = dim(f" {review.decision.metric} against {rival}")
    return Content.assemble(
        state_word(review.decision.verdict), "  ", gate.gain(review.decision), told
    )


def _limits(card: ModelCard, width: int) -> Lines:
    """What checks found that whoever uses it should know."""
    lines = []
    for one in card.limits:
        sign = ("✕ ", "$error") if one.kind in {"proof", "leak"} else ("▲ ", "$warning")
        first, *rest = wrapped(one.sentence, width - 2)
        lines += [Content.assemble(sign, first), *(Content.assemble("  ", line) for line in rest)]
    return [heading("known limits"), *lines] if lines else []


def _unknown(card: ModelCard, width: int) -> Lines:
    """What the card cannot say, and why."""
    lines = [dim(line.plain) for text in card.unknown for line in wrapped(text, width)]
    return [Content(""), heading("what is not known"), *lines] if lines else []


def _metrics(card: ModelCard, width: int) -> Lines:
    if not card.metrics:
        return []
    rows = [
        Row(
            key=one.key,
            cells=(
                Content(one.key) if one.is_primary else dim(one.key),
                Content.styled(words.metric(one.value), "bold" if one.is_primary else ""),
                dim(words.interval(one.low, one.high, 3)) if one.low is not None else "",
                _guess(one, card.baseline),
            ),
        )
        for one in card.metrics
    ]
    widths = layout.measure(_METRICS, rows, width)
    count = f" on {words.plural(card.test_rows, 'test row')}" if card.test_rows else ""
    first = Content.assemble(heading("metrics"), dim(f"{count}, 95 % interval"))
    return [first, *(layout.line(_METRICS, widths, row.cells) for row in rows)]


def _guess(one: CardMetric, strategy: str) -> Content:
    if one.baseline is None:
        return Content("")
    named = f" ({strategy})" if one.is_primary and strategy else ""
    return dim(f"guess {words.metric(one.baseline)}{named}")


def _importances(card: ModelCard, width: int) -> Lines:
    found = card.version.importances
    if not found:
        return []
    drawn = panels.importances(looks([card.version.label])[:1], [found], width, _IMPORTANT * 2)
    bars = [line for line in drawn if line.plain.strip()]
    return [heading("what the model looks at"), *bars]


def _curves(card: ModelCard, width: int) -> list[Lines]:
    """ROC and calibration, or residuals: the rest stands on the page of figures."""
    figures = card.figures
    if figures is None:
        return []
    look = looks([card.version.label])[0]
    found: list[Lines] = []
    if figures.roc:
        names = looks([one.label for one in figures.roc])
        drawn = class_curves(names, figures.roc, width, _CURVE, is_roc=True)
        found.append([heading("ROC"), *drawn])
    if figures.calibration:
        drawn = calibration([look], [figures.calibration], width, _CURVE)
        found.append([heading("calibration"), *drawn])
    if figures.residuals is not None:
        found.append([heading("residuals"), *residuals([look], [figures.residuals], width, _CURVE)])
    return found


def _service(card: ModelCard, width: int) -> Lines:
    """Its performance on rows that came later, window by window."""
    found = list(reversed(card.evaluations))
    if not found:
        return []
    first = Content.assemble(heading("in service"), dim(f"  {found[-1].metric} as it came true"))
    names = [window_name(one.window_start, one.window_end, one.version) for one in found]
    if len(found) == 1:
        told = f"{words.metric(found[0].value)}  {words.interval(found[0].low, found[0].high, 3)}"
        return [first, Content.assemble(told, dim(f"  {names[0]}"))]
    series = [evaluation_series(found[-1].metric, found, "$series-1")]
    return [first, *charts.line_chart(series, width, _SERVICE, x_labels=names)]


def _moves(moves: tuple[AliasMove, ...], now: datetime, width: int) -> Lines:
    if not moves:
        return []
    lines: Lines = [Content(""), heading("how its aliases moved")]
    for one in moves:
        before = f"v{one.from_number}" if one.from_number else "nothing"
        after = f"v{one.to_number}" if one.to_number else "nothing"
        told = Content.assemble(
            (one.alias, "$success" if one.alias == CHAMPION else ""),
            f" {before} → {after}",
            dim(f"  {words.ago(one.at, now)}, {one.who}: {one.why}"),
            (f" in spite of its failed proof: {one.override}" if one.override else "", "$warning"),
        )
        lines += wrapped(told, width)
    return lines
